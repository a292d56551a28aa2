package cuemod

import (
	"path/filepath"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
)

// checkFolders checks a folder and those above it in the module, whose files can belong to its package.
func (m tree) checkFolders(dir string) errors.Error {
	for at := dir; ; at = filepath.Dir(at) {
		if err := cuefile.CheckFolder(at); err != nil || m.root == "" || at == m.root || at == filepath.Dir(at) {
			return err
		}
	}
}

// checkImports checks the folders of the packages that a file imports from its own module.
func (p *syntaxCache) checkImports(file *ast.File) error {
	for spec := range file.ImportSpecs() {
		imported := ast.ParseImportPath(strings.Trim(spec.Path.Value, `"`)).Path
		if within, isOwn := strings.CutPrefix(imported, p.path+"/"); isOwn && p.root != "" {
			if err := cuefile.CheckFolder(filepath.Join(p.root, filepath.FromSlash(within))); err != nil {
				return err
			}
		}
	}
	return nil
}
