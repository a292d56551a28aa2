package evaluator_test

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/service/evaluator"
)

// TestEnginesForCompiles checks which engine compiles: with little memory that of the set, except for a module whose
// compiles an engine does not free.
func TestEnginesForCompiles(t *testing.T) {
	const gib = 1 << 30
	ours, own := t.TempDir(), t.TempDir()
	for path, text := range map[string]string{
		"cue.mod/module.cue": "module: \"example.com/own\"\nlanguage: version: \"v0.15.0\"\n",
		"presets/tiny.cue":   "package presets\n\ntiny: {}\n",
	} {
		path = filepath.Join(own, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, module    string
		limit           int64
		inSet, keepsOne bool
	}{
		{"enough memory", ours, 2 * gib, false, true},
		{"little memory", ours, gib / 2, true, true},
		{"little memory, own presets", own, gib / 2, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer debug.SetMemoryLimit(debug.SetMemoryLimit(c.limit))
			pool := evaluator.New(c.module, time.Now)
			defer pool.Close()
			var set, first, second, explainer *compile.Engine
			if err := pool.Use(func(s *evaluator.Set) error { set = s.Engine; return nil }); err != nil {
				t.Fatal(err)
			}
			keep := func(into **compile.Engine) func(*compile.Engine) error {
				return func(e *compile.Engine) error { *into = e; return nil }
			}
			for _, err := range []error{
				pool.UseCompiler(keep(&first)), pool.UseCompiler(keep(&second)), pool.UseExplainer(keep(&explainer)),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
			if explainer == nil || explainer == set {
				t.Error("the set's engine explains")
			}
			if (first == set) != c.inSet || (first == second) != c.keepsOne {
				t.Errorf("the set's engine compiles: %t, a second compile has the same engine: %t", first == set, first == second)
			}
		})
	}
}
