package migrate_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configfile"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/lint"
	"github.com/temporal-dsql/temporal-dsql/internal/running/migrate"
)

// valueByKind is what a key is set to whose default is not a constant.
var valueByKind = map[string]any{
	"int": 1, "float": 0.5, "bool": true, "string": "a", "duration": "1m",
	"list": []any{"a"}, "map": map[string]any{"a": 1}, "struct": map[string]any{},
}

// TestEveryKeyWithItsDefault sets every key of every supported server to its own
// default; a key that the server before has in the same form is not repeated. Lint
// must accept the value, and migrate must report it as redundant unless the
// registry curates the key: a preset may then differ from the server.
func TestEveryKeyWithItsDefault(t *testing.T) {
	e := engine
	versions, err := e.Versions()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "dynamic.json") // JSON is YAML
	composite, isWhole := 0, true
	before := map[string]registry.Key{}
	for _, server := range versions.TemporalServers {
		keys, err := e.Keys(server)
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]registry.Key{}
		for _, k := range keys {
			all[k.Key] = k
		}
		keys = slices.DeleteFunc(keys, func(k registry.Key) bool { return cmp.Equal(before[k.Key], k) })
		before = all
		chosen := rapidtest.Choose(len(keys))
		isWhole = isWhole && len(chosen) == len(keys)
		file := map[string]any{}
		byKey := map[string]registry.Key{}
		for _, n := range chosen {
			k := keys[n]
			value := k.Default
			switch k.Default.(type) {
			case nil:
				value = valueByKind[k.Kind]
			case []any, map[string]any:
				composite++
			}
			file[k.Key] = []any{map[string]any{"value": value}}
			byKey[k.Key] = k
		}
		text, err := json.Marshal(file)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, name, string(text))
		read, err := configfile.Read(t.Context(), name, deployed.DynamicConfig)
		if err != nil {
			t.Fatal(err)
		}
		linted, err := settings.Lint(t.Context(), e.Module, lint.ConvertSettings(read.Settings), server, "")
		if err != nil {
			t.Fatalf("lint for %s: %v", server, err)
		}
		for _, p := range linted.Problems {
			t.Errorf("%s: lint: %s: %s", server, p.RuleName, p.Message)
		}
		sorted, err := migrate.ClassifySettings(t.Context(), e, migrate.Request{Settings: read.Settings, Temporal: server})
		if err != nil {
			t.Fatalf("migrate for %s: %v", server, err)
		}
		reported := map[string]bool{}
		for _, i := range sorted.Items {
			k := byKey[i.Setting]
			reported[k.Key] = true
			isRedundant := i.Status == migrate.Redundant
			mayChange := k.Curated || k.Default == nil || k.Constrained != nil
			if !isRedundant && (i.Status != migrate.Changed || !mayChange) {
				t.Errorf("%s: migrate: %s is %s (%s), with the default %v", server, i.Setting, i.Status, i.Reason, k.Default)
			}
		}
		for key := range byKey {
			if !reported[key] {
				t.Errorf("%s: migrate does not report %s", server, key)
			}
		}
	}
	if isWhole && composite < 40 {
		t.Errorf("only %d defaults are lists, maps or structs", composite)
	}
}
