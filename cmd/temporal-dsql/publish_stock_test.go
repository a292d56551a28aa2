//go:build stock

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cuelabs.dev/go/oci/ociregistry/ocimem"
	"cuelang.org/go/mod/modregistrytest"
	"github.com/google/go-cmp/cmp"
)

// TestParityOfPublishedModule_P29 publishes this module as cue mod publish does, and
// compares the binary with stock cue in a repository that depends on it.
func TestParityOfPublishedModule_P29(t *testing.T) {
	cue := stock(t, "CUE")
	served, err := modregistrytest.NewServer(ocimem.New(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(served.Close)
	t.Setenv("CUE_REGISTRY", served.Host()+"+insecure")
	cache := t.TempDir()
	t.Setenv("CUE_CACHE_DIR", cache)

	// what is committed, as a commit of its own
	clone := t.TempDir()
	for name := range strings.SplitSeq(strings.TrimSuffix(string(run(t, root(t), []int{0}, "git", "ls-files", "-z")), "\x00"), "\x00") {
		data, err := os.ReadFile(filepath.Join(root(t), name))
		if os.IsNotExist(err) {
			continue // it is about to be removed
		}
		if err != nil {
			t.Fatal(err)
		}
		lay(t, clone, map[string]string{name: string(data)})
	}
	run(t, clone, []int{0}, "git", "init", "-q")
	run(t, clone, []int{0}, "git", "add", "-A")
	run(t, clone, []int{0}, "git", "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "-q", "-m", "publish")
	run(t, clone, []int{0}, cue, "mod", "publish", "v0.3.0")

	bin, repo := binary(t), t.TempDir()
	lay(t, repo, dependent)
	run(t, repo, []int{0}, cue, "mod", "tidy", "--check")
	run(t, repo, []int{0}, cue, "vet", "./...")
	run(t, repo, []int{0}, bin, "gate", "./profiles/...")
	run(t, repo, []int{0}, bin, "compile", "./profiles/payments", "--out", "build")
	if diff := cmp.Diff(exported(t, cue, repo, "./profiles/payments"), written(t, filepath.Join(repo, "build"))); diff != "" {
		t.Fatalf("cue export and compile differ (-cue +compile):\n%s", diff)
	}
}
