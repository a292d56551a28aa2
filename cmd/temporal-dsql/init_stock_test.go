//go:build stock

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A repository that init lays down works with stock tools alone, offline: the
// same files, the same findings, and a workflow that GitHub takes.
func TestParityOfNewRepository_P29(t *testing.T) {
	cue, conftest, opa, actionlint := stock(t, "CUE"), stock(t, "CONFTEST"), stock(t, "OPA"), stock(t, "ACTIONLINT")
	t.Setenv("CUE_REGISTRY", "none")
	bin, repo := binary(t), filepath.Join(t.TempDir(), "infra")
	run(t, ".", []int{0}, bin, "init", repo, "--name", "payments", "--preset", "mid-scale", "--modifier", "simple-crud", "--sdk", "go", "--platform", "helm")
	run(t, ".", []int{0}, bin, "init", repo, "--preset", "starter")

	run(t, repo, []int{0}, bin, "compile", "./profiles/payments", "--out", "build/payments")
	if diff := cmp.Diff(exported(t, cue, repo, "./profiles/payments"), written(t, filepath.Join(repo, "build/payments"))); diff != "" {
		t.Fatalf("cue export and compile differ (-cue +compile):\n%s", diff)
	}
	run(t, repo, []int{0}, cue, "vet", "-c=false", "./...")
	run(t, repo, []int{0}, cue, "fmt", "--check", "./...")

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
		"      - uses: ./\n        with: {paths: a b, version: v0.1.0, args: --fail-on-warn}\n"
	for name, data := range map[string][]byte{"action.yml": action, ".github/workflows/local.yaml": []byte(local)} {
		if err := os.WriteFile(filepath.Join(repo, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run(t, repo, []int{0}, "git", "init", "-q")
	run(t, repo, []int{0}, actionlint)
	wrong := filepath.Join(repo, ".github/workflows/local.yaml")
	if err := os.WriteFile(wrong, []byte("on: push\njobs:\n  gate:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: ./\n        with: {path: a}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, repo, []int{1}, actionlint)
}
