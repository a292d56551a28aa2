//go:build stock

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A repository that init creates works with stock tools alone, offline: the
// same files, the same findings, and a workflow that GitHub takes.
func TestParityOfNewRepository_P29(t *testing.T) {
	cue, conftest, opa, actionlint := stock(t, "CUE"), stock(t, "CONFTEST"), stock(t, "OPA"), stock(t, "ACTIONLINT")
	t.Setenv("CUE_REGISTRY", "none")
	bin, repo := binary(t), filepath.Join(t.TempDir(), "infra")
	run(
		t,
		".",
		[]int{0},
		bin,
		"init",
		repo,
		"--name",
		"payments",
		"--preset",
		"mid-scale",
		"--modifier",
		"simple-crud",
		"--sdk",
		"go",
		"--platform",
		"helm",
	)
	run(t, ".", []int{0}, bin, "init", repo, "--preset", "starter")

	run(t, repo, []int{0}, bin, "compile", "./profiles/payments", "--out", "build/payments")
	if diff := cmp.Diff(exported(t, cue, repo, "./profiles/payments"), written(t, filepath.Join(repo, "build/payments"))); diff != "" {
		t.Fatalf("cue export and compile differ (-cue +compile):\n%s", diff)
	}
	if err := os.MkdirAll(filepath.Join(repo, "adapters/list"), 0o755); err != nil {
		t.Fatal(err)
	}
	const own = "package list\n\nimport \"github.com/temporal-dsql/temporal-dsql/schema\"\n\n#Adapter: schema.#Adapter & {\n" +
		"\tname:     \"list\"\n\tkind:     \"platform\"\n\tlanguage: \"text\"\n\tsummary:  \"The name.\"\n\tin:       _\n" +
		"\tfiles: \"name.txt\": in.name\n}\n"
	if err := os.WriteFile(filepath.Join(repo, "adapters/list/list.cue"), []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, repo, []int{0}, cue, "vet", "./...")
	run(t, repo, []int{0}, cue, "fmt", "--check", "./...")
	// which finds what is wrong with a deployment, as compile does
	if err := os.MkdirAll(filepath.Join(repo, "profiles/wrong"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{
		`presets."midscale"`, `presets.starter, overrides: "histry.replicas": 2`,
		`presets.starter, overrides: "history.replicas": "many"`, `presets.starter, site: endpont: "x"`,
	} {
		text := "package wrong\n\nimport (\n\t\"github.com/temporal-dsql/temporal-dsql/presets\"\n" +
			"\t\"github.com/temporal-dsql/temporal-dsql/schema\"\n)\n\nschema.#Deployment & {preset: " + wrong + "}\n"
		if err := os.WriteFile(filepath.Join(repo, "profiles/wrong/deployment.cue"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		run(t, repo, []int{1}, cue, "vet", "./...")
		run(t, repo, []int{1, 2}, bin, "compile", "./profiles/wrong")
	}
	if err := os.RemoveAll(filepath.Join(repo, "profiles/wrong")); err != nil {
		t.Fatal(err)
	}

	// as the repository's README says
	const vendored = "cue.mod/pkg/github.com/temporal-dsql/temporal-dsql/policies/"
	run(t, repo, []int{0}, conftest, "test", "build/payments/profile.json", "-p", "policies",
		"-p", vendored+"guardrails", "-p", vendored+"lib", "--all-namespaces")
	run(t, repo, []int{0}, opa, "test", "policies")
	run(t, repo, []int{0}, opa, "fmt", "--fail", "policies")
	run(t, repo, []int{0}, opa, "check", "--strict", "policies")

	// the action beside the workflow, so that its inputs are checked too
	const workflow = ".github/workflows/temporal-dsql.yaml"
	run(t, repo, []int{0}, actionlint, workflow)
	action, err := os.ReadFile(filepath.Join(root(t), "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	const local = "on: push\njobs:\n  gate:\n    runs-on: ubuntu-latest\n    steps:\n" +
		"      - uses: ./\n        with: {paths: a b, version: main, args: --fail-on-warn}\n"
	for name, data := range map[string][]byte{"action.yml": action, ".github/workflows/local.yaml": []byte(local)} {
		if err := os.WriteFile(filepath.Join(repo, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run(t, repo, []int{0}, "git", "init", "-q")
	run(t, repo, []int{0}, actionlint)
	wrong := filepath.Join(repo, ".github/workflows/local.yaml")
	if err := os.WriteFile(
		wrong,
		[]byte("on: push\njobs:\n  gate:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: ./\n        with: {path: a}\n"),
		0o600,
	); err != nil {
		t.Fatal(err)
	}
	run(t, repo, []int{1}, actionlint)
}

// So does one whose deployments are YAML: stock cue finds what is wrong with them,
// and gives the files that compile writes, of presets of its own, too.
func TestParityOfPlainRepository_P29(t *testing.T) {
	cue := stock(t, "CUE")
	t.Setenv("CUE_REGISTRY", "none")
	bin, repo := binary(t), filepath.Join(t.TempDir(), "infra")
	write := func(name, text string) {
		t.Helper()
		at := filepath.Join(repo, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("cue.mod/module.cue", "module: \"example.com/infra@v0\"\nlanguage: version: \"v0.17.0\"\n")
	write("presets/tiny.cue", `package presets

import (
	shipped "github.com/temporal-dsql/temporal-dsql/presets"
	"github.com/temporal-dsql/temporal-dsql/schema"
)

tiny: schema.#Preset & {
	for field, value in shipped.starter if field != "name" {(field): value}
	name: "tiny"
}
`)
	run(
		t,
		".",
		[]int{0},
		bin,
		"init",
		repo,
		"--yaml",
		"--name",
		"payments",
		"--preset",
		"mid-scale",
		"--modifier",
		"simple-crud",
		"--sdk",
		"go",
		"--platform",
		"helm",
	)
	run(t, ".", []int{0}, bin, "init", repo, "--yaml", "--name", "small", "--preset", "tiny")
	write(
		"profiles/many/deployment.yaml",
		"# yaml-language-server: $schema=x\n$schema: x\npreset: high-throughput\nmodifier: null\n"+
			"temporal_version: \"1.31\"\noverrides: {history.replicas: 12, frontend.keepAliveMinTime: 30s}\n"+
			"site: {endpoint: abc.dsql.eu-west-1.on.aws}\nadapters: [compose, python]\n"+
			"raised_quotas: {connections_per_cluster: 20000}\nwaivers:\n"+
			"- {rule: pool_too_small, reason: x, owner: y, expires: \"2030-01-31\"}\n",
	)
	run(t, repo, []int{0}, cue, "vet", "./...")
	run(t, repo, []int{0}, cue, "fmt", "--check", "./...")
	for _, name := range []string{"payments", "small", "many"} {
		run(t, repo, []int{0}, bin, "compile", "./profiles/"+name, "--out", "build/"+name)
		var files map[string]string
		if err := json.Unmarshal(run(t, repo, []int{0}, cue, "export", "./profiles", "-e", "files."+name), &files); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(files, written(t, filepath.Join(repo, "build", name))); diff != "" {
			t.Errorf("%s: cue export and compile differ (-cue +compile):\n%s", name, diff)
		}
	}
	for _, wrong := range []string{
		"preset: midscale", "nme: x\npreset: starter", "name: x", "preset: starter\nmodifier: batch",
		"preset: starter\nadapters: [rust]", "preset: starter\nsite: {endpont: x}",
		"preset: starter\noverrides: {histry.replicas: 2}", "preset: starter\noverrides: {history.replicas: many}",
		"preset: starter\ntemporal_version: \"1.20\"",
		"preset: starter\nwaivers: [{rule: x}]", "preset: starter\nraised_quotas: {connections: 1}",
	} {
		write("profiles/wrong/deployment.yaml", wrong+"\n")
		run(t, repo, []int{1}, cue, "vet", "./...")
		run(t, repo, []int{1, 2}, bin, "compile", "./profiles/wrong")
	}
}
