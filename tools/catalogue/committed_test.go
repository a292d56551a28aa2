package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/load"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

const schemaDir = "../../schema/temporal"

// TestGeneratedFilesAreFresh does what -check does, and twice, since two runs
// over the same source must not differ.
func TestGeneratedFilesAreFresh(t *testing.T) {
	for range 2 {
		var servers []server
		eachServer(t, listedServers, func(t *testing.T, c catalogueServer, src *source) {
			srv, err := scanServer(c.Version, src)
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
	newest := serverSetting{key: "a.B", precedence: "Global", kind: "bool", gradual: true, def: true}
	older := serverSetting{key: "a.b", precedence: "Namespace", kind: "bool", expr: "f()"}
	got := render(older).differing(render(newest))
	want := []string{`key: "a.b"`, `precedence: "Namespace"`, "gradual: false", `expr: "f()"`}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestSinceWhichPatch reads keys that came within a line, and one that left.
func TestSinceWhichPatch(t *testing.T) {
	table, err := os.ReadFile(filepath.Join(schemaDir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	const key = "history.validatereplicationtasksourcecluster"
	for version, want := range map[string]bool{
		"1.29": false, "1.30.4": false, "1.30.7": false, "1.30.8": true, "1.30.9": true, "1.30": true,
		"1.31.3": false, "1.31.4": true, "1.32.0": false, "1.32.1": true,
	} {
		entries, err := entriesOf(table, version)
		if err != nil {
			t.Fatal(err)
		}
		if _, has := entries[key]; has != want {
			t.Errorf("%s: has %s: %v", version, key, has)
		}
	}
}

// TestMergePatches merges lines in which a key came, left and changed.
func TestMergePatches(t *testing.T) {
	key := func(name string, def any) serverSetting {
		return serverSetting{key: name, module: serverModule, precedence: "Global", kind: "bool", def: def}
	}
	table, err := generate([]server{
		{"1.1", "v1.1.0", 0, []serverSetting{key("a.changed", false), key("a.left", true), key("a.steady", true)}},
		{"1.1", "v1.1.2", 2, []serverSetting{key("a.changed", false), key("a.came", true), key("a.steady", true)}},
		{"1.1", "v1.1.3", 3, []serverSetting{key("a.changed", true), key("a.came", true), key("a.steady", true)}},
		{"1.2", "v1.2.0", 0, []serverSetting{key("a.changed", false), key("a.steady", true)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for version, want := range map[string]string{
		"1.1.0": "changed=false left=true steady=true",
		"1.1.2": "came=true changed=false steady=true",
		"1.1.3": "came=true changed=true steady=true",
		"1.1":   "came=true changed=true steady=true",
		"1.2":   "changed=false steady=true",
	} {
		entries, err := entriesOf(table, version)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, id := range slices.Sorted(maps.Keys(entries)) {
			got = append(got, strings.TrimPrefix(id, "a.")+"="+string(entries[id].Default))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %v, want %s", version, got, want)
		}
	}
	if _, err := entriesOf(table, "1.1.1"); err == nil {
		t.Error("a patch that was not read is accepted")
	}
}

// TestCrosscheckVersions compares the go.mod files of the cross-check with the list:
// one for each line, which requires a listed server.
func TestCrosscheckVersions(t *testing.T) {
	files, err := filepath.Glob("../crosscheck/go.*.mod")
	if err != nil {
		t.Fatal(err)
	}
	var servers []server
	for _, c := range listedServers {
		servers = append(servers, server{line: lineOf(c.Version), version: c.Version})
	}
	linked, err := crosscheckedServers(servers, "../crosscheck")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 || len(files) != len(linked) {
		t.Errorf("%d go.mod files, %d of them for a listed line", len(files), len(linked))
	}
}

// TestEndToEndVersions compares the servers that the end-to-end tests start with the list:
// a catalogued one for each go.mod file, no line twice, the newest in go.mod.
func TestEndToEndVersions(t *testing.T) {
	files, err := filepath.Glob("../../e2e/go.*.mod")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d go.mod files of other lines, %v", len(files), err)
	}
	seen := map[string]bool{}
	newest := ""
	for _, name := range append(files, "../../e2e/go.mod") {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := modfile.Parse(name, data, nil)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(file.Require, func(r *modfile.Require) bool { return r.Mod.Path == serverModule })
		if i < 0 {
			t.Fatalf("%s requires no server", name)
		}
		version := file.Require[i].Mod.Version
		if !slices.ContainsFunc(listedServers, func(c catalogueServer) bool { return c.Version == version }) {
			t.Errorf("%s requires %s, which %s does not list", name, version, versionsFile)
		}
		line := lineOf(version)
		if base := filepath.Base(name); base != "go.mod" && base != "go."+line+".mod" {
			t.Errorf("%s requires a server of %s", name, line)
		}
		if seen[line] || semver.Compare(newest, version) > 0 {
			t.Errorf("%s requires %s, after %s", name, version, newest)
		}
		seen[line], newest = true, version
	}
}

func TestPrintIsJSON(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"-print", "1.32.1", "-out", schemaDir}, &out, &out); err != nil {
		t.Fatal(err)
	}
	var entries map[string]entry
	if err := json.Unmarshal(out.Bytes(), &entries); err != nil || len(entries) != 696 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}
