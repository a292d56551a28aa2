package compile_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/compile"
)

// What an adapter sees is a #Resolved, and every quantity and every derived value is
// a #Derivation, for every preset and modifier: compiles leave these checks out, since
// the schema makes all of them itself.
func TestAdaptersSeeResolved(t *testing.T) {
	for _, preset := range presets {
		for _, modifier := range modifiers {
			t.Run(strings.TrimRight(preset+" "+modifier, " "), func(t *testing.T) {
				dir := t.TempDir()
				chosen := "null"
				if modifier != "" {
					chosen = fmt.Sprintf("modifiers[%q]", modifier)
				}
				write(t, dir, `package d

import (
	"encoding/json"

	"github.com/temporal-dsql/temporal-dsql/modifiers"
	"github.com/temporal-dsql/temporal-dsql/presets"
	"github.com/temporal-dsql/temporal-dsql/schema"
)

_modifiers: modifiers

schema.#Deployment & {
	preset:   presets["`+preset+`"]
	modifier: `+chosen+`
	overrides: {"system.clusterMetadataRefreshInterval": "2m", "history.replicas": 5}
	adapters: strict: schema.#Adapter & {
		name: "strict", kind: "platform", language: "text", summary: "Takes nothing but what is described."
		in: schema.#Resolved & {needs: [string]: schema.#Derivation}
		let limits = {for k, q in schema.quotas {(k): q.value}}
		let formulas = schema.#Formulas & {v: in.values, c: in.preset.choices, q: limits}
		let derived = {for k, d in formulas.derived {(k): d & schema.#Derivation}}
		files: "seen.json": json.Marshal({"in": in, "derived": derived}) // all of it
	}
}
`)
				e, err := compile.New(dir)
				if err != nil {
					t.Fatal(err)
				}
				out, err := e.Compile(compile.Request{Path: dir})
				if err != nil || len(out.Violations) > 0 {
					t.Fatalf("%v %v", err, out)
				}
				var seen struct {
					In      struct{ Name string }
					Derived map[string]any
				}
				if err := json.Unmarshal([]byte(out.Files["seen.json"]), &seen); err != nil || seen.In.Name != preset {
					t.Fatalf("an adapter saw %q, %v", seen.In.Name, err)
				}
				for _, step := range out.Trace {
					if _, ok := seen.Derived[step.ParameterKey]; step.Source == "derived" && !ok {
						t.Errorf("%s is derived, and was not looked at", step.ParameterKey)
					}
				}
			})
		}
	}
}
