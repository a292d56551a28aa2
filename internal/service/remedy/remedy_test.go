package remedy_test

import (
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/service/remedy"
)

func TestWordings(t *testing.T) {
	if len(remedy.Codes()) == 0 {
		t.Fatal("no remedies")
	}
	for _, c := range remedy.Codes() {
		if c.API() == "" || strings.Contains(c.API(), "temporal-dsql") {
			t.Errorf("%s: API wording %q", c, c.API())
		}
		if text := c.CommandLine(); text == "" || strings.Contains(text, "GET ") || strings.Contains(text, "POST ") ||
			strings.Contains(text, "openapi") {
			t.Errorf("%s: command line wording %q", c, text)
		}
	}
}
