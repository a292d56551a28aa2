package cuefile

import (
	"iter"

	"cuelang.org/go/cue/ast"
)

// TopFields yields the fields at the top level of files: their names and their values.
func TopFields(files []*ast.File) iter.Seq2[string, ast.Expr] {
	return func(yield func(string, ast.Expr) bool) {
		for _, file := range files {
			for _, decl := range file.Decls {
				f, isField := decl.(*ast.Field)
				if !isField {
					continue
				}
				if name, _, _ := ast.LabelName(f.Label); !yield(name, f.Value) {
					return
				}
			}
		}
	}
}
