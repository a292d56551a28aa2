package server

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	"gopkg.in/yaml.v3"

	"github.com/temporal-dsql/temporal-dsql/e2e/product"
)

func TestDynamicConfigLoadsWithoutWarning_P30(t *testing.T) {
	eachVariant(t, func(t *testing.T, a product.Artefacts) {
		warnings, errors := load(read(t, a, "dynamic_config.yaml"))
		for _, err := range append(errors, warnings...) {
			t.Error(err)
		}
	})
}

func TestDynamicConfigValuesReachTheServer_P30(t *testing.T) {
	eachVariant(t, func(t *testing.T, a product.Artefacts) {
		client := clientOf(t, a)
		collection := dynamicconfig.NewCollection(client, log.NewTestLogger())
		for _, name := range keysOf(t, a) {
			want, ok := a.Profile.Value(name)
			if !ok {
				t.Errorf("%s is not in profile.json", name)
				continue
			}
			setting := queryRegistry(key(name))
			if setting == nil {
				t.Errorf("%s is not registered", name)
				continue
			}
			if got := valueOf(setting, collection); !same(got, want) {
				t.Errorf("%s: the server reads %v, the profile says %v", name, got, want)
			}
		}
	})
}

func TestDynamicConfigHasEveryKeyTheServerRegisters_P4(t *testing.T) {
	eachVariant(t, func(t *testing.T, a product.Artefacts) {
		client := clientOf(t, a)
		unwritten := unwrittenOf(t, a)
		for name := range a.Profile {
			if queryRegistry(key(name)) != nil && (len(client.GetValue(key(name))) == 0) != unwritten[name] {
				t.Errorf("%s is in profile.json, and whether dynamic_config.yaml has it is not what trace.json says", name)
			}
		}
	})
}

// unwrittenOf marks the keys that the server does not use, lower-cased, by trace.json.
func unwrittenOf(t *testing.T, a product.Artefacts) map[string]bool {
	t.Helper()
	var file struct {
		Trace []struct {
			Key   string   `json:"parameter_key"`
			Chain []string `json:"derivation_chain"`
		} `json:"trace"`
	}
	if err := json.Unmarshal(read(t, a, "trace.json"), &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Trace) == 0 {
		t.Fatal("trace.json has no entry")
	}
	unwritten := map[string]bool{}
	for _, x := range file.Trace {
		unwritten[strings.ToLower(x.Key)] = strings.HasPrefix(x.Chain[len(x.Chain)-1], "not written: ")
	}
	return unwritten
}

// The controls show that the tests above can fail.

func TestControlMisspeltKeyWarns(t *testing.T) {
	wantOneWarning(t, "matching.numTaskqueueReadPartition:\n  - value: 4\n    constraints: {}\n")
}

func TestControlWrongTypeWarns(t *testing.T) {
	wantOneWarning(t, "matching.numTaskqueueReadPartitions:\n  - value: \"4\"\n    constraints: {}\n")
}

func TestControlUnlikeValuesDiffer(t *testing.T) {
	for _, pair := range [][2]any{{4, 5.0}, {4, "4"}, {true, "true"}, {1.5, 1.0}} {
		if same(pair[0], pair[1]) {
			t.Errorf("%v and %v are taken for the same", pair[0], pair[1])
		}
	}
}

func wantOneWarning(t *testing.T, file string) {
	t.Helper()
	warnings, errors := load([]byte(file))
	if len(warnings) != 1 || len(errors) != 0 {
		t.Errorf("want one warning, got warnings %v and errors %v", warnings, errors)
	}
}

func clientOf(t *testing.T, a product.Artefacts) dynamicconfig.Client {
	t.Helper()
	done := make(chan any)
	t.Cleanup(func() { close(done) })
	client, err := fileClient(path(t, a, "dynamic_config.yaml"), done)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func keysOf(t *testing.T, a product.Artefacts) []string {
	t.Helper()
	var file map[string]any
	if err := yaml.Unmarshal(read(t, a, "dynamic_config.yaml"), &file); err != nil {
		t.Fatal(err)
	}
	if len(file) == 0 {
		t.Fatal("dynamic_config.yaml has no key")
	}
	var keys []string
	for name := range file {
		keys = append(keys, name)
	}
	return keys
}

// A dynamic config with a constraint that the server does not read is rejected as a whole.
func TestPlacedValuesLoadWithoutWarning_P30(t *testing.T) {
	dir := t.TempDir()
	deployment := filepath.Join(dir, "deployment.yaml")
	text := "preset: starter\nnamespaces: {payments: {overrides: {frontend.namespaceRPS: 900}}}\ntask_queues:\n" +
		"  bulk: {overrides: {matching.numTaskqueueReadPartitions: 16}}\n"
	for _, kind := range []string{"workflow", "activity", "nexus"} {
		text += "  " + kind + ": {name: orders, namespace: payments, task_type: " + kind +
			", overrides: {matching.numTaskqueueReadPartitions: 16}}\n"
	}
	if err := os.WriteFile(deployment, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	compile, err := product.Command(dir, "compile", deployment, "--out", filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	if output, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	file, err := os.ReadFile(filepath.Join(dir, "out", "dynamic_config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	warnings, errors := load(file)
	for _, err := range append(errors, warnings...) {
		t.Error(err)
	}
}
