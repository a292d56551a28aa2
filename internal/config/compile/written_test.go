package compile_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
)

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
		if _, err := result.Write(out, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(asYAML, "profile.json")); err != nil {
		t.Fatal(err)
	}
	read := map[string]func() (*compile.Result, error){}
	for _, path := range []string{asJSON, filepath.Join(asJSON, "profile.json"), filepath.Join(asJSON, "profile.yaml"), asYAML, filepath.Join(asYAML, "profile.yaml")} {
		if !compile.IsWritten(path) {
			t.Errorf("%s is not what a compile wrote", path)
		}
		read[path] = func() (*compile.Result, error) { return compile.Written(path) }
	}
	for _, name := range []string{"profile.json", "profile.yaml"} {
		if !compile.LooksLikeProfile(result.Files[name]) {
			t.Errorf("%s does not look like a profile", name)
		}
		read["text of "+name] = func() (*compile.Result, error) {
			return compile.ParseProfile("config", []byte(result.Files[name]))
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
	if _, err := compile.Written(broken); err == nil || !strings.Contains(err.Error(), "profile.yaml:") {
		t.Errorf("half a profile gives %v", err)
	}
	// a YAML file of some other tool is neither
	other := filepath.Join(t.TempDir(), "profile.yaml")
	if err := os.WriteFile(other, []byte("apiVersion: v1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if compile.IsWritten(other) || compile.IsWritten(filepath.Dir(other)) {
		t.Error("any profile.yaml is taken for a config profile")
	}
}
