package artefact_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/discover"
	"github.com/temporal-dsql/temporal-dsql/internal/source/sourcetest"
)

// Whatever is in the folder of an earlier compile, it is read or refused by name;
// nothing outside of it is read.
func FuzzLoadArtefacts(f *testing.F) {
	engine, err := compile.New(f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	result, err := engine.Compile(compile.Request{Preset: "starter", SDKs: []string{}, Platforms: []string{}})
	if err != nil {
		f.Fatal(err)
	}
	dir := filepath.Join(f.TempDir(), "out")
	if err := os.Mkdir(dir, 0o700); err != nil {
		f.Fatal(err)
	}
	outside := filepath.Join(filepath.Dir(dir), "outside")
	if err := os.WriteFile(outside, []byte("hunter2"), 0o600); err != nil {
		f.Fatal(err)
	}
	profile, trace := result.Files[artefact.ProfileName], result.Files[artefact.TraceName]
	f.Add(profile, trace, `{"files": [{"path": "why.md", "sha256": "x"}]}`)
	f.Add("{}", "[]", `{"files": [{"path": "../outside"}, {"path": "/etc/hostname"}]}`)
	f.Add(`{"slo_params": [{"key": "a", "value": {}}], "waivers": [{}]}`, `[{"key": 1}]`, "")
	f.Add("[", "null", "[]")
	f.Add(`{"dsql_plugin_config": {}, "files": {"profile.json": "{\"slo_params\": [{\"key\": \"a\"}]}", "../outside": ""}}`, "{}", "")
	f.Fuzz(func(t *testing.T, profile, trace, manifest string) {
		for name, text := range map[string]string{artefact.ProfileName: profile, artefact.TraceName: trace, "manifest.json": manifest} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		read, err := artefact.LoadArtefacts(dir)
		sourcetest.RequireNamed(t, err, dir)
		if err != nil {
			return
		}
		if len(read.Profile.Values()) == 0 {
			t.Fatal("a profile without a parameter")
		}
		for name, text := range read.Files {
			if strings.Contains(text, "hunter2") || !filepath.IsLocal(name) {
				t.Fatalf("%s is read from outside", name)
			}
		}
		if err := read.SetDeployed(read.Profile.Values()); err != nil {
			t.Fatal(err)
		}
	})
}

// A config profile is the same from profile.json and from profile.yaml: a file, a folder
// with one of them, or a text.
func TestProfileOfYAML(t *testing.T) {
	dir := t.TempDir()
	deployment := filepath.Join(dir, "deployment.yaml")
	const text = `name: "2026-12-31"
preset: high-throughput
modifier: batch-processor
overrides: {history.replicas: 9, dsql.reservoir_lifetime_jitter: 10m}
waivers: [{rule: pool_too_small, reason: "yes", owner: "0x10", expires: "2026-12-31"}]
raised_quotas: {connections_per_cluster: 20000}
`
	if err := os.WriteFile(deployment, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	engine, err := compile.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	result, err := engine.Compile(compile.Request{Path: deployment})
	if err != nil {
		t.Fatal(err)
	}
	asJSON, asYAML := filepath.Join(dir, "json"), filepath.Join(dir, "yaml")
	for _, out := range []string{asJSON, asYAML} {
		if _, err := result.WriteFolder(out, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(asYAML, "profile.json")); err != nil {
		t.Fatal(err)
	}
	read := map[string]func() (*artefact.Result, error){}
	for _, path := range []string{
		asJSON, filepath.Join(asJSON, "profile.json"), filepath.Join(asJSON, "profile.yaml"), asYAML,
		filepath.Join(asYAML, "profile.yaml"),
	} {
		if !discover.IsCompiled(path) {
			t.Errorf("%s is not what a compile wrote", path)
		}
		read[path] = func() (*artefact.Result, error) { return artefact.LoadArtefacts(path) }
	}
	for _, name := range []string{"profile.json", "profile.yaml"} {
		if !artefact.LooksLikeProfile(result.Files[name]) {
			t.Errorf("%s does not look like a profile", name)
		}
		read["text of "+name] = func() (*artefact.Result, error) {
			return artefact.ParseProfile("config", []byte(result.Files[name]))
		}
	}
	decoded := func(data []byte) (v any) {
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	for path, do := range read {
		got, err := do()
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if diff := cmp.Diff(result.Profile, got.Profile) + cmp.Diff(decoded(result.JSON), decoded(got.JSON)); diff != "" {
			t.Errorf("%s (-compiled +read):\n%s", path, diff)
		}
	}

	// what is wrong has its place
	broken := filepath.Join(dir, "profile.yaml")
	if err := os.WriteFile(broken, []byte("preset_name: starter\nsafety_params: [\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := artefact.LoadArtefacts(broken); err == nil || !strings.Contains(err.Error(), "profile.yaml:") {
		t.Errorf("half a profile gives %v", err)
	}
	// a YAML file of some other tool is neither
	other := filepath.Join(t.TempDir(), "profile.yaml")
	if err := os.WriteFile(other, []byte("apiVersion: v1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if discover.IsCompiled(other) || discover.IsCompiled(filepath.Dir(other)) {
		t.Error("any profile.yaml is taken for a config profile")
	}
}

// A document of a newer temporal-dsql is refused: its fields can have another meaning.
func TestNewerDocumentsAreRefused(t *testing.T) {
	dir := t.TempDir()
	engine, err := compile.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	result, err := engine.Compile(compile.Request{Preset: "starter", SDKs: []string{}, Platforms: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	if result.Profile.SchemaVersion != artefact.SchemaVersion {
		t.Errorf("a compile writes version %d, and readers know %d", result.Profile.SchemaVersion, artefact.SchemaVersion)
	}
	current := fmt.Sprintf(`"schema_version": %d`, artefact.SchemaVersion)
	newer := fmt.Sprintf(`"schema_version": %d`, artefact.SchemaVersion+1)
	for _, name := range []string{artefact.ProfileName, artefact.TraceName, "manifest.json"} {
		out := filepath.Join(dir, name+".d")
		if _, err := result.WriteFolder(out, time.Time{}); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(out, name)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), current) {
			t.Fatalf("%s has no version:\n%s", name, text)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), current, newer, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err = artefact.LoadArtefacts(out)
		if err == nil || !strings.Contains(err.Error(), "schema version 2, newer than 1") {
			t.Errorf("%s of a newer version: %v", name, err)
		}
	}
}
