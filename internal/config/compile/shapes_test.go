package compile_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/load"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
)

// What an adapter sees is a #Resolved, and every quantity and every derived value is
// a #Derivation, for every preset and modifier: compiles leave these checks out, since
// the schema makes all of them itself.
func TestAdaptersSeeResolved(t *testing.T) {
	ctx := cuecontext.New()
	schema := ctx.BuildInstance(load.Instances([]string{"./schema"}, &load.Config{Dir: "../../.."})[0])
	// as plain data: a value from a definition keeps its own fields
	is := func(t *testing.T, definition, what string, data []byte) {
		t.Helper()
		shape := schema.LookupPath(cue.ParsePath(definition))
		if err := shape.Unify(ctx.CompileBytes(data)).Validate(cue.Concrete(true), cue.Final()); err != nil {
			t.Errorf("%s is no %s: %v", what, definition, err)
		}
	}
	dir := t.TempDir()
	write(t, dir, "package d\n") // each deployment replaces the one before
	e, err := compile.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range rapidtest.Choose(len(presets) * len(modifiers)) {
		preset, modifier := presets[i%len(presets)], modifiers[i/len(presets)]
		t.Run(strings.TrimRight(preset+" "+modifier, " "), func(t *testing.T) {
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
		name: "strict", kind: "platform", language: "text", summary: "Writes down all that it sees."
		in: _
		let limits = {for k, q in schema.quotas {(k): q.value}}
		let formulas = schema.#Formulas & {values: in.values, choices: in.preset.choices, "limits": limits, workload: in.profile.workload, database: in.profile.database}
		let derived = {for k, d in formulas.derived {(k): d}}
		files: "seen.json": json.Marshal({"in": in, "derived": derived}) // all of it
	}
}
`)
			out, err := e.Compile(compile.Request{Path: dir})
			if err != nil || len(out.Violations) > 0 {
				t.Fatalf("%v %v", err, out)
			}
			if out.Profile.PresetName != preset || out.Profile.Modifier != modifier {
				t.Fatalf("the profile is of %s %s", out.Profile.PresetName, out.Profile.Modifier)
			}
			var seen struct {
				In      json.RawMessage
				Derived map[string]json.RawMessage
			}
			if err := json.Unmarshal([]byte(out.Files["seen.json"]), &seen); err != nil {
				t.Fatal(err)
			}
			is(t, "#Resolved", "what an adapter sees", seen.In)
			var shared struct{ Needs map[string]json.RawMessage }
			if err := json.Unmarshal(seen.In, &shared); err != nil || len(shared.Needs) == 0 {
				t.Fatalf("%d shared quantities, %v", len(shared.Needs), err)
			}
			for _, derivations := range []map[string]json.RawMessage{shared.Needs, seen.Derived} {
				for key, d := range derivations {
					is(t, "#Derivation", key, d)
				}
			}
			raised, err := e.RaisedByLoad() // those are quantities
			if err != nil {
				t.Fatal(err)
			}
			for _, step := range out.Trace {
				_, ok := seen.Derived[step.ParameterKey]
				if _, isRaised := shared.Needs[raised[step.ParameterKey]]; step.Source == "derived" && !ok && !isRaised {
					t.Errorf("%s is derived, and was not looked at", step.ParameterKey)
				}
			}
		})
	}
}
