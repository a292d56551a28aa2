package cli_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
)

// A vocabulary is what deployments are generated from.
type vocabulary struct {
	presets, modifiers, adapters []string
	servers, plugins             []string
	parameters                   []registry.Parameter
	keys                         map[string][]registry.Key // by server
	schemas                      map[string]*jsonschema.Schema
	engine                       *compile.Engine
	compiled                     int
}

func newVocabulary(t *testing.T) *vocabulary {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	v := &vocabulary{engine: compile.Embedded(), keys: map[string][]registry.Key{},
		schemas: map[string]*jsonschema.Schema{"": schemas(t)("deployment")}}
	presets, err := v.engine.Presets()
	must(err)
	for _, p := range presets {
		v.presets = append(v.presets, p.Name)
	}
	modifiers, err := v.engine.Modifiers()
	must(err)
	for _, m := range modifiers {
		v.modifiers = append(v.modifiers, m.Name)
	}
	adapters, err := v.engine.Adapters()
	must(err)
	for _, a := range adapters {
		v.adapters = append(v.adapters, a.Name)
	}
	versions, err := v.engine.Versions()
	must(err)
	// the oldest and the newest
	v.servers, v.plugins = []string{versions.TemporalServers[0], versions.TemporalServers[len(versions.TemporalServers)-1]},
		versions.PluginGenerations
	for _, server := range v.servers {
		v.keys[server], err = v.engine.Keys(server)
		must(err)
		v.schemas[server] = schemas(t, "--temporal-version", server)("deployment")
	}
	v.parameters, err = v.engine.Parameters()
	must(err)
	// what every generation of the plugin reads
	v.parameters = slices.DeleteFunc(v.parameters, func(p registry.Parameter) bool {
		return slices.ContainsFunc(p.Env, func(x registry.Variable) bool { return len(x.Generations) > 0 })
	})
	return v
}

// takes compiles a file, and returns an error if it is not valid.
func (v *vocabulary) takes(name string) error {
	// what an engine has evaluated it keeps
	if v.compiled++; v.compiled%100 == 0 {
		v.engine = compile.Embedded()
	}
	result, err := v.engine.Resolve(compile.Request{Path: name})
	if err != nil {
		return err
	}
	if len(result.Violations) > 0 {
		return fmt.Errorf("%s: %s", result.Violations[0].RuleName, result.Violations[0].Message)
	}
	return nil
}

func ofKind(t *rapid.T, kind, label string) any {
	switch kind {
	case "int":
		return rapid.IntRange(0, 1<<20).Draw(t, label)
	case "float":
		return rapid.Float64Range(0, 100).Draw(t, label)
	case "bool":
		return rapid.Bool().Draw(t, label)
	case "duration":
		return rapid.SampledFrom([]string{"1s", "1m30s", "1.5h", "250ms"}).Draw(t, label)
	case "list":
		return []any{}
	case "map", "struct":
		return map[string]any{}
	}
	return rapid.StringMatching(`[a-z]{1,8}`).Draw(t, label)
}

// inRange draws a value that a parameter may have.
func inRange(t *rapid.T, p registry.Parameter) any {
	var low, high float64
	_, notLow := fmt.Sscan(fmt.Sprint(p.Min), &low)
	_, notHigh := fmt.Sscan(fmt.Sprint(p.Max), &high)
	switch {
	case len(p.OneOf) > 0:
		return rapid.SampledFrom(p.OneOf).Draw(t, p.Key)
	case strings.Contains(p.Allowed, "power of two"):
		return 1 << rapid.IntRange(2, 12).Draw(t, p.Key)
	case p.Kind == "int" && notLow == nil && notHigh == nil:
		return rapid.IntRange(int(low), int(high)).Draw(t, p.Key)
	case p.Kind == "float" && notLow == nil && notHigh == nil:
		return rapid.Float64Range(low, high).Draw(t, p.Key)
	case p.Kind == "duration":
		return rapid.SampledFrom([]any{p.Min, p.Max}).Draw(t, p.Key)
	case p.Pattern != nil:
		return rapid.StringMatching(p.Pattern.Is).Draw(t, p.Key)
	}
	return ofKind(t, p.Kind, p.Key)
}

// deployment draws one that the compiler takes, for a server.
func (v *vocabulary) deployment(t *rapid.T, server string) map[string]any {
	d := map[string]any{"preset": rapid.SampledFrom(v.presets).Draw(t, "preset")}
	maybe := func(field string, value func() any) {
		if rapid.Bool().Draw(t, "has "+field) {
			d[field] = value()
		}
	}
	if server != "" {
		d["temporal_version"] = server
	}
	maybe("$schema", func() any { return "../../schemas/deployment.schema.json" })
	maybe("name", func() any { return rapid.StringMatching(`[a-z]{1,8}`).Draw(t, "name") })
	maybe("modifier", func() any { return rapid.SampledFrom(append([]string{""}, v.modifiers...)).Draw(t, "modifier") })
	if d["modifier"] == "" {
		d["modifier"] = nil
	}
	maybe("plugin_version", func() any { return rapid.SampledFrom(v.plugins).Draw(t, "plugin") })
	maybe("adapters", func() any {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(v.adapters), 0, 3, rapid.ID).Draw(t, "adapters")
	})
	overrides := map[string]any{}
	for range rapid.IntRange(0, 3).Draw(t, "parameters") {
		p := rapid.SampledFrom(v.parameters).Draw(t, "parameter")
		overrides[p.Key] = inRange(t, p)
	}
	if server != "" {
		for range rapid.IntRange(0, 2).Draw(t, "keys") {
			k := rapid.SampledFrom(v.keys[server]).Draw(t, "key")
			if !k.Curated && !k.Gradual {
				overrides[k.Key] = ofKind(t, k.Kind, k.Key)
			}
		}
	}
	if len(overrides) > 0 {
		d["overrides"] = overrides
	} else {
		maybe("overrides", func() any { return nil })
	}
	maybe("site", func() any {
		site := map[string]any{"endpoint": "abc.dsql.eu-west-1.on.aws"}
		if rapid.Bool().Draw(t, "search") {
			site["elasticsearch"] = map[string]any{"host": "search", "port": 9200, "scheme": "http", "version": "v7"}
		}
		return site
	})
	maybe("raised_quotas", func() any {
		return map[string]any{"connections_per_cluster": rapid.IntRange(10_000, 50_000).Draw(t, "quota")}
	})
	maybe("waivers", func() any {
		return []any{map[string]any{"rule": "pool_too_small", "reason": "a test", "owner": "us", "expires": "2030-01-31"}}
	})
	return d
}

