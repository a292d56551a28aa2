package compile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/load"
	"cuelang.org/go/mod/modfile"

	dsql "github.com/temporal-dsql/temporal-dsql"
)

// modulePath is where users import the schema from.
const modulePath = "github.com/temporal-dsql/temporal-dsql"

// A module is a tree of CUE packages: the one embedded in the binary, or a
// user's repository that carries it.
type module struct {
	root string // folder of cue.mod; "/" in the embedded tree
	path string // module path of root, without its major version
	fsys fs.FS  // the tree itself, rooted at root
	base string // folder of the temporal-dsql module below root
	os   bool   // whether root is a folder of the host
}

func embedded() module {
	return module{root: "/", path: modulePath, fsys: dsql.Files, base: "."}
}

// findModule looks for the CUE module around dir. A repository that neither is
// temporal-dsql nor vendors it has the embedded module beside it.
func findModule(dir string) (module, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return module{}, err
	}
	for at := dir; ; at = filepath.Dir(at) {
		name := filepath.Join(at, "cue.mod", "module.cue")
		data, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) || isNotDir(err) {
			if at == filepath.Dir(at) {
				return embedded(), nil
			}
			continue
		}
		if err != nil {
			return module{}, fmt.Errorf("read CUE module: %w", err)
		}
		file, err := modfile.ParseNonStrict(data, name)
		if err != nil {
			return module{}, fmt.Errorf("read CUE module: %w", err)
		}
		m := module{root: at, path: trimMajor(file.QualifiedModule()), fsys: os.DirFS(at), os: true, base: "."}
		if m.path == modulePath {
			return m, nil
		}
		m.base = path.Join("cue.mod", "pkg", modulePath)
		if !hasCUE(m.fsys, path.Join(m.base, "schema")) {
			return embedded(), nil
		}
		return m, nil
	}
}

func isNotDir(err error) bool {
	var perr *fs.PathError
	return errors.As(err, &perr) && strings.Contains(perr.Err.Error(), "not a directory")
}

// own reports whether the tree is a user's repository, with packages of its
// own beside those of the vendored module.
func (m module) own() bool { return m.path != modulePath }

// packages lists the import paths of a kind of package: of the module itself,
// and of the repository's own folder of the same name.
func (m module) packages(kind string) []string {
	var found []string
	if hasCUE(m.fsys, path.Join(m.base, kind)) {
		found = append(found, modulePath+"/"+kind)
	}
	if m.own() && hasCUE(m.fsys, kind) {
		found = append(found, m.path+"/"+kind)
	}
	return found
}

// adapters lists the import paths of the packages under adapters/.
func (m module) adapters() []string {
	var found []string
	list := func(dir, prefix string) {
		entries, _ := fs.ReadDir(m.fsys, dir)
		for _, e := range entries {
			if e.IsDir() && e.Name() != "internal" && hasCUE(m.fsys, path.Join(dir, e.Name())) {
				found = append(found, prefix+"/adapters/"+e.Name())
			}
		}
	}
	list(path.Join(m.base, "adapters"), modulePath)
	if m.own() {
		list("adapters", m.path)
	}
	return found
}

func hasCUE(fsys fs.FS, dir string) bool {
	names, _ := fs.Glob(fsys, path.Join(dir, "*.cue"))
	return len(names) > 0
}

// load reads packages, by import path or, in a folder of the host, by path.
func (m module) load(args ...string) ([]*build.Instance, error) {
	cfg := &load.Config{Dir: m.root}
	if !m.os {
		cfg.FS = m.fsys
		cfg.FromFSPath = func(p string) string { return "temporal-dsql:" + p }
	}
	insts := load.Instances(args, cfg)
	for _, inst := range insts {
		if inst.Err != nil {
			return nil, problems("load", inst.Err, m.root)
		}
	}
	return insts, nil
}

// trimMajor drops the major version and the package qualifier of an import path.
func trimMajor(importPath string) string {
	if i := strings.IndexAny(importPath, "@:"); i >= 0 {
		return importPath[:i]
	}
	return importPath
}
