package cuefile

import (
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// shiftFunctions are the functions of math/bits whose second argument is the number of bits in their result. It is allocated
// at once, so no limit on the memory of an evaluation can stop it.
var shiftFunctions = map[string]bool{"Lsh": true, "Set": true}

// boundShifts limits the bits that calls in a file shift by: bits.Lsh(x, n) becomes bits.Lsh(x, n & <=MOST).
func boundShifts(file *ast.File) {
	name := importName(file, "math/bits")
	if name == "" {
		return
	}
	most := strconv.FormatInt(budget.ShiftBits.Most, 10)
	ast.Walk(file, func(n ast.Node) bool {
		call, isCall := n.(*ast.CallExpr)
		if !isCall || len(call.Args) < 2 {
			return true
		}
		function, isSelector := call.Fun.(*ast.SelectorExpr)
		if !isSelector {
			return true
		}
		library, isName := function.X.(*ast.Ident)
		selected, isPlain := function.Sel.(*ast.Ident)
		if !isName || !isPlain || library.Name != name || !shiftFunctions[selected.Name] {
			return true
		}
		limit := &ast.UnaryExpr{Op: token.LEQ, X: ast.NewLit(token.INT, most)}
		ast.SetPos(limit, call.Args[1].Pos())
		call.Args[1] = &ast.BinaryExpr{X: &ast.ParenExpr{X: call.Args[1]}, OpPos: call.Args[1].Pos(), Op: token.AND, Y: limit}
		return true
	}, nil)
}

// importName returns the name of an imported package in a file, or "".
func importName(file *ast.File, path string) string {
	for spec := range file.ImportSpecs() {
		if imported := ast.ParseImportPath(strings.Trim(spec.Path.Value, `"`)); imported.Path == path {
			if spec.Name != nil {
				return spec.Name.Name
			}
			return imported.Qualifier
		}
	}
	return ""
}
