package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/load"
	"golang.org/x/mod/modfile"
)

const schemaDir = "../../schema/temporal"

// TestGeneratedFilesAreFresh does what -check does, and twice, since two runs
// over the same source must not differ.
func TestGeneratedFilesAreFresh(t *testing.T) {
	for range 2 {
		var servers []server
		eachServer(t, func(t *testing.T, version string, src *source) {
			srv, err := scanServer(version, src)
			if err != nil {
				t.Fatal(err)
			}
			servers = append(servers, srv)
		})
		files, err := generated(servers, schemaDir, "../crosscheck")
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := compare(&out, files); err != nil {
			t.Fatalf("%v\n%s", err, out.String())
		}
	}
}

func TestCheckShowsWhatDiffers(t *testing.T) {
	name := filepath.Join(t.TempDir(), fileName)
	if err := os.WriteFile(name, []byte("a: 1\nb: 2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err := compare(&out, map[string][]byte{name: []byte("a: 1\nb: 3\n")})
	if err != errStale {
		t.Errorf("got %v, want errStale", err)
	}
	want := "--- " + name + " as committed\n+++ " + name + " as generated\n- b: 2\n+ b: 3\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// schema loads the package as a user's import does.
func schema(t *testing.T) cue.Value {
	t.Helper()
	instances := load.Instances([]string{"."}, &load.Config{Dir: schemaDir})
	v := cuecontext.New().BuildInstance(instances[0])
	if err := v.Err(); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestRowsAreKeys vets every row against #Key, which the product does not do at
// each compile.
func TestRowsAreKeys(t *testing.T) {
	v := schema(t)
	key := v.LookupPath(cue.ParsePath("#Key"))
	rows, err := v.LookupPath(cue.ParsePath("keys")).Fields()
	if err != nil {
		t.Fatal(err)
	}
	n, previous := 0, ""
	for rows.Next() {
		n++
		id, row := rows.Selector().Unquoted(), rows.Value()
		if err := key.Unify(row).Validate(cue.Concrete(true), cue.Final()); err != nil {
			t.Errorf("%s: %v", id, err)
		}
		spelled, err := row.LookupPath(cue.ParsePath("key")).String()
		if err != nil || strings.ToLower(spelled) != id {
			t.Errorf("%s: spelled %s, %v", id, spelled, err)
		}
		if row.LookupPath(cue.ParsePath("default")).Exists() == row.LookupPath(cue.ParsePath("expr")).Exists() {
			t.Errorf("%s: want a default or an expr, and not both", id)
		}
		if id <= previous {
			t.Errorf("%s: after %s", id, previous)
		}
		previous = id
	}
	if n == 0 {
		t.Fatal("no rows: nothing was vetted")
	}
}

func TestKeyRefusesWrongRows(t *testing.T) {
	v := schema(t)
	key := v.LookupPath(cue.ParsePath("#Key"))
	const right = `key: "a.b", precedence: "Global", kind: "int", default: 1, versions: ["1.32"], doc: "Doc."`
	for name, row := range map[string]string{
		"right":             right,
		"no default":        strings.Replace(right, "default: 1, ", "", 1),
		"unknown kind":      strings.Replace(right, `"int"`, `"integer"`, 1),
		"unknown field":     right + `, unit: "ms"`,
		"no version":        strings.Replace(right, `["1.32"]`, "[]", 1),
		"unknown was field": right + `, was: {"1.29": {doc: "Other."}}`,
	} {
		err := key.Unify(v.Context().CompileString("{"+row+"}")).Validate(cue.Concrete(true), cue.Final())
		if (err == nil) != (name == "right") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFlatten reads a key that has changed as each server has it.
func TestFlatten(t *testing.T) {
	table, err := os.ReadFile(filepath.Join(schemaDir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	for release, want := range map[string]string{"1.29": "false", "1.32": "true"} {
		entries, err := entriesOf(table, release)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(entries["system.enableactivityeagerexecution"].Default); got != want {
			t.Errorf("%s: got %s, want %s", release, got, want)
		}
		e := entries["frontend.nexusrequestheadersblacklist"]
		if wantExpr := release == "1.29"; (e.Expr != "") != wantExpr || (e.Default == nil) != wantExpr {
			t.Errorf("%s: a default and its expression: %s, %q", release, e.Default, e.Expr)
		}
		if _, has := entries["activity.enablecallbacks"]; has != (release == "1.32") {
			t.Errorf("%s: has activity.enableCallbacks: %v", release, has)
		}
	}
	if _, err := entriesOf(table, "1.7"); err == nil {
		t.Error("an unsupported release is accepted")
	}
}

// TestWhatOlderServersHad covers the fields that an older row lacks.
func TestWhatOlderServersHad(t *testing.T) {
	newest := setting{key: "a.B", precedence: "Global", kind: "bool", gradual: true, def: true}
	older := setting{key: "a.b", precedence: "Namespace", kind: "bool", expr: "f()"}
	got := render(older).differing(render(newest))
	want := []string{`key: "a.b"`, `precedence: "Namespace"`, "gradual: false", `expr: "f()"`}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestCrosscheckVersions holds the go.mod files of the cross-check, which have
// to name their version themselves, to the one list.
func TestCrosscheckVersions(t *testing.T) {
	files, err := filepath.Glob("../crosscheck/go.*.mod")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(serverVersions) {
		t.Errorf("%d go.mod files for %d servers", len(files), len(serverVersions))
	}
	for _, version := range serverVersions {
		name, err := release(version)
		if err != nil {
			t.Fatal(err)
		}
		path := "../crosscheck/go." + name + ".mod"
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file, err := modfile.Parse(path, data, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(file.Require, func(r *modfile.Require) bool {
			return r.Mod.Path == serverModule && r.Mod.Version == version
		}) {
			t.Errorf("%s does not require %s@%s", path, serverModule, version)
		}
	}
}

func TestPrintIsJSON(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"-print", "1.32", "-out", schemaDir}, &out, &out); err != nil {
		t.Fatal(err)
	}
	var entries map[string]entry
	if err := json.Unmarshal(out.Bytes(), &entries); err != nil || len(entries) != 696 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}
