package cuefile

import (
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"cuelang.org/go/mod/modfile"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// ModulePath is the module path of temporal-dsql: users import the schema from it, and
// vendor it.
const ModulePath = "github.com/temporal-dsql/temporal-dsql"

// A ModuleFile is the cue.mod/module.cue of a repository.
type ModuleFile struct {
	Root string // the folder of cue.mod; "" if there is no module
	Path string // without the major version
	*modfile.File
}

// ModuleFileName returns the name of the module file in a folder.
func ModuleFileName(root string) string { return filepath.Join(root, "cue.mod", "module.cue") }

// ParseModuleFile parses the module file of a folder.
func ParseModuleFile(root string, data []byte) (ModuleFile, error) {
	file, err := modfile.ParseNonStrict(data, ModuleFileName(root))
	if err != nil {
		return ModuleFile{}, UserError("read CUE module", err, root)
	}
	return ModuleFile{root, TrimMajor(file.QualifiedModule()), file}, nil
}

// FindModuleFile looks for a readable module file in a folder and those above it. It does
// not resolve dependencies.
func FindModuleFile(abs string) (ModuleFile, error) {
	if root, data := readModuleFile(abs); root != "" {
		return ParseModuleFile(root, data)
	}
	return ModuleFile{}, nil
}

// IsInModule reports whether a folder or one above it has a readable module file.
func IsInModule(abs string) bool {
	root, _ := readModuleFile(abs)
	return root != ""
}

// readModuleFile reads the module file of the nearest of a folder and those above it; root is "" if none has one.
func readModuleFile(abs string) (root string, data []byte) {
	for at := abs; ; at = filepath.Dir(at) {
		if data, err := budget.SourceFile.ReadFile(ModuleFileName(at)); err == nil {
			return at, data
		}
		if at == filepath.Dir(at) {
			return "", nil
		}
	}
}

// TrimMajor drops the major version and the package qualifier of an import path.
func TrimMajor(importPath string) string {
	if i := strings.IndexAny(importPath, "@:"); i >= 0 {
		return importPath[:i]
	}
	return importPath
}

// HasCUE reports whether a folder has CUE files.
func HasCUE(fsys fs.FS, dir string) bool {
	names, _ := fs.Glob(fsys, path.Join(dir, "*.cue"))
	return len(names) > 0
}
