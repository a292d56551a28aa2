//go:build stock

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// These tests hold the binary against stock cue and stock conftest, which the
// Makefile builds by module version (P29).

func stock(tb testing.TB, name string) string {
	tb.Helper()
	path := os.Getenv(name)
	if path == "" {
		tb.Fatalf("%s does not name the stock tool: run make parity", name)
	}
	return path
}

func root(tb testing.TB) string {
	tb.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		tb.Fatal(err)
	}
	return dir
}

// binary builds temporal-dsql once a test.
func binary(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "temporal-dsql")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		tb.Fatalf("build: %v\n%s", err, out)
	}
	return path
}

type fataler interface{ Fatalf(string, ...any) }

// run runs a command in dir and returns what it prints; code is the exit code wanted.
func run(t fataler, dir string, codes []int, name string, args ...string) []byte {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if cmd.ProcessState == nil || !slices.Contains(codes, cmd.ProcessState.ExitCode()) {
		t.Fatalf("%s %v: %v\n%s%s", filepath.Base(name), args, err, out, stderr.String())
	}
	return out
}

// written reads the files of an output folder, but for the manifest.
func written(t fataler, dir string) map[string]string {
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == "manifest.json" {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatalf("read %s: %v", dir, err)
	}
	return files
}

func exported(t fataler, cue, dir, pkg string) map[string]string {
	var files map[string]string
	if err := json.Unmarshal(run(t, dir, []int{0}, cue, "export", pkg, "-e", "files"), &files); err != nil {
		t.Fatalf("read cue export: %v", err)
	}
	return files
}

// Every shipped deployment: stock cue export gives the same files, byte for byte.
func TestParityOfShippedDeployments_P29(t *testing.T) {
	cue, bin, repo := stock(t, "CUE"), binary(t), root(t)
	entries, err := os.ReadDir(filepath.Join(repo, "profiles"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Run(e.Name(), func(t *testing.T) {
			pkg := "./profiles/" + e.Name()
			out := filepath.Join(t.TempDir(), "out")
			run(t, repo, []int{0}, bin, "compile", pkg, "--out", out)
			if diff := cmp.Diff(exported(t, cue, repo, pkg), written(t, out)); diff != "" {
				t.Fatalf("cue export and compile differ (-cue +compile):\n%s", diff)
			}
		})
	}
}

func parsed(t fataler, data []byte) any {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("read JSON: %v", err)
	}
	return v
}

type finding struct{ rule, severity, message string }

// conftested are the findings of stock conftest, with the command that the README gives.
func conftested(t fataler, conftest, repo, profile string, own ...string) []finding {
	args := []string{"test", profile, "-p", "policies/guardrails", "-p", "policies/lib", "--all-namespaces", "-o", "json"}
	for _, dir := range own {
		args = append(args, "-p", dir)
	}
	out := run(t, repo, []int{0, 1}, conftest, args...)
	var results []struct {
		Failures, Warnings []struct {
			Msg      string
			Metadata map[string]any
		}
	}
	if err := json.Unmarshal(out, &results); err != nil {
		t.Fatalf("read conftest: %v\n%s", err, out)
	}
	var all []finding
	for _, r := range results {
		for _, f := range r.Failures {
			all = append(all, finding{fmt.Sprint(f.Metadata["rule_name"]), "error", f.Msg})
		}
		for _, f := range r.Warnings {
			all = append(all, finding{fmt.Sprint(f.Metadata["rule_name"]), "warning", f.Msg})
		}
	}
	return sortFindings(all)
}

