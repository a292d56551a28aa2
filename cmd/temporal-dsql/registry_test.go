//go:build unix

package main

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/load"
	"cuelang.org/go/mod/modregistrytest"
	"github.com/google/go-cmp/cmp"

	dsql "github.com/temporal-dsql/temporal-dsql"
)

// dependent is a repository that takes temporal-dsql from a registry.
var dependent = map[string]string{
	"cue.mod/module.cue": `module: "example.com/infra@v0"
language: version: "v0.17.0"
deps: "github.com/temporal-dsql/temporal-dsql@v0": v: "v0.3.0"
`,
	"profiles/payments/deployment.cue": `package payments

import (
	"github.com/temporal-dsql/temporal-dsql/adapters/compose"
	"github.com/temporal-dsql/temporal-dsql/presets"
	"github.com/temporal-dsql/temporal-dsql/schema"
)

schema.#Deployment & {
	name:   "payments"
	preset: presets."mid-scale"
	adapters: "compose": compose.#Adapter
}
`,
}

// registry serves this module as v0.3.0, with another version of its schema, and
// counts the requests.
func registry(t *testing.T) (address string, asked *atomic.Int64) {
	t.Helper()
	published := fstest.MapFS{}
	err := fs.WalkDir(dsql.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := dsql.Files.ReadFile(name)
		if name == "schema/versions.cue" {
			changed := replaceOnce(t, string(data), "\nversion: \"", "\nversion: \"0.3.0-published-")
			data = []byte(changed)
		}
		published[path.Join("github.com_temporal-dsql_temporal-dsql_v0.3.0", name)] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	served, err := modregistrytest.New(published, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(served.Close)
	asked = &atomic.Int64{}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, "http://"+served.Host()+r.URL.String(), http.StatusTemporaryRedirect)
	}))
	t.Cleanup(proxy.Close)
	return proxy.Listener.Addr().String() + "+insecure", asked
}

func lay(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRegistryDependency compares the binary with what CUE itself makes of a module that
// takes temporal-dsql from a registry: the same files, of the version that is stated.
func TestRegistryDependency(t *testing.T) {
	address, asked := registry(t)
	dir := t.TempDir()
	lay(t, dir, dependent)
	cache := t.TempDir()
	env := append(os.Environ(), "CUE_REGISTRY="+address, "CUE_CACHE_DIR="+cache)
	insts := load.Instances([]string{"./profiles/payments"}, &load.Config{Dir: dir, Env: env})
	if err := insts[0].Err; err != nil {
		t.Fatal(err)
	}
	v := cuecontext.New().BuildInstance(insts[0])
	var want map[string]string
	if err := v.LookupPath(cue.ParsePath("files")).Decode(&want); err != nil {
		t.Fatal(err)
	}
	self := filepath.Join(t.TempDir(), "temporal-dsql")
	copied(t, self)
	temporalDSQL := func(code int, args ...string) (stdout, stderr string) {
		t.Helper()
		return runs(t, self, dir, env, code, args...)
	}
	temporalDSQL(0, "compile", "./profiles/payments", "--out", "out")
	got := map[string]string{}
	tree := os.DirFS(filepath.Join(dir, "out"))
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(tree, name)
		got[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	delete(got, "manifest.json") // compile's own: it has the time
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("cue and compile differ (-cue +compile):\n%s", diff)
	}
	var profile struct {
		Version string `json:"compiler_version"`
	}
	if err := json.Unmarshal([]byte(got["profile.json"]), &profile); err != nil || profile.Version[:16] != "0.3.0-published-" {
		t.Errorf("profile.json is of version %q, %v", profile.Version, err)
	}
	temporalDSQL(0, "gate", "./profiles/...")

	// from the cache, once it is there
	before := asked.Load()
	temporalDSQL(0, "gate", "./profiles/...")
	if before == 0 || asked.Load() != before {
		t.Errorf("%d requests fill the cache, and %d more follow", before, asked.Load()-before)
	}
	// what init adds must not make the import ambiguous
	temporalDSQL(0, "init", "--name", "batch", "--preset", "starter")
	temporalDSQL(0, "compile", "./profiles/batch", "--out", "batch")
	if _, stderr := temporalDSQL(
		2,
		"init",
		"--upgrade",
	); !strings.Contains(stderr, "takes temporal-dsql v0.3.0 from a CUE registry") ||
		!strings.Contains(stderr, "cue mod get") {
		t.Errorf("init --upgrade prints\n%s", stderr)
	}
}

// TestRegistryIsNotAsked gives a module without dependencies a registry that must not
// be asked, and a module with one a registry that does not have it.
func TestRegistryIsNotAsked(t *testing.T) {
	var asked atomic.Int64
	empty := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.NotFound(w, r)
	}))
	t.Cleanup(empty.Close)
	env := append(os.Environ(), "CUE_REGISTRY="+empty.Listener.Addr().String()+"+insecure", "CUE_CACHE_DIR="+t.TempDir())
	self := filepath.Join(t.TempDir(), "temporal-dsql")
	copied(t, self)
	dir := t.TempDir()
	lay(t, dir, dependent)
	_, stderr := runs(t, self, dir, env, 2, "compile", "./profiles/payments")
	for _, want := range []string{"cue.mod/module.cue:3:7: ", "temporal-dsql@v0.3.0", "CUE_REGISTRY"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("the error does not name %s:\n%s", want, stderr)
		}
	}
	if asked.Swap(0) == 0 {
		t.Error("the registry of a dependency is not asked")
	}
	lay(t, dir, map[string]string{"cue.mod/module.cue": "module: \"example.com/infra@v0\"\nlanguage: version: \"v0.17.0\"\n"})
	runs(t, self, dir, env, 0, "compile", "./profiles/payments", "--out", "out")
	runs(t, self, dir, env, 0, "gate", "./profiles/...")
	if n := asked.Load(); n != 0 {
		t.Errorf("a module without dependencies asks a registry %d times", n)
	}
}

// runs runs a command, wants an exit code, and returns what it prints.
func runs(t *testing.T, bin, dir string, env []string, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), bin, args...)
	cmd.Dir, cmd.Env = dir, env
	var out, said strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != code {
		t.Fatalf("%v: %v, expected exit code %d\n%s%s", args, err, code, &out, &said)
	}
	return out.String(), said.String()
}

func replaceOnce(t *testing.T, text, old, with string) string {
	t.Helper()
	if strings.Count(text, old) != 1 {
		t.Fatalf("%q is not there once", old)
	}
	return strings.Replace(text, old, with, 1)
}
