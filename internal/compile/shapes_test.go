package compile_test

import (
	"path/filepath"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/compile"
)

// What an adapter sees is a #Resolved and its shared quantities are #Derivations,
// for every preset: compiles leave these checks out, since the schema makes both itself.
func TestAdaptersSeeResolved(t *testing.T) {
	for _, preset := range presets {
		dir := t.TempDir()
		write(t, dir, `package d

import (
	"github.com/temporal-dsql/temporal-dsql/modifiers"
	"github.com/temporal-dsql/temporal-dsql/presets"
	"github.com/temporal-dsql/temporal-dsql/schema"
)

schema.#Deployment & {
	preset:   presets["`+preset+`"]
	modifier: modifiers."batch-processor"
	overrides: {"system.clusterMetadataRefreshInterval": "2m", "history.replicas": 5}
	adapters: strict: schema.#Adapter & {
		name: "strict", kind: "platform", language: "text", summary: "Takes nothing but what is described."
		in: schema.#Resolved & {needs: [string]: schema.#Derivation}
		files: "name.txt": in.name
	}
}
`)
		e, err := compile.New(dir)
		if err != nil {
			t.Fatal(err)
		}
		out, err := e.Compile(compile.Request{Path: dir})
		if err != nil || len(out.Violations) > 0 {
			t.Fatalf("%s: %v %v", preset, err, out)
		}
		if got := out.Files["name.txt"]; got != preset {
			t.Errorf("%s wrote %q in %s", preset, got, filepath.Base(dir))
		}
	}
}
