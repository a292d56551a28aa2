package artefact

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

var someDay = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

type tree map[string]string

// treeOf reads a folder: files with their content, folders as "NAME/", links
// with what they lead to. Manifests have their content left out.
func treeOf(t *testing.T, dir string) tree {
	t.Helper()
	found := tree{}
	err := filepath.WalkDir(dir, func(at string, d fs.DirEntry, err error) error {
		if err != nil || at == dir {
			return err
		}
		name, err := filepath.Rel(dir, at)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			found[name+"/"] = ""
		case d.Type()&fs.ModeSymlink != 0:
			found[name], err = os.Readlink(at)
		default:
			var data []byte
			data, err = os.ReadFile(at)
			found[name] = string(data)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := found[manifestName]; ok {
		found[manifestName] = "listing"
	}
	return found
}

func wantTree(t *testing.T, dir string, want tree) {
	t.Helper()
	if got := treeOf(t, dir); !maps.Equal(got, want) {
		t.Errorf("%s holds %q, want %q", dir, got, want)
	}
}

func plant(t *testing.T, dir string, files tree) {
	t.Helper()
	for name, content := range files {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func mustWrite(t *testing.T, dir string, files tree) Manifest {
	t.Helper()
	m, err := (&Result{Files: files}).WriteFolder(dir, someDay)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestWriteSubFolders(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	m := mustWrite(t, dir, tree{"why.md": "why", "charts/dsql/values.yaml": "v", "empty": ""})
	wantTree(
		t,
		dir,
		tree{"why.md": "why", "charts/": "", "charts/dsql/": "", "charts/dsql/values.yaml": "v", "empty": "", "manifest.json": "listing"},
	)
	if len(m.Files) != 3 || m.Files[0].Path != "charts/dsql/values.yaml" || m.Files[1].Bytes != 0 {
		t.Errorf("manifest lists %v", m.Files)
	}
	// and again, over what is there
	mustWrite(t, dir, tree{"why.md": "new", "charts/dsql/values.yaml": "w"})
	wantTree(t, dir, tree{"why.md": "new", "charts/": "", "charts/dsql/": "", "charts/dsql/values.yaml": "w", "manifest.json": "listing"})
}

func TestWriteRemovesStale(t *testing.T) {
	dir := t.TempDir()
	mustWrite(t, dir, tree{"why.md": "why", "old": "old", "changed": "old", "a/b/c": "x", "d/e": "x", "f/g": "x"})
	plant(t, dir, tree{"changed": "by hand", "d/mine": "mine", "f/g": "by hand"})
	mustWrite(t, dir, tree{"why.md": "new"})
	wantTree(t, dir, tree{
		"why.md": "new", "changed": "by hand", "d/": "", "d/mine": "mine", "f/": "", "f/g": "by hand", "manifest.json": "listing",
	})
}

// An edited manifest cannot remove other files.
func TestWriteDistrustsManifest(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "out")
	plant(t, root, tree{"outside/x": "x", "y": "y"})
	plant(t, dir, tree{manifestName: `{"files":[
		{"path":"../y","sha256":"` + hashHex([]byte("y")) + `"},
		{"path":"link/x","sha256":"` + hashHex([]byte("x")) + `"},
		{"path":"./why.md","sha256":"` + hashHex([]byte("why")) + `"},
		{"path":"WHY.md","sha256":"` + hashHex([]byte("why")) + `"}]}`})
	if err := os.Symlink("../outside", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, dir, tree{"why.md": "why"})
	wantTree(t, root, tree{
		"outside/": "", "outside/x": "x", "y": "y",
		"out/": "", "out/link": "../outside", "out/why.md": "why", "out/manifest.json": treeOf(t, root)["out/manifest.json"],
	})
}

func TestWriteRefusesNames(t *testing.T) {
	for _, files := range []tree{
		{"why.md": "", "./why.md": ""},
		{"why.md": "", "Why.md": ""},
		{"manifest.json": ""},
		{"a": "", "a/b": ""},
		{"../a": ""},
	} {
		root := t.TempDir()
		_, err := (&Result{Files: files}).WriteFolder(filepath.Join(root, "out"), someDay)
		var input *source.Error
		if !errors.As(err, &input) {
			t.Errorf("%v: got error %v", files, err)
		}
		wantTree(t, root, tree{})
	}
}

func TestWriteObstacles(t *testing.T) {
	files := tree{"a": "new", "charts/dsql/values.yaml": "new", "why.md": "new"}
	for name, c := range map[string]struct {
		there tree
		want  string
	}{
		"folder for a file":   {tree{"why.md/x": "x"}, "why.md is a folder"},
		"file for a folder":   {tree{"charts": "x"}, "charts is not a folder"},
		"file for a folder 2": {tree{"charts/dsql": "x"}, filepath.Join("charts", "dsql") + " is not a folder"},
		"manifest":            {tree{"manifest.json/x": "x"}, "manifest.json is a folder"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			plant(t, dir, c.there)
			plant(t, dir, tree{"a": "old"})
			before := treeOf(t, dir)
			_, err := (&Result{Files: files}).WriteFolder(dir, someDay)
			wantError(t, err, c.want)
			wantTree(t, dir, before)
		})
	}
	t.Run("link for a folder", func(t *testing.T) {
		dir, other := t.TempDir(), t.TempDir()
		if err := os.Symlink(other, filepath.Join(dir, "charts")); err != nil {
			t.Fatal(err)
		}
		_, err := (&Result{Files: files}).WriteFolder(dir, someDay)
		wantError(t, err, "charts is not a folder")
		wantTree(t, other, tree{})
		wantTree(t, dir, tree{"charts": other})
	})
}

// Whichever rename fails, the folder is as before.
func TestWriteRestores(t *testing.T) {
	old := tree{"a": "old", "b": "old", "stale": "old"}
	fresh := tree{"a": "new", "b": "new", "charts/dsql/values.yaml": "new", "added": "new"}
	// two files and the manifest move away; four files and the manifest move in
	for fail := range 8 {
		dir := t.TempDir()
		mustWrite(t, dir, old)
		plant(t, dir, tree{"b": "by hand", "mine": "mine"})
		before := treeOf(t, dir)
		listing, err := os.ReadFile(filepath.Join(dir, manifestName))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		_, err = (&Result{Files: fresh}).writeWith(dir, someDay.Add(time.Hour), func(from, to string) error {
			if n++; n == fail+1 {
				return errors.New("no luck")
			}
			return os.Rename(from, to)
		})
		wantError(t, err, "no luck")
		wantTree(t, dir, before)
		if n <= fail {
			t.Errorf("there are %d renames only", n)
		}
		if now, err := os.ReadFile(filepath.Join(dir, manifestName)); err != nil || string(now) != string(listing) {
			t.Errorf("rename %d: the manifest became %s, %v", fail, now, err)
		}
	}
}

func TestWriteUndoesNewFolder(t *testing.T) {
	root := t.TempDir()
	_, err := (&Result{Files: tree{"a": ""}}).writeWith(
		filepath.Join(root, "x", "y"),
		someDay,
		func(string, string) error { return errors.New("no luck") },
	)
	wantError(t, err, "no luck")
	wantTree(t, root, tree{})
}

// What cannot go back is not thrown away.
func TestWriteKeepsWhatItCannotRestore(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, tree{"a": "old"})
	n := 0
	_, err := (&Result{Files: tree{"a": "new"}}).writeWith(dir, someDay, func(from, to string) error {
		if n++; n > 1 {
			return errors.New("no luck")
		}
		return os.Rename(from, to)
	})
	wantError(t, err, "restore earlier files, kept in "+dir)
	kept, err := filepath.Glob(filepath.Join(dir, ".temporal-dsql-*", "old", "a"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("found %v, %v", kept, err)
	}
	if data, err := os.ReadFile(kept[0]); err != nil || string(data) != "old" {
		t.Errorf("kept %q, %v", data, err)
	}
}

func TestWriteParents(t *testing.T) {
	root := t.TempDir()
	plant(t, root, tree{"file": "x"})
	for _, dir := range []string{filepath.Join(root, "file"), filepath.Join(root, "file", "sub")} {
		_, err := (&Result{Files: tree{"a": ""}}).WriteFolder(dir, someDay)
		wantError(t, err, "make output folder "+dir+": ")
	}
	link := filepath.Join(root, "nowhere")
	if err := os.Symlink("missing", link); err != nil {
		t.Fatal(err)
	}
	_, err := (&Result{Files: tree{"a": ""}}).WriteFolder(link, someDay)
	wantError(t, err, "make output folder "+link+": ")
	wantTree(t, root, tree{"file": "x", "nowhere": "missing"})
}

// Not even root can write into this folder.
func TestWriteReadOnly(t *testing.T) {
	_, err := (&Result{Files: tree{"a": ""}}).WriteFolder("/proc", someDay)
	wantError(t, err, "write into output folder /proc: ")
	_, err = (&Result{Files: tree{"a": ""}}).WriteFolder("/proc/sub", someDay)
	wantError(t, err, "make output folder /proc/sub: ")
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than one error: %v", err)
	}
}

func TestWriteThroughLink(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "real"), 0o755); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(root, "link")
	if err := os.Symlink("real", link); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, link, tree{"stale/x": "old", "charts/values.yaml": "old"})
	mustWrite(t, link, tree{"charts/values.yaml": "new"})
	wantTree(t, filepath.Join(root, "real"), tree{"charts/": "", "charts/values.yaml": "new", "manifest.json": "listing"})
	if _, err := os.Readlink(link); err != nil {
		t.Error(err)
	}
}

func TestWriteRelative(t *testing.T) {
	root := t.TempDir()
	plant(t, root, tree{"work/x": "x"})
	t.Chdir(filepath.Join(root, "work"))
	for _, dir := range []string{"a/b", "./c", "../d/", "."} {
		mustWrite(t, dir, tree{"charts/values.yaml": "v"})
		wantTree(t, filepath.Join(dir, "charts"), tree{"values.yaml": "v"})
	}
}
