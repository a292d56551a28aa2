package cuemod

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

	dsql "github.com/temporal-dsql/temporal-dsql"
	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// localModule is the module path of a folder of CUE without a module.
const localModule = "local.invalid/deployment"

// A tree is a source of CUE packages: the one embedded in the binary, or a repository of
// the user. That is temporal-dsql itself, vendors it, depends on it by a CUE registry, or
// has the embedded one added.
type tree struct {
	root string // folder of cue.mod on the host; "" for the embedded tree alone
	path string // the repository's module path, without its major version
	base fs.FS  // the tree of temporal-dsql
	own  fs.FS  // the repository's tree, nil for temporal-dsql itself
	// version of temporal-dsql that the repository depends on; "" means none
	depends string
	// files that the loader sees besides those on the host
	overlay map[string]load.Source
	syntax  *syntaxCache
}

func embeddedTree() tree { return tree{path: cuefile.ModulePath, base: dsql.Files} }

// findTree looks for the CUE module around dir. Without one, it returns a module for the
// CUE files in dir, or the embedded tree if there are none.
func findTree(dir string) (tree, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return tree{}, err
	}
	for at := dir; ; at = filepath.Dir(at) {
		name := cuefile.ModuleFileName(at)
		data, err := budget.SourceFile.ReadFile(name)
		switch {
		case err == nil:
			return readTree(at, name, data)
		case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR):
			return tree{}, source.Unreadable("read CUE module", err, "")
		case at == filepath.Dir(at):
			m := embeddedTree()
			if cuefile.HasCUE(os.DirFS(dir), ".") {
				m = tree{root: dir, path: localModule, base: dsql.Files, own: os.DirFS(dir)}
				m.overlay = overlayEmbedded(dir)
				m.overlay[cuefile.ModuleFileName(dir)] = load.FromString(
					"module: \"" + m.path + "@v0\"\nlanguage: version: \"v0.17.0\"\n")
			}
			return m, nil
		}
	}
}

func readTree(root, name string, data []byte) (tree, error) {
	file, err := cuefile.ParseModuleFile(root, data)
	if err != nil {
		return tree{}, err
	}
	m := tree{root: root, path: file.Path}
	files := os.DirFS(root)
	if m.path == cuefile.ModulePath {
		m.base = files
		return m, nil
	}
	m.own = files
	at := path.Join("cue.mod", "pkg", cuefile.ModulePath)
	if cuefile.HasCUE(files, path.Join(at, "schema")) {
		base, err := fs.Sub(files, at)
		if err != nil {
			return m, err
		}
		m.base = preferEmbedded(base)
		return m, nil
	}
	for _, d := range file.DepVersions() {
		if d.BasePath() == cuefile.ModulePath {
			m.depends = d.Version()
			base, err := m.findDependency(name, data)
			if err != nil {
				return m, err
			}
			m.base = preferEmbedded(base)
			return m, nil
		}
	}
	m.base, m.overlay = dsql.Files, overlayEmbedded(root)
	return m, nil
}

// findDependency finds the tree of temporal-dsql that a module depends on: in CUE's cache,
// or else in the registry, as stock cue does.
func (m tree) findDependency(name string, data []byte) (fs.FS, error) {
	const schema = cuefile.ModulePath + "/schema"
	inst := load.Instances([]string{schema}, &load.Config{Dir: m.root, Env: registryEnv()})[0]
	if err := inst.Err; err != nil {
		found := cuefile.UserError("read CUE module", err, m.root)
		if in, ok := errors.AsType[*source.Error](found); ok {
			for i, p := range in.Problems {
				if p.Pos.IsZero() {
					in.Problems[i].Pos = dependencyPos(name, data)
				}
				in.Problems[i].Remedy = cmp.Or(p.Remedy,
					"set CUE_REGISTRY to a registry that has it, or drop the dependency and run temporal-dsql init --upgrade")
			}
		}
		return nil, found
	}
	return os.DirFS(filepath.Dir(inst.Dir)), nil
}

