package compile_test

import (
	"encoding/json"
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
	"encoding/json"

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
		files: "seen.json": json.Marshal(in) // all of it
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
		var seen struct{ Name string }
		if err := json.Unmarshal([]byte(out.Files["seen.json"]), &seen); err != nil || seen.Name != preset {
			t.Errorf("%s: an adapter saw %q, %v", preset, seen.Name, err)
		}
	}
}
