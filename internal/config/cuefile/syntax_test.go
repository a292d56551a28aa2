package cuefile_test

import (
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
)

// A chain of operators or selectors has the limit that brackets have: a sum of 1,500,000 terms overflowed Go's stack.
func TestLongChainsAreRefused(t *testing.T) {
	const many = 1_500_000
	for name, c := range map[string]struct {
		text string
		fits bool
	}{
		"sum":       {"x: " + strings.Repeat("1+", many) + "1", false},
		"selectors": {"x: a" + strings.Repeat(".a", many), false},
		"indexes":   {"x: a" + strings.Repeat("[0]", many), false},
		"calls":     {"x: a" + strings.Repeat("()", many), false},
		"in a list": {"x: [{y: " + strings.Repeat("1&", many) + "1}]", false},
		"strings":   {"x: \"\\(" + strings.Repeat("1+", many) + "1)\"", false},
		"or":        {"x: " + strings.Repeat("1 |\n", many) + "1", false},
		"and":       {"x: " + strings.Repeat("a==1 && ", many) + "true", false},
		"short":     {"x: " + strings.Repeat("1+", 9_999) + "1", true},
		"many":      {strings.Repeat("x: 1+1+1\n", 20_000), true},
	} {
		_, err := cuefile.ParseFile("x.cue", []byte(c.text))
		if c.fits && err != nil || !c.fits && (err == nil || !strings.Contains(err.Error(), "maximum length of 10000 operators")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
