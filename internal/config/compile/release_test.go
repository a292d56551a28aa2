package compile_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
)

func TestRelease(t *testing.T) {
	v := registry.Versions{
		TemporalServers: []string{"1.9", "1.30", "1.32"},
		TemporalPatches: map[string][]string{"1.9": {"1.9.1"}, "1.30": {"1.30.4", "1.30.7", "1.30.10"}, "1.32": {"1.32.0"}},
	}
	for stated, want := range map[string]string{
		"1.30": "1.30.10", "1.30.4": "1.30.4", "v1.30.7": "1.30.7", "1.30.7-rc.1+build": "1.30.7",
		"1.30.0": "1.30.4", "1.30.5": "1.30.4", "1.30.9": "1.30.7", // the nearest that was read
		"1.30.11": "1.30.10 newer", "1.31": "1.30.10 newer", "1.33.2": "1.32.0 newer", "2.0": "1.32.0 newer",
		"1.10.3": "1.9.1 newer", "1.8": "", "0.99.9": "", "": "", "1": "", "latest": "", "1.30.x": "", "1.30.4.5": "", "-1.30": "",
	} {
		got, ok := v.Release(stated)
		name := got.Name
		if got.IsNewer {
			name += " newer"
		}
		if name != want || ok != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", stated, name, ok, want)
		}
	}
}

// What a compile makes of a stated version, by the schema, is what the commands
// make of it: which server stands in, and which keys it has.
func TestStatedVersionIsHonoured(t *testing.T) {
	e := sharedEngine()
	versions, err := e.Versions()
	if err != nil {
		t.Fatal(err)
	}
	all, err := e.Keys("")
	if err != nil {
		t.Fatal(err)
	}
	patched := slices.DeleteFunc(slices.Clone(all), func(k registry.Key) bool { return len(k.Since)+len(k.Until) == 0 })
	if len(patched) == 0 {
		t.Fatal("no key came or left within a line: nothing is tested")
	}
	var stated []string
	for _, patches := range versions.TemporalPatches {
		stated = append(stated, patches...)
	}
	stated = append(
		append(stated, versions.TemporalServers...),
		"1.30.0",
		"1.30.5",
		"1.30.99",
		"v1.31.2",
		"1.32.1-rc.0",
		"1.99",
		"2.0.1",
		"1.7",
		"latest",
	)
	slices.Sort(stated)
	rapid.Check(t, func(t *rapid.T) {
		version := rapid.SampledFrom(stated).Draw(t, "version")
		key := rapid.SampledFrom(all).Draw(t, "key")
		if rapid.Bool().Draw(t, "a key that came within a line") {
			key = rapid.SampledFrom(patched).Draw(t, "key")
		}
		if key.Curated || key.Default == nil {
			t.Skip("its value is checked against more than its kind")
		}
		value, err := json.Marshal(key.Default)
		if err != nil {
			t.Fatal(err)
		}
		given, err := e.ParseOverride(key.Key + "=" + string(value))
		if err != nil {
			t.Fatal(err)
		}
		out, err := e.Resolve(compile.Request{Preset: "starter", TemporalVersion: version, Overrides: []compile.Override{given}})
		if err != nil {
			t.Fatal(err)
		}
		refused, warned := ruleNames(out.Violations), ruleNames(out.Warnings)
		release, ok := versions.Release(version)
		if refused["unknown_temporal_version"] == ok {
			t.Fatalf("%s: supported %v, refused %v", version, ok, refused)
		}
		if !ok {
			return
		}
		if warned["server_not_catalogued"] != release.IsNewer ||
			release.IsNewer && !strings.Contains(out.Warnings[0].Message, release.Name) {
			t.Fatalf("%s is checked against %s: %v", version, release.Name, out.Warnings)
		}
		if lacks := refused["key_not_in_version"] || warned["key_not_catalogued"]; lacks == release.Has(key) {
			t.Fatalf("%s in %s: has it %v; %v, %v", key.Key, version, release.Has(key), out.Violations, out.Warnings)
		}
		if warned["key_not_catalogued"] && !release.IsNewer {
			t.Fatalf("%s in %s: the catalogue knows that server", key.Key, version)
		}
	})
}

