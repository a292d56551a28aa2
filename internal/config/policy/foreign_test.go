package policy_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	dsql "github.com/temporal-dsql/temporal-dsql"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// Whatever a project's own policy says, it is asked or refused by its name.
func FuzzOwn(f *testing.F) {
	for _, seed := range []string{
		"package a\n\ndeny contains \"no\" if input.x\n",
		"package a\n\n# METADATA\n# title: x\n# custom: {severity: [}\nwarn_b contains {\"msg\": \"x\"} if true\n",
		"package lib.rule\n", "package a\nimport data.lib.rule\nviolation := {}\n",
		"package a\ndeny := http.send({})\n", "package a\ndeny if deny\n", "package", "\xff",
		"package a\n\ndeny contains x if x := \"a\"\ndeny := 1\n",
	} {
		f.Add(seed)
	}
	dir := f.TempDir()
	name := filepath.Join(dir, "own.rego")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		rules, err := policy.PrepareWithOwn(context.Background(), dsql.Files, []string{dir})
		var input *source.Error
		if err != nil && (!errors.As(err, &input) || !strings.Contains(err.Error(), dir)) {
			t.Fatalf("%q: %v", text, err)
		}
		if err == nil && len(rules.All()) == 0 {
			t.Fatal("it is taken, and nothing is asked")
		}
	})
}
