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
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// An UpgradeResult lists the changes of the vendored module.
type UpgradeResult struct {
	Dir  string `json:"dir"`
	From string `json:"from"` // version of the compiler; "" if none was vendored
	To   string `json:"to"`
	// files of the module
	Added   []string `json:"added"`
	Changed []string `json:"changed"`
	Removed []string `json:"removed"`
}

// Upgrade replaces the vendored module of a repository by the one in this binary, entirely or
// not at all.
func Upgrade(dir string) (UpgradeResult, error) {
	const doing = "upgrade the vendored module"
	out := UpgradeResult{Dir: dir, Added: []string{}, Changed: []string{}, Removed: []string{}}
	if err := checkDir(doing, dir); err != nil {
		return out, err
	}
	root, itself, err := moduleAround(dir)
	switch {
	case err != nil:
		return out, err
	case itself:
		return out, source.Wrong(doing, dir+" is inside temporal-dsql itself", "name your own repository")
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
	if out.From, out.To, err = moduleVersions(root); err != nil {
		return out, err
	}
	if !isSameFolder(root, dir) {
		out.Dir = root
	}
	before, err := readTree(filepath.Join(root, filepath.FromSlash(vendored)))
	if err != nil {
		return out, fmt.Errorf("read the vendored module: %w", err)
	}
	after := cuemod.VendoredFiles()
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
	return out, replaceFolder(filepath.Join(root, filepath.FromSlash(vendored)), after)
}

// moduleVersions returns the version of the vendored module, or "" if it cannot be read, and
// that of the binary.
func moduleVersions(root string) (vendors, ours string, err error) {
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
	// a broken module is replaced as well
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

// replaceFolder writes a new folder next to the old one, and then swaps the two.
func replaceFolder(dir string, files map[string][]byte) error {
	var created createdPaths
	fail := func(err error) error {
		created.removeAll()
		return fmt.Errorf("write %s: %w", dir, withoutPath(err))
	}
	fresh, old := dir+".new", dir+".old"
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := created.createFile(filepath.Join(fresh, filepath.FromSlash(name)), files[name]); err != nil {
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
