package compile

import (
	"os"
	"path"
	"path/filepath"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/parser"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// The loader reads all that a package imports anew for each package. Where that
// is known, and what the loader would do is plain, a deployment is only parsed.

// quick parses the package in a folder of the host. It is nil where the loader
// has more to say: of other files than plain ones of one package, of conditions
// in them, of files further up that belong to the package, of an import that is
// not loaded yet, and of what is wrong.
func (e *Engine) quick(dir string) *build.Instance {
	if !e.module.syntax.known || hasCUEAbove(dir, e.module.root) {
		return nil
	}
	rel, err := filepath.Rel(e.module.root, dir)
	if err != nil || !filepath.IsLocal(rel) {
		return nil
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.cue"))
	if err != nil {
		return nil
	}
	inst := build.NewContext(build.Loader(e.loader)).NewInstance(dir, nil)
	for _, name := range names {
		text, err := budget.SourceFile.ReadRegular(name)
		if err != nil || !isPlainName(filepath.Base(name)) {
			return nil
		}
		file, err := parser.ParseFile(name, text, e.module.syntax.own)
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
	inst.ImportPath = path.Join(e.module.path, filepath.ToSlash(rel)) + "@v0:" + inst.PkgName
	if inst.Complete() != nil {
		return nil
	}
	return inst
}

// isPlainName is false of files that the loader passes over.
func isPlainName(name string) bool {
	return !strings.HasPrefix(name, "_") && !strings.HasPrefix(name, ".") &&
		!strings.HasSuffix(name, "_tool.cue") && !strings.HasSuffix(name, "_test.cue")
}

// isPlainFile is true of a file of a package that has no attributes of its own
// and imports what is known.
func (e *Engine) isPlainFile(file *ast.File) bool {
	if name := file.PackageName(); name == "" || name == "_" {
		return false
	}
	for _, d := range file.Decls {
		if _, ok := d.(*ast.Attribute); ok {
			return false
		}
	}
	for spec := range file.ImportSpecs() {
		written := ast.ParseImportPath(strings.Trim(spec.Path.Value, `"`))
		if strings.Contains(written.Path, ".") && e.byPath[written.Path] == nil {
			return false
		}
	}
	return true
}

// hasCUEAbove reports whether a folder between dir and root, or root, holds CUE.
func hasCUEAbove(dir, root string) bool {
	for at := dir; at != root; {
		up := filepath.Dir(at)
		if up == at || hasCUE(os.DirFS(up), ".") {
			return true
		}
		at = up
	}
	return false
}
