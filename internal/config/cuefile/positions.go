package cuefile

import (
	"fmt"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// FieldPositions returns the fields that the user's files set in a deployment, at their top
// level or in a struct unified with #Deployment, with their positions; if deep, also the
// fields and list items in them by path, such as site.endpoint and waivers.0.
func FieldPositions(files []*ast.File, deep bool) map[string]token.Pos {
	found := map[string]token.Pos{}
	var within func(path string) func(name string, f *ast.Field)
	within = func(path string) func(string, *ast.Field) {
		return func(name string, f *ast.Field) {
			if f.Constraint == token.OPTION {
				return // it holds only if another file sets the field
			}
			if _, ok := found[path+name]; !ok {
				found[path+name] = f.Label.Pos()
			}
			if !deep {
				return
			}
			VisitFields([]ast.Decl{&ast.EmbedDecl{Expr: f.Value}}, within(path+name+"."))
			if list, ok := f.Value.(*ast.ListLit); ok {
				for i, item := range list.Elts {
					at := fmt.Sprintf("%s%s.%d", path, name, i)
					found[at] = item.Pos()
					VisitFields([]ast.Decl{&ast.EmbedDecl{Expr: item}}, within(at+"."))
				}
			}
		}
	}
	for _, f := range files {
		VisitFields(f.Decls, within(""))
	}
	return found
}

// OverridePositions returns the positions of the values of all overrides.
func OverridePositions(files []*ast.File) map[string]token.Pos {
	found := map[string]token.Pos{}
	for _, f := range files {
		VisitFields(f.Decls, func(name string, f *ast.Field) {
			if name != "overrides" {
				return
			}
			VisitFields([]ast.Decl{&ast.EmbedDecl{Expr: f.Value}}, func(key string, o *ast.Field) { found[key] = o.Value.Pos() })
		})
	}
	return found
}