// dependencyPos returns the place of the dependency on temporal-dsql in a module file.
func dependencyPos(name string, data []byte) source.Pos {
	before, _, _ := bytes.Cut(data, []byte(`"`+cuefile.ModulePath+`@`))
	return source.Pos{
		File:   name,
		Line:   1 + bytes.Count(before, []byte("\n")),
		Column: 1 + len(before) - (bytes.LastIndexByte(before, '\n') + 1),
	}
}

// overlayEmbedded lays the embedded tree where a repository would vendor it.
func overlayEmbedded(root string) map[string]load.Source {
	vendor := filepath.Join(root, "cue.mod", "pkg", filepath.FromSlash(cuefile.ModulePath))
	files := map[string]load.Source{}
	for name, data := range VendoredFiles() {
		if path.Ext(name) == ".cue" {
			files[filepath.Join(vendor, filepath.FromSlash(name))] = load.FromBytes(data)
		}
	}
	return files
}

// listPackages lists the import paths of a kind of package: of temporal-dsql, and
// of the repository's own folder of the same name.
func (m tree) listPackages(kind string) []string {
	found := []string{cuefile.ModulePath + "/" + kind}
	if m.own != nil && cuefile.HasCUE(m.own, kind) {
		found = append(found, m.path+"/"+kind)
	}
	return found
}

// listAdapters lists the import paths of the packages under adapters/.
func (m tree) listAdapters() []string {
	var found []string
	list := func(files fs.FS, prefix string) {
		entries, _ := fs.ReadDir(files, "adapters")
		for _, e := range entries {
			if e.IsDir() && e.Name() != "internal" && cuefile.HasCUE(files, path.Join("adapters", e.Name())) {
				found = append(found, prefix+"/adapters/"+e.Name())
			}
		}
	}
	list(m.base, cuefile.ModulePath)
	if m.own != nil {
		list(m.own, m.path)
	}
	return found
}

// isOurs reports whether a package comes from this binary, or from the repository of
// temporal-dsql itself: not from a user, nor from an older version that a repository
// vendors.
func (m tree) isOurs(importPath string) bool {
	return strings.HasPrefix(importPath, cuefile.ModulePath+"/") && (m.path == cuefile.ModulePath || m.hasEmbeddedSchema())
}

// hasEmbeddedSchema reports whether the schema is that of the binary.
func (m tree) hasEmbeddedSchema() bool { return m.base == fs.FS(dsql.Files) }

// loadPackages loads packages by import path.
func (m tree) loadPackages(args ...string) ([]*build.Instance, error) {
	cfg := &load.Config{Dir: m.root, Overlay: m.overlay, ParseFile: m.syntax.parseFile, Env: registryEnv()}
	if m.root == "" {
		cfg = &load.Config{
			Dir:        "/",
			FS:         dsql.Files,
			FromFSPath: func(p string) string { return cuefile.EmbeddedPrefix + p },
			ParseFile:  m.syntax.parseFile,
		}
	}
	insts := load.Instances(args, cfg)
	for _, inst := range insts {
		if inst.Err != nil {
			return nil, cuefile.UserError("load", inst.Err, m.root)
		}
	}
	return insts, nil
}

// loadFolder loads the package in a folder of the host.
func (m tree) loadFolder(dir string) *build.Instance {
	if err := m.checkFolders(dir); err != nil {
		return &build.Instance{Dir: dir, Err: err}
	}
	return load.Instances([]string{"."}, &load.Config{
		Dir: dir, Overlay: m.overlay, ParseFile: m.syntax.parseUncached(dir), Env: registryEnv(),
	})[0]
}

// registryEnv returns the environment of the loader. Without $CUE_REGISTRY no registry is asked: a deployment of a pull
// request must not make the machine that checks it download anything.
func registryEnv() []string {
	const variable = "CUE_REGISTRY"
	env := os.Environ()
	if os.Getenv(variable) == "" {
		env = append(env, variable+"=none")
	}
	return env
}
