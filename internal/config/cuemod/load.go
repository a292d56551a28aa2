package cuemod

import (
	"os"
	"path"
	"path/filepath"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
)

// LoadFolder loads the package in a folder of the host.
func (e *Evaluator) LoadFolder(dir string) *build.Instance { return e.tree.loadFolder(dir) }

// ParseFolder parses the package in a folder of the host: the loader would read all of its
// imports again. It returns nil if that needs the loader: in the first compile, for files
// of several packages, for conditions in them, for files further up that belong to the
// package, for an import that is not loaded yet, and for errors.
func (e *Evaluator) ParseFolder(dir string) *build.Instance {
	if !e.IsWarm() || e.tree.syntax.deployment == nil || hasCUEAbove(dir, e.tree.root) {
		return nil
	}
	rel, err := filepath.Rel(e.tree.root, dir)
	if err != nil || !filepath.IsLocal(rel) {
		return nil
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.cue"))
	if err != nil {
		return nil
	}
	inst := e.NewInstance(dir)
	for _, name := range names {
		text, err := budget.SourceFile.ReadRegular(name)
		if err != nil || !cuefile.IsLoadedName(filepath.Base(name)) {
			return nil
		}
		file, err := cuefile.ParseFile(name, text, *e.tree.syntax.deployment)
		if err != nil || !e.isPlainFile(file) || inst.PkgName != "" && file.PackageName() != inst.PkgName {
			return nil
		}
		inst.PkgName = file.PackageName()
		if err := inst.AddSyntax(file); err != nil {
			return nil
		}
	}
	if inst.PkgName == "" {
		return nil
	}
	inst.ImportPath = path.Join(e.tree.path, filepath.ToSlash(rel)) + "@v0:" + inst.PkgName
	if inst.Complete() != nil {
		return nil
	}
	return inst
}

// isPlainFile reports whether a file belongs to a package, has no attributes, and imports
// only packages that are loaded.
func (e *Evaluator) isPlainFile(file *ast.File) bool {
	if name := file.PackageName(); name == "" || name == "_" {
		return false
	}
	for _, d := range file.Decls {
		if _, ok := d.(*ast.Attribute); ok {
			return false
		}
	}
	for spec := range file.ImportSpecs() {
		imported := ast.ParseImportPath(strings.Trim(spec.Path.Value, `"`))
		if strings.Contains(imported.Path, ".") && e.byPath[imported.Path] == nil {
			return false
		}
	}
	return true
}

// hasCUEAbove reports whether a folder between dir and root, or root, holds CUE.
func hasCUEAbove(dir, root string) bool {
	for at := dir; at != root; {
		up := filepath.Dir(at)
		if up == at || cuefile.HasCUE(os.DirFS(up), ".") {
			return true
		}
		at = up
	}
	return false
}