// spoil makes one field invalid, and returns which.
func spoil(t *rapid.T, d map[string]any, kinds map[string]string) string {
	at := d
	path := "a field at the top"
	var inner []string
	for _, name := range []string{"overrides", "site", "raised_quotas"} {
		if of, ok := d[name].(map[string]any); ok && len(of) > 0 {
			inner = append(inner, name)
		}
	}
	if len(inner) > 0 && rapid.Bool().Draw(t, "inside") {
		path = rapid.SampledFrom(inner).Draw(t, "of")
		at = d[path].(map[string]any)
	}
	name := rapid.SampledFrom(slices.Sorted(maps.Keys(at))).Draw(t, "field")
	for at[name] == nil || name == "$schema" {
		name = "preset" // what is empty says nothing
	}
	if rapid.Bool().Draw(t, "misspelt") {
		at[name+"x"] = at[name]
		delete(at, name)
		return fmt.Sprintf("%s: %sx", path, name)
	}
	// of another type, whatever it is to be
	at[name] = map[bool]any{true: map[string]any{"no field": nil}, false: []any{"no", 1}}[rapid.Bool().Draw(t, "struct")]
	if slices.Contains([]string{"list", "map", "struct"}, kinds[name]) ||
		slices.Contains([]string{"adapters", "overrides", "raised_quotas", "site", "waivers"}, name) {
		at[name] = 3
	}
	return fmt.Sprintf("%s: %s = %v", path, name, at[name])
}

// TestDeploymentSchemaAgreesWithCompiler checks that the schema accepts every YAML file
// that the compiler accepts, and rejects misspelt names and wrong types as the compiler
// does.
func TestDeploymentSchemaAgreesWithCompiler(t *testing.T) {
	v := newVocabulary(t)
	kinds := map[string]string{}
	for _, keys := range v.keys {
		for _, k := range keys {
			kinds[k.Key] = k.Kind
		}
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "deployment.yaml")
	write := func(t *rapid.T, d map[string]any) []byte {
		text, err := yaml.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return text
	}
	// what an editor sees is the file, not what it was made of
	validate := func(t *rapid.T, server string, text []byte) error {
		var doc any
		if err := yaml.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		if doc, err = jsonschema.UnmarshalJSON(strings.NewReader(string(data))); err != nil {
			t.Fatal(err)
		}
		return v.schemas[server].Validate(doc)
	}
	rapid.Check(t, func(t *rapid.T) {
		server := rapid.SampledFrom(append([]string{""}, v.servers...)).Draw(t, "server")
		d := v.deployment(t, server)
		text := write(t, d)
		if err := v.takes(file); err != nil {
			t.Fatalf("the compiler refuses it: %v\n%s", err, text)
		}
		for _, of := range []string{server, ""} {
			if err := validate(t, of, text); err != nil {
				t.Fatalf("the schema of %q refuses what the compiler takes: %v\n%s", of, err, text)
			}
		}
		what := spoil(t, d, kinds)
		text = write(t, d)
		if v.takes(file) == nil {
			t.Fatalf("the compiler takes %s\n%s", what, text)
		}
		if validate(t, server, text) == nil {
			t.Fatalf("the schema takes %s, and the compiler does not\n%s", what, text)
		}
	})
}

// TestShippedDeploymentsMatchSchema checks the repository's own deployments, written as
// YAML.
func TestShippedDeploymentsMatchSchema(t *testing.T) {
	profiles := filepath.Join(repository, "profiles")
	s := schemas(t)("deployment")
	entries, err := os.ReadDir(profiles)
	if err != nil {
		t.Fatal(err)
	}
	engine, err := compile.New(profiles)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range entries {
		result, err := engine.Compile(compile.Request{Path: filepath.Join(profiles, x.Name())})
		if err != nil {
			t.Fatal(err)
		}
		p := result.Profile
		stated := map[string]any{
			"name": p.Name, "preset": p.PresetName, "modifier": nil, "overrides": p.Overrides,
			"temporal_version": p.TemporalServerVersion, "plugin_version": p.DSQLPluginVersion, "adapters": []string{},
		}
		if p.Modifier != "" {
			stated["modifier"] = p.Modifier
		}
		for _, snippet := range result.Snippets {
			if all := stated["adapters"].([]string); !slices.Contains(all, snippet.Adapter) {
				stated["adapters"] = append(all, snippet.Adapter)
			}
		}
		text, err := yaml.Marshal(stated)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(t.TempDir(), "deployment.yaml")
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(parse(t, asJSON(t, name))); err != nil {
			t.Errorf("%s: %v\n%s", x.Name(), err, text)
		}
	}
}
