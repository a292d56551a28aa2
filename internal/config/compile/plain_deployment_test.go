package compile

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// plainFieldsOf returns the fields of a plain deployment that leads to a result.
func plainFieldsOf(r *artefact.Result) map[string]any {
	fields := map[string]any{
		"name": r.Profile.Name, "preset": r.Profile.PresetName, "overrides": r.Profile.Overrides,
		"temporal_version": r.Profile.TemporalServerVersion, "plugin_version": r.Profile.DSQLPluginVersion,
	}
	if r.Profile.Modifier != "" {
		fields["modifier"] = r.Profile.Modifier
	}
	var adapters []string
	for _, s := range r.Snippets {
		adapters = append(adapters, s.Adapter)
	}
	fields["adapters"] = slices.Compact(adapters)
	return fields
}

// Written plainly, each shipped deployment gives the files that it gives as CUE.
func TestPlainDeploymentsSayTheSame(t *testing.T) {
	const profiles = "../../../profiles"
	entries, err := os.ReadDir(profiles)
	if err != nil {
		t.Fatal(err)
	}
	engine, err := New(profiles)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range entries {
		want, err := engine.Compile(Request{Path: filepath.Join(profiles, x.Name())})
		if err != nil {
			t.Fatal(err)
		}
		for format, write := range map[string]func(any) ([]byte, error){".yaml": yaml.Marshal, ".json": json.Marshal} {
			t.Run(x.Name()+format, func(t *testing.T) {
				data, err := write(plainFieldsOf(want))
				if err != nil {
					t.Fatal(err)
				}
				name := filepath.Join(t.TempDir(), "deployment"+format)
				if err := os.WriteFile(name, data, 0o600); err != nil {
					t.Fatal(err)
				}
				got, err := engine.Compile(Request{Path: name})
				if err != nil {
					t.Fatal(err)
				}
				for _, file := range []string{"dynamic_config.yaml", "dsql.env", "dsql_plugin.json", "why.md"} {
					if diff := cmp.Diff(want.Files[file], got.Files[file]); diff != "" {
						t.Errorf("%s differs (-cue +plain):\n%s", file, diff)
					}
				}
				if diff := cmp.Diff(want.Profile, got.Profile); diff != "" {
					t.Errorf("the profile differs (-cue +plain):\n%s", diff)
				}
				if diff := cmp.Diff(want.Snippets, got.Snippets); diff != "" {
					t.Errorf("the adapters' files differ (-cue +plain):\n%s", diff)
				}
			})
		}
	}
}

// A file that changed is compiled again.
func TestPlainDeploymentMayChange(t *testing.T) {
	engine, err := New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "deployment.yaml")
	for _, preset := range []string{"starter", "mid-scale"} {
		if err := os.WriteFile(name, []byte("preset: "+preset+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, r := range []Request{{Path: name}, {Path: name, TemporalVersion: "1.31"}} {
			got, err := engine.Compile(r)
			if err != nil {
				t.Fatal(err)
			}
			if got.Profile.PresetName != preset {
				t.Errorf("it says %s, and %s is compiled", preset, got.Profile.PresetName)
			}
		}
	}
}

// A field at another level than its own, or a value of another shape, has a remedy that says what to write.
func TestRemedyForMisplacedField(t *testing.T) {
	engine, err := New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for fields, want := range map[string]string{
		"region: eu-west-1":                               "write it below site, and indent it further",
		"history: {overrides: {}}":                        "write it below services, and indent it further",
		"persistence.maxConns: 60":                        "write it below overrides",
		"statement_ms: 5":                                 "write it below database, and indent it further",
		"site: {adapters: [go]}":                          "write it at the top level: adapters is a field of the deployment",
		"services: {history: {persistence.maxConns: 60}}": "write it below overrides",
		"overides: {}":                                    "did you mean overrides?",
		"site: {regoin: eu-west-1}":                       "did you mean region? ",
		"namespace: payments":                             "did you mean namespaces? or write it below site.ecs, and indent it further",
		"zzz: 1":                                          "use one of name, ",
		"overrides: [persistence.maxConns]":               "write one KEY: VALUE per line below it: values that ",
		"site: eu-west-1":                                 "write one KEY: VALUE per line below it: ",
		"workload: {activity_seconds: -1}":                "use a value >0: how long an activity runs",
	} {
		name := filepath.Join(t.TempDir(), "deployment.yaml")
		if err := os.WriteFile(name, []byte("preset: starter\n"+fields+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		var input *source.Error
		if _, err := engine.Compile(Request{Path: name}); !errors.As(err, &input) {
			t.Errorf("%s: %v", fields, err)
		} else if got := input.Problems[0].Remedy; !strings.HasPrefix(got, want) {
			t.Errorf("%s: the remedy is %q, not %q", fields, got, want)
		}
	}
}

// A folder whose file has a misspelt name says so.
func TestRemedyForMisnamedFile(t *testing.T) {
	dir := t.TempDir()
	engine, err := New(dir)
	if err != nil {
		t.Fatal(err)
	}
	for misnamed, want := range map[string]string{
		"deploymnt.yaml": "rename " + filepath.Join(dir, "deploymnt.yaml") + " to deployment.yaml, or name the file itself",
		"values.yaml":    "add a deployment.yaml, ",
	} {
		if err := os.WriteFile(filepath.Join(dir, misnamed), []byte("preset: starter\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		var input *source.Error
		if _, err := engine.Compile(Request{Path: dir}); !errors.As(err, &input) || !strings.HasPrefix(input.Problems[0].Remedy, want) {
			t.Errorf("%s: %+v, not %q", misnamed, input, want)
		}
		if err := os.Remove(filepath.Join(dir, misnamed)); err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever is in a file, it is compiled or refused by name, and nothing else.
func FuzzPlainDeployment(f *testing.F) {
	engine, err := New(f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	dir := f.TempDir()
	for _, seed := range []string{
		"preset: starter\n", "preset: starter\noverrides: {history.shards: 4}\nadapters: [go]\n", "{\"preset\": \"starter\"}", "",
		"\xff\xfe", "preset: &a [*a]\n", "preset: starter\n---\npreset: starter\n", "preset: {a: 1}\nadapters: {}\n", "<<: {preset: starter}\n",
		"_x: 1\n\"#y\": 2\npreset: starter\n",
		"preset: starter\nwaivers: [{rule: x, reason: y, owner: z, expires: 2026-02-30}]\n",
		"preset: starter\nraised_quotas: {a: x}\n", "preset: starter\nsite: {endpoint: 3}\n",
		"preset: starter\nviolations: []\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		for _, ext := range []string{".yaml", ".json"} {
			name := filepath.Join(dir, "deployment"+ext)
			if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := engine.Compile(Request{Path: name})
			var input *source.Error
			if err != nil && (!errors.As(err, &input) || !strings.Contains(err.Error(), "deployment"+ext)) {
				t.Fatalf("%q: %v", content, err)
			}
		}
	})
}
