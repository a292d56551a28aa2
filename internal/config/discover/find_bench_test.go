package discover_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/config/discover"
)

// BenchmarkFindDeployments walks 200 deployments of one repository, as a gate does before it
// compiles any.
func BenchmarkFindDeployments(b *testing.B) {
	dir := b.TempDir()
	write := func(name, text string) {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	write("cue.mod/module.cue", "module: \"acme.example/infra@v0\"\nlanguage: version: \"v0.17.0\"\n")
	const deployments = 200
	for i := range deployments {
		write(
			fmt.Sprintf("profiles/d%03d/d.cue", i),
			"package d\n\nimport \"github.com/temporal-dsql/temporal-dsql/schema\"\n\nschema.#Deployment & {\n\tname: \"d\"\n"+
				"\toverrides: \"frontend.rps\": 20000\n}\n",
		)
	}
	for b.Loop() {
		found, err := discover.FindDeployments(dir)
		if err != nil || len(found) != deployments {
			b.Fatal(len(found), err)
		}
	}
}
