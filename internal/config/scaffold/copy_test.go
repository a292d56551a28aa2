package scaffold_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	dsql "github.com/temporal-dsql/temporal-dsql"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
	"github.com/temporal-dsql/temporal-dsql/internal/config/scaffold"
)

// A repository whose copy of temporal-dsql is that of the binary is read like one without a copy, which is faster. Any
// difference counts, in CUE and in Rego, by one byte or one file.
func TestCopyOfTheBinary(t *testing.T) {
	const copied = "cue.mod/pkg/github.com/temporal-dsql/temporal-dsql"
	for name, change := range map[string]func(vendored string) error{
		"": func(string) error { return nil },
		"another byte of the schema": func(vendored string) error {
			return changeByte(filepath.Join(vendored, "schema", "deployment.cue"))
		},
		"another byte of a guard rail": func(vendored string) error {
			return changeByte(filepath.Join(vendored, "policies", "guardrails", "guardrails_test.rego"))
		},
		"a further file": func(vendored string) error {
			return os.WriteFile(filepath.Join(vendored, "presets", "own.cue"), []byte("package presets\n"), 0o600)
		},
		"a missing file": func(vendored string) error {
			return os.Remove(filepath.Join(vendored, "modifiers", "simple_crud.cue"))
		},
		"a folder by a link": func(vendored string) error {
			moved := filepath.Join(filepath.Dir(vendored), "elsewhere")
			if err := os.Rename(filepath.Join(vendored, "adapters"), moved); err != nil {
				return err
			}
			return os.Symlink(moved, filepath.Join(vendored, "adapters"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if _, err := scaffold.WriteRepository(dir, scaffold.Repository{
				Name:       "orders",
				Deployment: []byte("package orders\n"),
				Module:     []byte("module: \"acme.example/infra@v0\"\nlanguage: version: \"v0.17.0\"\n"),
				Ref:        "main",
			}); err != nil {
				t.Fatal(err)
			}
			if err := change(filepath.Join(dir, filepath.FromSlash(copied))); err != nil {
				t.Fatal(err)
			}
			m, err := cuemod.FindModule(dir)
			if err != nil {
				t.Fatal(err)
			}
			if is, want := m.HasEmbeddedSchema(), name == ""; is != want {
				t.Errorf("the schema is the binary's: %v", is)
			}
			if is, want := m.Policies() == fs.FS(dsql.Files), name == ""; is != want {
				t.Errorf("the policies are the binary's: %v", is)
			}
		})
	}
}

// changeByte changes the last byte of a file.
func changeByte(name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	data[len(data)-1]++
	return os.WriteFile(name, data, 0o600)
}
