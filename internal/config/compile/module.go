package compile

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/load"
	"cuelang.org/go/mod/modfile"

	dsql "github.com/temporal-dsql/temporal-dsql"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// modulePath is where users import the schema from.
const modulePath = "github.com/temporal-dsql/temporal-dsql"

// localModule stands for a folder of CUE without a module.
const localModule = "local.invalid/deployment"

// A module is where CUE packages come from: the tree embedded in the binary, or
// a user's repository, which may be temporal-dsql itself, vendor it, depend on it by
// a CUE registry, or have the embedded one laid under it.
type module struct {
	root string // folder of cue.mod on the host; "" for the embedded tree alone
	path string // the repository's module path, without its major version
	base fs.FS  // the tree of temporal-dsql
	own  fs.FS  // the repository's tree, where it is not temporal-dsql itself
	// version of temporal-dsql that the repository depends on; "" means that it does not
	depends string
	// files that the loader sees besides those on the host
	overlay map[string]load.Source
	// what was parsed before
	syntax *parsed
}

func embedded() module { return module{path: modulePath, base: dsql.Files} }

// findModule looks for the CUE module around dir. Without one, dir is a module
// of its own where it holds CUE, and nothing but the embedded tree is there
// where it does not.
func findModule(dir string) (module, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return module{}, err
	}
	for at := dir; ; at = filepath.Dir(at) {
		name := filepath.Join(at, "cue.mod", "module.cue")
		data, err := readWhole(name)
		switch {
		case err == nil:
			return readModule(at, name, data)
		case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR):
			return module{}, unreadable("read CUE module", err, "")
		case at == filepath.Dir(at):
			m := embedded()
			if hasCUE(os.DirFS(dir), ".") {
				m = module{root: dir, path: localModule, base: dsql.Files, own: os.DirFS(dir)}
				m.overlay = vendored(dir)
				m.overlay[filepath.Join(dir, "cue.mod", "module.cue")] = load.FromString(
					"module: \"" + m.path + "@v0\"\nlanguage: version: \"v0.17.0\"\n")
			}
			return m, nil
		}
	}
}

func readModule(root, name string, data []byte) (module, error) {
	file, err := modfile.ParseNonStrict(data, name)
	if err != nil {
		return module{}, problems("read CUE module", err, root)
	}
	m := module{root: root, path: trimMajor(file.QualifiedModule())}
	tree := os.DirFS(root)
	if m.path == modulePath {
		m.base = tree
		return m, nil
	}
	m.own = tree
	at := path.Join("cue.mod", "pkg", modulePath)
	if hasCUE(tree, path.Join(at, "schema")) {
		m.base, err = fs.Sub(tree, at)
		return m, err
	}
	for _, d := range file.DepVersions() {
		if d.BasePath() == modulePath {
			m.depends = d.Version()
			m.base, err = m.findDependency(name, data)
			return m, err
		}
	}
	m.base, m.overlay = dsql.Files, vendored(root)
	return m, nil
}

// findDependency finds the tree of temporal-dsql that a module depends on: in CUE's cache,
// or else in the registry, as stock cue does. A module without such a dependency asks
// no registry.
func (m module) findDependency(name string, data []byte) (fs.FS, error) {
	const schema = modulePath + "/schema"
	inst := load.Instances([]string{schema}, &load.Config{Dir: m.root})[0]
	if err := inst.Err; err != nil {
		found := problems("read CUE module", err, m.root)
		if in, ok := errors.AsType[*source.Error](found); ok {
			for i, p := range in.Problems {
				if p.Pos.IsZero() {
					in.Problems[i].Pos = dependencyPos(name, data)
				}
				in.Problems[i].Hint = cmp.Or(p.Hint, "set CUE_REGISTRY to a registry that has it, or drop the dependency and run temporal-dsql init --upgrade")
			}
		}
		return nil, found
	}
	return os.DirFS(filepath.Dir(inst.Dir)), nil
}

// dependencyPos is the place of the dependency on temporal-dsql in a module file.
func dependencyPos(name string, data []byte) source.Pos {
	before, _, _ := bytes.Cut(data, []byte(`"`+modulePath+`@`))
	return source.Pos{File: name, Line: 1 + bytes.Count(before, []byte("\n")), Column: 1 + len(before) - (bytes.LastIndexByte(before, '\n') + 1)}
}

// vendored lays the embedded tree where a repository would vendor it.
func vendored(root string) map[string]load.Source {
	files := map[string]load.Source{}
	_ = fs.WalkDir(dsql.Files, ".", func(name string, _ fs.DirEntry, err error) error {
		if err == nil && path.Ext(name) == ".cue" && !strings.HasPrefix(name, "cue.mod") {
			data, _ := fs.ReadFile(dsql.Files, name) // embedded: it is there
			files[filepath.Join(root, "cue.mod", "pkg", filepath.FromSlash(modulePath), filepath.FromSlash(name))] = load.FromBytes(data)
		}
		return nil
	})
	return files
}

// packages lists the import paths of a kind of package: of temporal-dsql, and
// of the repository's own folder of the same name.
func (m module) packages(kind string) []string {
	found := []string{modulePath + "/" + kind}
	if m.own != nil && hasCUE(m.own, kind) {
		found = append(found, m.path+"/"+kind)
	}
	return found
}

// adapters lists the import paths of the packages under adapters/.
func (m module) adapters() []string {
	var found []string
	list := func(tree fs.FS, prefix string) {
		entries, _ := fs.ReadDir(tree, "adapters")
		for _, e := range entries {
			if e.IsDir() && e.Name() != "internal" && hasCUE(tree, path.Join("adapters", e.Name())) {
				found = append(found, prefix+"/adapters/"+e.Name())
			}
		}
	}
	list(m.base, modulePath)
	if m.own != nil {
		list(m.own, m.path)
	}
	return found
}

// ours reports whether a package is what this binary was built with, or the
// repository of temporal-dsql itself: not a user's, and not an older version that
// a repository has vendored.
func (m module) ours(importPath string) bool {
	return strings.HasPrefix(importPath, modulePath+"/") && (m.path == modulePath || m.base == fs.FS(dsql.Files))
}

func hasCUE(fsys fs.FS, dir string) bool {
	names, _ := fs.Glob(fsys, path.Join(dir, "*.cue"))
	return len(names) > 0
}

// embeddedPrefix marks files of the binary in positions, which users cannot open.
const embeddedPrefix = "temporal-dsql:"

// load reads packages by import path.
func (m module) load(args ...string) ([]*build.Instance, error) {
	cfg := &load.Config{Dir: m.root, Overlay: m.overlay, ParseFile: m.syntax.parse}
	if m.root == "" {
		cfg = &load.Config{Dir: "/", FS: dsql.Files, FromFSPath: func(p string) string { return embeddedPrefix + p }, ParseFile: m.syntax.parse}
	}
	insts := load.Instances(args, cfg)
	for _, inst := range insts {
		if inst.Err != nil {
			return nil, problems("load", inst.Err, m.root)
		}
	}
	return insts, nil
}

// loadDir reads the package in a folder of the host.
func (m module) loadDir(dir string) *build.Instance {
	return load.Instances([]string{"."}, &load.Config{Dir: dir, Overlay: m.overlay, ParseFile: m.syntax.apart(dir)})[0]
}

// trimMajor drops the major version and the package qualifier of an import path.
func trimMajor(importPath string) string {
	if i := strings.IndexAny(importPath, "@:"); i >= 0 {
		return importPath[:i]
	}
	return importPath
}
