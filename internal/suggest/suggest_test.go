package suggest_test

import (
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/measure"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// A long name is not compared with every known one, and not repeated in full.
func TestLongNamesCostNothing(t *testing.T) {
	known := make([]string, 2000)
	for i := range known {
		known[i] = strings.Repeat("history.persistence", 4)
	}
	var err error
	n := measure.Allocated(func() { err = suggest.UnknownName("key", strings.Repeat("a", 50_000), known) })
	if n > 1<<20 || len(err.Error()) > 1000 {
		t.Errorf("%d bytes allocated for an error of %d bytes", n, len(err.Error()))
	}
	if near := suggest.NearestName("history.persistance", []string{"history.persistence"}); near == "" {
		t.Error("a short name has no suggestion")
	}
}

func TestMisspeltNamesShareMostLetters(t *testing.T) {
	for typed, want := range map[string]string{
		"htp": "did you mean http? use one", "ftp": "use one", "HTTPS": "did you mean https? use one", "": "use one",
	} {
		if got := (suggest.Misspelt{Name: typed, Names: []string{"http", "https"}}).AddTo("use one"); got != want {
			t.Errorf("%q: %s", typed, got)
		}
	}
}
