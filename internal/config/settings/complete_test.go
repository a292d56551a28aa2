package settings_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	dsql "github.com/temporal-dsql/temporal-dsql"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
)

// An error of CUE within the check of one setting is an error of the whole: otherwise its problems would be missing without
// a word.
func TestErrorInACheckIsShown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, before, planted string }{
		"a check": {"lint.cue", "		if f.servers != \"\" {\n", `		if low == "frontend.rps" if temporal.keys["nosuch"].key == "x" {{rule_name: "unknown_key", message: "x"}},`},
		"a comparison": {
			"interplay.cue", "			// 0 is no limit at all\n",
			`			if low == "frontend.rps" if temporal.keys["nosuch"].key == "x" {{rule_name: "unknown_key", message: "x", remedy: "x"}},`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.CopyFS(dir, dsql.Files); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "schema", c.file)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			changed := strings.Replace(string(text), c.before, c.planted+"\n"+c.before, 1)
			if changed == string(text) {
				t.Fatalf("%s does not have %q", c.file, c.before)
			}
			if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
				t.Fatal(err)
			}
			e, err := compile.New(dir)
			if err != nil {
				t.Fatal(err)
			}
			given := []settings.RunningSetting{
				{Kind: "dynamic_config", Key: "frontend.rps", Value: "abc", Known: true},
				{Kind: "dynamic_config", Key: "history.rps", Value: 300, Known: true},
			}
			if name == "a comparison" {
				given[0].Value = 3000
			}
			_, err = settings.Lint(t.Context(), e.Module, given, "1.31", "2")
			if err == nil || !strings.Contains(err.Error(), "check frontend.rps") || !strings.Contains(err.Error(), "nosuch") {
				t.Errorf("got %v", err)
			}
			if name != "a check" {
				return
			}
			if _, err := settings.FindMeanings(t.Context(), e.Module, given, "1.31", "2"); err == nil {
				t.Error("the meanings have no error")
			}
		})
	}
}
