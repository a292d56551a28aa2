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
	for at := abs; ; at = filepath.Dir(at) {
		if data, err := budget.SourceFile.ReadFile(ModuleFileName(at)); err == nil {
			return ParseModuleFile(at, data)
		}
		if at == filepath.Dir(at) {
			return ModuleFile{}, nil
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