// A server that is newer than the catalogue may have a key that is not in it: the
// key is written, with a warning.
func TestKeyOfANewerServer(t *testing.T) {
	e := sharedEngine()
	const key = "history.comesTomorrow"
	given, err := e.ParseOverride(key + "=5")
	if err != nil {
		t.Fatal(err)
	}
	for version, known := range map[string]bool{"1.32": true, "1.99": false, "1.32.99": false, "1.30.99": false} {
		out, err := e.Compile(
			compile.Request{
				Preset:          "starter",
				TemporalVersion: version,
				SDKs:            []string{},
				Platforms:       []string{},
				Overrides:       []compile.Override{given},
			},
		)
		if err != nil {
			t.Fatal(err)
		}
		if got := ruleNames(out.Violations)["unknown_parameter"]; got != known {
			t.Errorf("%s: refused %v: %v", version, got, out.Violations)
		}
		if got := ruleNames(out.Warnings)["key_not_catalogued"]; got == known {
			t.Errorf("%s: warned %v: %v", version, got, out.Warnings)
		}
		if written := strings.Contains(out.Files["dynamic_config.yaml"], key); written == known {
			t.Errorf("%s: written %v", version, written)
		}
	}
}

// Servers up to 1.29 find their configuration in a folder, later ones take the file:
// however the version is stated.
func TestServerCommandOfAVersion(t *testing.T) {
	e := sharedEngine()
	for version, flag := range map[string]string{
		"1.29": "--env", "v1.29.1": "--env", "1.29.1-rc.1": "--env", "1.29-rc.1": "--env",
		"1.30": "--config-file", "v1.30.4": "--config-file", "1.30-rc.1": "--config-file", "2.0.1": "--config-file", "1.290": "--config-file",
	} {
		out, err := e.Compile(compile.Request{Preset: "starter", TemporalVersion: version, SDKs: []string{}, Platforms: []string{"ecs"}})
		if err != nil || len(out.Violations) > 0 {
			t.Fatal(version, err, out)
		}
		if text := out.Files["ecs-task-definition-history.json"]; !strings.Contains(text, `"`+flag+`"`) {
			t.Errorf("%s: no %s in %s", version, flag, text)
		}
	}
}

// ECS refuses a task definition that carries too much dynamic config: so does a compile,
// unless the adapter is left out.
func TestFileOverLimit(t *testing.T) {
	e := sharedEngine()
	rules := make([]string, 1200)
	for i := range rules {
		rules[i] = fmt.Sprintf(`{"Pattern":"host%04d.example.com:443","AllowInsecure":false}`, i)
	}
	given, err := e.ParseOverride("component.callbacks.allowedAddresses=[" + strings.Join(rules, ",") + "]")
	if err != nil {
		t.Fatal(err)
	}
	for platform, refused := range map[string]bool{"ecs": true, "helm": false} {
		out, err := e.Compile(
			compile.Request{Preset: "starter", SDKs: []string{}, Platforms: []string{platform}, Overrides: []compile.Override{given}},
		)
		if err != nil {
			t.Fatal(err)
		}
		if got := ruleNames(out.Violations)["file_over_limit"]; got != refused || refused != (len(out.Files) == 0) {
			t.Errorf("%s: refused %v with %d files: %v", platform, got, len(out.Files), out.Violations)
		}
		if want := 4; refused && len(out.Violations) != want {
			t.Errorf("%d task definitions are refused, want %d: %v", len(out.Violations), want, out.Violations)
		}
	}
}

func ruleNames(remarks []artefact.Violation) map[string]bool {
	names := map[string]bool{}
	for _, r := range remarks {
		names[r.RuleName] = true
	}
	return names
}
