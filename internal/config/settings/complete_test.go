package settings_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"

	dsql "github.com/temporal-dsql/temporal-dsql"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
)

// An error of CUE within the check of one setting is an error of the whole: otherwise its problems would be missing without
// a word.
func TestErrorInACheckIsShown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, list, planted string }{
		"a check": {
			"lint.cue", "#LintKey.problems",
			`if s.key == "frontend.rps" if temporal.keys["nosuch"].key == "x" {{rule_name: "unknown_key", message: "x"}}`,
		},
		"an element of a check": {
			"lint.cue", "#LintKey.problems", `if s.key == "frontend.rps" {{rule_name: "unknown_key", message: temporal.keys["nosuch"].key}}`,
		},
		"a comparison": {
			"interplay.cue", "#Interplay._#Ineffective.all",
			`if #of.key == "frontend.rps" if temporal.keys["nosuch"].key == "x" {
				{rule_name: "unknown_key", message: "x", remedy: "x"}
			}`,
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
			list := findList(t, text, c.list)
			changed := string(text[:list]) + c.planted + "," + string(text[list:])
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
			if name == "a comparison" {
				return
			}
			if _, err := settings.FindMeanings(t.Context(), e.Module, given, "1.31", "2"); err == nil {
				t.Error("the meanings have no error")
			}
		})
	}
}

// findList returns the offset of the first item of a list in a file of CUE, which is the value of the field at a path.
func findList(t *testing.T, text []byte, path string) int {
	t.Helper()
	file, err := parser.ParseFile("schema.cue", text)
	if err != nil {
		t.Fatal(err)
	}
	decls := file.Decls
	for label := range strings.SplitSeq(path, ".") {
		at := slices.IndexFunc(decls, func(d ast.Decl) bool {
			field, isField := d.(*ast.Field)
			if !isField {
				return false
			}
			name, _, err := ast.LabelName(field.Label)
			return err == nil && name == label
		})
		if at < 0 {
			t.Fatalf("%s: no field %s", path, label)
		}
		switch value := decls[at].(*ast.Field).Value.(type) {
		case *ast.StructLit:
			decls = value.Elts
		case *ast.ListLit:
			return value.Lbrack.Offset() + 1
		}
	}
	t.Fatalf("%s is not a list", path)
	return 0
}
