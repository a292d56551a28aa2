package scaffold

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// Upgraded says how the vendored module changed.
type Upgraded struct {
	Dir  string `json:"dir"`
	From string `json:"from"` // version of the compiler; "" where none was vendored
	To   string `json:"to"`
	// files of the module
	Added   []string `json:"added"`
	Changed []string `json:"changed"`
	Removed []string `json:"removed"`
}

// Upgrade puts the module of this binary in place of the one that a repository
// vendors: all of it or nothing.
func Upgrade(dir string) (Upgraded, error) {
	const doing = "upgrade the vendored module"
	out := Upgraded{Dir: dir, Added: []string{}, Changed: []string{}, Removed: []string{}}
	if err := checkDir(doing, dir); err != nil {
		return out, err
	}
	root, itself, err := moduleAround(dir)
	switch {
	case err != nil:
		return out, err
	case itself:
		return out, source.Wrong(doing, dir+" lies in temporal-dsql itself", "")
	case root == "":
		return out, source.Wrong(doing, "there is no CUE module in "+dir, "temporal-dsql init "+dir)
	}
	engine, err := compile.New(root)
	if err != nil {
		return out, err
	}
	if version := engine.Dependency(); version != "" {
		return out, source.Wrong(doing, fmt.Sprintf("%s takes temporal-dsql %s from a CUE registry", root, version),
			"cue mod get "+cuefile.ModulePath+"@latest, or drop the dependency from cue.mod/module.cue first")
	}
	if out.From, out.To, err = versions(root); err != nil {
		return out, err
	}
	if !sameFolder(root, dir) {
		out.Dir = root
	}
	before, err := readTree(filepath.Join(root, filepath.FromSlash(vendored)))
	if err != nil {
		return out, fmt.Errorf("read the vendored module: %w", err)
	}
	after := vendoredFiles()
	for _, name := range slices.Sorted(maps.Keys(after)) {
		switch old, ok := before[name]; {
		case !ok:
			out.Added = append(out.Added, name)
		case !bytes.Equal(old, after[name]):
			out.Changed = append(out.Changed, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if _, ok := after[name]; !ok {
			out.Removed = append(out.Removed, name)
		}
	}
	if len(out.Added)+len(out.Changed)+len(out.Removed) == 0 {
		return out, nil
	}
	return out, exchange(filepath.Join(root, filepath.FromSlash(vendored)), after)
}

// versions are those of the module that is vendored, if it can tell, and of
// the binary's.
func versions(root string) (vendors, ours string, err error) {
	embedded, err := compile.Embedded().Versions()
	if err != nil {
		return "", "", err
	}
	if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(vendored))); os.IsNotExist(err) {
		return "", embedded.Compiler, nil
	}
	engine, err := compile.New(root)
	if err != nil {
		return "", "", err
	}
	// a module that is broken is replaced, too
	was, _ := engine.Versions()
	return was.Compiler, embedded.Compiler, nil
}

func readTree(dir string) (map[string][]byte, error) {
	all := map[string][]byte{}
	if _, err := os.Stat(dir); os.IsNotExist(err) {
		return all, nil
	}
	tree := os.DirFS(dir)
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all[name], err = budget.SourceFile.ReadFS(tree, name)
		}
		return err
	})
	return all, err
}

// exchange writes a folder beside its place, and then swaps the two.
func exchange(dir string, files map[string][]byte) error {
	var undo undoing
	fail := func(err error) error {
		undo.all()
		return fmt.Errorf("write %s: %w", dir, reason(err))
	}
	fresh, old := dir+".new", dir+".old"
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := undo.create(filepath.Join(fresh, filepath.FromSlash(name)), files[name]); err != nil {
			return fail(err)
		}
	}
	kept := false
	if _, err := os.Lstat(dir); err == nil {
		if err := os.Rename(dir, old); err != nil {
			return fail(err)
		}
		kept = true
	}
	if err := os.Rename(fresh, dir); err != nil {
		if kept {
			_ = os.Rename(old, dir)
		}
		return fail(err)
	}
	return os.RemoveAll(old)
}
