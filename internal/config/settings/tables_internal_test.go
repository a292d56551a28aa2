package settings

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"testing"

	"cuelang.org/go/cue"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
)

var update = flag.Bool("update", false, "write the tables of the schema")

// The tables that lint reads from the binary are those of its schema, and decode to the same values.
func TestTablesOfTheSchema(t *testing.T) {
	read := map[string]any{}
	_, err := cuemod.WithEvaluator(embedded, func(e *cuemod.Evaluator) (struct{}, error) {
		names := append(
			lintTables([]RunningSetting{{Kind: "variable"}, {Kind: "static"}, {Kind: "dynamic_config"}}),
			"serverScope", "assumed",
		)
		for _, name := range names {
			table, err := cuemod.Table[any](e, name)
			if err != nil {
				return struct{}{}, err
			}
			read[name] = table
		}
		fine, err := evaluateDefinition(e, "#FineSettings", map[string]any{"#list": true})
		if err != nil {
			return struct{}{}, err
		}
		var table any
		if err := fine.LookupPath(cue.ParsePath(answerField)).Decode(&table); err != nil {
			return struct{}{}, err
		}
		read["fineSettings"] = table
		defaults, err := cuemod.Listing[any](e, "serverDefaults")
		read["serverDefaults"] = defaults
		return struct{}{}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(read); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("tables_gen.json", text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(text.Bytes(), tablesFile) {
		t.Error("tables_gen.json differs from the schema; write it with make tables")
	}
	checkTable[registry.Versions](t, "versions")
	checkTable[map[string]LintRule](t, "lintRules")
	checkTable[map[string]float64](t, "limitValues")
	checkTable[map[string]float64](t, "marginValues")
	checkTable[[]string](t, "storeParameters")
	checkTable[map[string][]string](t, "processes")
	checkTable[[]string](t, "immutable")
	checkTable[map[string]bool](t, "perService")
	checkTable[map[string]string](t, "parameterOf")
	checkTable[map[string]map[string]any](t, "pluginDefaults")
	checkTable[map[string]map[string]string](t, "pluginFollows")
	checkTable[map[string]mode](t, "modes")
	checkTable[map[string]StoreDefault](t, "storeDefaults")
	checkTable[[]string](t, "storeTypes")
	checkTable[map[string]bool](t, "interplayKeys")
	checkTable[ServerPrograms](t, "serverScope")
	checkServerDefaults(t)
}

// checkTable checks that a table decodes from the file to what it decodes to from CUE.
func checkTable[T any](t *testing.T, name string) {
	t.Helper()
	_, err := cuemod.WithEvaluator(embedded, func(e *cuemod.Evaluator) (struct{}, error) {
		want, err := cuemod.Table[T](e, name)
		if err != nil {
			return struct{}{}, err
		}
		got, err := schemaTable[T](e, name)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %#v, and %#v in CUE", name, got, want)
		}
		return struct{}{}, err
	})
	if err != nil {
		t.Error(err)
	}
}

// checkServerDefaults checks that lint takes the same defaults from the file as it evaluates in CUE.
func checkServerDefaults(t *testing.T) {
	t.Helper()
	kept, err := decodeGenerated[map[string]map[string]any]("serverDefaults")
	if err != nil {
		t.Fatal(err)
	}
	_, err = cuemod.WithEvaluator(embedded, func(e *cuemod.Evaluator) (struct{}, error) {
		want, err := cuemod.Listing[map[string]map[string]any](e, "serverDefaults")
		if !reflect.DeepEqual(kept, want) {
			t.Errorf("serverDefaults is %#v, and %#v in CUE", kept, want)
		}
		return struct{}{}, err
	})
	if err != nil {
		t.Error(err)
	}
	for server, defaults := range kept {
		if len(defaults) == 0 {
			t.Errorf("%s has no default", server)
		}
	}
}

var embedded = cuemod.EmbeddedModule()
