package registry

import (
	"cuelang.org/go/cue/ast"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
)

// InputNames returns the fields of a deployment that its author writes: those that the
// schema marks @input. They are read from syntax: evaluating the schema for them costs as
// much as a compile.
func InputNames(e *cuemod.Evaluator) []string {
	var names []string
	VisitDeploymentFields(e, func(name string, f *ast.Field) {
		if len(f.Attrs) > 0 {
			names = append(names, name)
		}
	})
	return names
}

// VisitDeploymentFields visits the fields of #Deployment as the schema writes them.
func VisitDeploymentFields(e *cuemod.Evaluator, visit func(name string, f *ast.Field)) {
	for _, f := range e.PackageFiles(cuemod.SchemaPath) {
		for _, d := range f.Decls {
			def, ok := d.(*ast.Field)
			if !ok {
				continue
			}
			if name, _, _ := ast.LabelName(def.Label); name == "#Deployment" {
				cuefile.VisitFields([]ast.Decl{&ast.EmbedDecl{Expr: def.Value}}, visit)
			}
		}
	}
}