func sortFindings(all []finding) []finding {
	slices.SortFunc(all, func(a, b finding) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return all
}

// Whatever an adopter overrides, the binary, stock cue and stock conftest agree
// on the files and on the findings.
func TestParityOfAnyDeployment_P29(t *testing.T) {
	cue, conftest, bin, repo := stock(t, "CUE"), stock(t, "CONFTEST"), binary(t), root(t)
	module := t.TempDir()
	for _, dir := range []string{"cue.mod", "schema", "presets", "modifiers", "adapters"} {
		if err := os.CopyFS(filepath.Join(module, dir), os.DirFS(filepath.Join(repo, dir))); err != nil {
			t.Fatal(err)
		}
	}
	// each may break a guard rail, alone or with another
	overrides := map[string][]any{
		"persistence.maxConns":                  {5, 400, 2000},
		"persistence.maxIdleConns":              {3, 50},
		"dsql.reservoir_target_ready":           {0, 20},
		"dsql.reservoir_enabled":                {true, false},
		"dsql.distributed_rate_limiter_table":   {"", "limits"},
		"dsql.distributed_rate_limiter_enabled": {true, false},
		"dsql.reservoir_lifetime_jitter":        {"1s", "10m"},
		"dsql.connection_rate_limit":            {1, 50},
		"dsql.max_conn_lifetime":                {"50m", "58m"},
		"limit.blobSize.error":                  {500000, 2000000},
		"matching.numTaskqueueReadPartitions":   {2, 64},
		"matching.numTaskqueueWritePartitions":  {4, 64},
		"sdk.workflow_task_pollers":             {2, 300},
		"history.replicas":                      {1, 30, 90},
		"workload.typical_workflow_runtime":     {"500ms", "1h"},
		"frontend.keepAliveMinTime":             {"30s"},
	}
	keys := make([]string, 0, len(overrides))
	for k := range overrides {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	n := 0
	placed := false
	rapid.Check(t, func(t *rapid.T) {
		n++
		given := map[string]any{}
		for _, k := range rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 0, 3, rapid.ID).Draw(t, "keys") {
			given[k] = rapid.SampledFrom(overrides[k]).Draw(t, k)
		}
		preset := rapid.SampledFrom([]string{"starter", "mid-scale", "high-throughput"}).Draw(t, "preset")
		modifier := rapid.SampledFrom([]string{"", "simple-crud", "orchestrator", "batch-processor", "long-running"}).Draw(t, "modifier")

		// the deployment as a user writes it, and as the command line says it
		lines := []string{
			"package d", `import "github.com/temporal-dsql/temporal-dsql/schema"`,
			`import "github.com/temporal-dsql/temporal-dsql/presets"`, `import "github.com/temporal-dsql/temporal-dsql/modifiers"`,
			"schema.#Deployment", fmt.Sprintf("preset: presets[%q]", preset), "overrides: {}",
		}
		args := []string{"compile", preset, "-o", "json", "--sdk", "none", "--platform", "none"}
		if modifier != "" {
			lines = append(lines, fmt.Sprintf("modifier: modifiers[%q]", modifier))
			args = append(args, "--modifier", modifier)
		} else {
			lines = slices.Delete(lines, 3, 4)
		}
		for _, k := range keys {
			if value, ok := given[k]; ok {
				data, err := json.Marshal(value)
				if err != nil {
					t.Fatal(err)
				}
				lines = append(lines, fmt.Sprintf("overrides: %q: %s", k, data))
				args = append(args, "--override", k+"="+strings.Trim(string(data), `"`))
			}
		}
		pkg := fmt.Sprintf("profiles/d%d", n)
		if rapid.Bool().Draw(t, "places") {
			pool := rapid.SampledFrom([]int{2, 30, 700}).Draw(t, "pool of history")
			rate := rapid.SampledFrom([]int{1, 60}).Draw(t, "rate of worker")
			lines = append(lines,
				fmt.Sprintf(`services: history: overrides: "persistence.maxConns": %d`, pool),
				fmt.Sprintf(`services: worker: overrides: "dsql.connection_rate_limit": %d`, rate),
				fmt.Sprintf(`namespaces: payments: overrides: "frontend.namespaceRPS": %d`,
					rapid.SampledFrom([]int{5, 9000}).Draw(t, "requests of a namespace")),
				fmt.Sprintf(`namespaces: payments: overrides: "limit.blobSize.error": %d`,
					rapid.SampledFrom([]int{500000, 3000000}).Draw(t, "payload of a namespace")),
				fmt.Sprintf(`task_queues: bulk: {namespace: "payments", overrides: "matching.numTaskqueueReadPartitions": %d}`,
					rapid.SampledFrom([]int{1, 8, 64}).Draw(t, "partitions of a task queue")),
				fmt.Sprintf("name: %q", preset),
			)
			args = []string{"compile", "./" + pkg, "-o", "json", "--sdk", "none", "--platform", "none"}
		}
		if err := os.MkdirAll(filepath.Join(module, pkg), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(module, pkg, "d.cue"), []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}

		var said struct {
			Profile json.RawMessage `json:"profile"`
			YAML    string          `json:"dynamic_config_yaml"`
			Why     string          `json:"why_section"`
			Results []struct {
				RuleName string `json:"rule_name"`
				Severity string `json:"severity"`
				Message  string `json:"message"`
			} `json:"guard_rail_results"`
		}
		if err := json.Unmarshal(run(t, module, []int{0, 1}, bin, args...), &said); err != nil {
			t.Fatalf("read compile: %v", err)
		}
		files := exported(t, cue, module, "./"+pkg)
		diff := cmp.Diff(files["dynamic_config.yaml"], said.YAML) + cmp.Diff(files["why.md"], said.Why) +
			cmp.Diff(parsed(t, []byte(files["profile.json"])), parsed(t, said.Profile))
		if diff != "" {
			t.Fatalf("cue export and compile differ (-cue +compile):\n%s", diff)
		}

		profile := filepath.Join(module, pkg, "profile.json")
		if err := os.WriteFile(profile, []byte(files["profile.json"]), 0o644); err != nil {
			t.Fatal(err)
		}
		var ours []finding
		for _, f := range said.Results {
			ours = append(ours, finding{f.RuleName, f.Severity, f.Message})
			placed = placed || strings.HasPrefix(f.Message, "service ") || strings.HasPrefix(f.Message, "task queue bulk")
		}
		// the guard rails' findings, and the schema's own warnings
		theirs := slices.Concat(conftested(t, conftest, repo, profile), warned(t, cue, module, "./"+pkg))
		if diff := cmp.Diff(sortFindings(theirs), sortFindings(ours), cmp.AllowUnexported(finding{})); diff != "" {
			t.Fatalf("the stock tools and compile differ for %v (-stock +compile):\n%s", given, diff)
		}
	})
	if !placed {
		t.Error("no finding about a place was compared")
	}
}

// warned returns the warnings that stock cue exports of a deployment.
func warned(t fataler, cue, module, pkg string) []finding {
	var all []struct {
		RuleName string `json:"rule_name"`
		Severity string `json:"severity"`
		Message  string `json:"message"`
	}
	if err := json.Unmarshal(run(t, module, []int{0}, cue, "export", pkg, "-e", "warnings"), &all); err != nil {
		t.Fatalf("read cue export: %v", err)
	}
	var found []finding
	for _, w := range all {
		found = append(found, finding{w.RuleName, w.Severity, w.Message})
	}
	return found
}

// a project's own policies, in each form that conftest knows
const ownPolicies = `package team.sizes

deny contains msg if {
	input.preset_name == "starter"
	msg := sprintf("%s is no size for production", [input.preset_name])
}

deny_name contains {"msg": "it has the name of its preset"} if input.name == input.preset_name

violation contains {"msg": msg, "details": {"pool": value}} if {
	some parameter in input.safety_params
	parameter.key == "persistence.maxConns"
	value := parameter.value
	value > 60
	msg := sprintf("a pool of %v", [value])
}

warn contains msg if {
	count(input.overrides) > 1
	msg := sprintf("%v overrides", [count(input.overrides)])
}

warn_deployed contains msg if {
	some key, value in input.deployed
	some parameter in input.topology_params
	parameter.key == key
	parameter.value != value
	msg := sprintf("%s changes from %v to %v", [key, value, parameter.value])
}
`

// On profiles with and without what is deployed, gate and stock conftest find the
// same, by the guard rails and by a project's own policies. (A message is all
// that conftest tells of a rule without a name.)
func TestParityOfGate_P29(t *testing.T) {
	conftest, bin, repo := stock(t, "CONFTEST"), binary(t), root(t)
	work := t.TempDir()
	own := filepath.Join(work, "policies")
	if err := os.MkdirAll(own, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(own, "sizes.rego"), []byte(ownPolicies), 0o644); err != nil {
		t.Fatal(err)
	}
	overrides := map[string][]string{
		"persistence.maxConns":                 {"5", "70", "400"},
		"history.shards":                       {"512", "1024"},
		"matching.numTaskqueueReadPartitions":  {"2", "16", "64"},
		"matching.numTaskqueueWritePartitions": {"2", "16"},
		"history.replicas":                     {"3", "40"},
		"deployment.rolling_surge":             {"0", "50"},
	}
	keys := slices.Sorted(maps.Keys(overrides))
	said := 0
	rapid.Check(t, func(t *rapid.T) {
		compiled := func(label, name string, more ...string) string {
			out := filepath.Join(work, label, name)
			args := []string{
				"compile",
				rapid.SampledFrom([]string{"starter", "mid-scale", "high-throughput"}).Draw(t, label),
				"--name",
				name,
				"-o",
				"json",
				"--sdk",
				"none",
				"--platform",
				"none",
			}
			for _, k := range rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 0, 3, rapid.ID).Draw(t, label+" keys") {
				args = append(args, "--override", k+"="+rapid.SampledFrom(overrides[k]).Draw(t, label+" "+k))
			}
			var doc struct {
				Profile json.RawMessage `json:"profile"`
			}
			if err := json.Unmarshal(run(t, work, []int{0, 1}, bin, append(args, more...)...), &doc); err != nil {
				t.Fatalf("read compile: %v", err)
			}
			if err := os.MkdirAll(out, 0o755); err != nil {
				t.Fatalf("%v", err)
			}
			if err := os.WriteFile(filepath.Join(out, "profile.json"), doc.Profile, 0o644); err != nil {
				t.Fatalf("%v", err)
			}
			return filepath.Join(out, "profile.json")
		}
		var more []string
		if rapid.Bool().Draw(t, "against") {
			more = []string{"--deployed", compiled("deployed", "d")}
		}
		profile := compiled("planned", "d", more...)
		var report struct {
			Subjects []struct {
				Findings []struct {
					RuleName string `json:"rule_name"`
					Severity string `json:"severity"`
					Message  string `json:"message"`
				} `json:"findings"`
			} `json:"subjects"`
		}
		if err := json.Unmarshal(run(t, work, []int{0, 1}, bin, "gate", profile, "--policy", own, "-o", "json"), &report); err != nil {
			t.Fatalf("read gate: %v", err)
		}
		var ours []finding
		for _, f := range report.Subjects[0].Findings {
			name := f.RuleName
			if strings.Contains(name, ".") {
				name = "<nil>" // conftest has no name for it
			}
			ours = append(ours, finding{name, f.Severity, f.Message})
		}
		said += len(ours)
		if diff := cmp.Diff(conftested(t, conftest, repo, profile, own), sortFindings(ours), cmp.AllowUnexported(finding{})); diff != "" {
			t.Fatalf("conftest and gate differ (-conftest +gate):\n%s", diff)
		}
	})
	if said == 0 {
		t.Error("no finding was compared")
	}
}

// Dashboards and alert rules: stock cue export gives the same files, byte for byte.
func TestParityOfDashboards_P29(t *testing.T) {
	cue, bin, repo := stock(t, "CUE"), binary(t), root(t)
	out := filepath.Join(t.TempDir(), "out")
	run(t, repo, []int{0}, bin, "dashboards", "--out", out)
	if diff := cmp.Diff(exported(t, cue, repo, "./grafana"), written(t, out)); diff != "" {
		t.Fatalf("cue export and dashboards differ (-cue +dashboards):\n%s", diff)
	}
}
