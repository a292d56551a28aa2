package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// What a command prints of its arguments cannot move the cursor, or reorder the text.
func TestArgumentsAreNotPrintedRaw(t *testing.T) {
	for _, args := range [][]string{
		{"explain", "a\x1b[2J\u202eb"}, {"profile", "get", "a\x1b[2J\u202eb", "--data-dir", t.TempDir()}, {"a\x1b[2J\u202eb"},
		{"compile", "\x1b]0;x\a"}, {"lint", "\x1b]0;x\a.yaml"},
	} {
		var out, err bytes.Buffer
		code := Run(context.Background(), args, &out, &err, NoVariables)
		if text := out.String() + err.String(); code == 0 || strings.IndexFunc(text, words.IsInvisible) >= 0 {
			t.Errorf("%q: exit %d, %q", args, code, text)
		}
	}
}
