package builtin

import (
	"fmt"
	"regexp"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// Messages of OPA about policies that do not compile.
var (
	undefinedFunction = regexp.MustCompile(`^undefined function (\S+)$`)
	unsafeVariable    = regexp.MustCompile(`^var (\S+) is unsafe$`)
)

// CompileRemedy returns the remedy of an error in a policy that OPA cannot parse or compile, or "".
func CompileRemedy(err *ast.Error) string {
	if found := undefinedFunction.FindStringSubmatch(err.Message); found != nil {
		remedy := "correct the name, or import the package of the function"
		return suggest.AddNearest(remedy, suggest.NearestName(found[1], names()))
	}
	if found := unsafeVariable.FindStringSubmatch(err.Message); found != nil {
		return fmt.Sprintf("give %s a value, such as with some or :=, or correct its name", found[1])
	}
	if err.Code == ast.ParseErr {
		return "correct the syntax here or just above: look for a missing comma, bracket, brace or quote"
	}
	return ""
}

// names returns the names of the functions that a policy can call.
func names() []string {
	var all []string
	for _, b := range Confined().Builtins {
		all = append(all, b.Name)
	}
	return all
}
