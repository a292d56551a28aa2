package words_test

import (
	"os/exec"
	"testing"

	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

func TestCount(t *testing.T) {
	for want, got := range map[string]string{
		"0 files": words.Count(0, "file"), "1 file": words.Count(1, "file"), "2 files": words.Count(2, "file"),
		"3 entries": words.Count(3, "entry"), "1 entry": words.Count(1, "entry"), "2 keys": words.Count(2, "key"),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestCommandLinesAreReadBackByAShell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[ -~]{0,12}`).Draw(t, "word")
		for _, line := range []string{words.CommandLine("printf", "%s", word), words.CommandLines([]string{"printf", "%s"}, []string{word})} {
			out, err := exec.Command("sh", "-c", line).Output()
			if err != nil || string(out) != word {
				t.Fatalf("%s prints %q, want %q: %v", line, out, word, err)
			}
		}
	})
}
