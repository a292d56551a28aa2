package policy

import (
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	dsql "github.com/temporal-dsql/temporal-dsql"
)

// Commands compile the policies of the binary without the checks of OPA's compiler, so the checks are made here.
func TestShippedPoliciesPassEveryCheck(t *testing.T) {
	modules, err := parse(dsql.Files, "policies")
	if err != nil {
		t.Fatal(err)
	}
	compiler := newCompiler(nil)
	if compiler.Compile(modules); compiler.Failed() {
		t.Error(compiler.Errors)
	}
}

func TestOnlyShippedPoliciesSkipChecks(t *testing.T) {
	wrong := map[string]*ast.Module{"wrong.rego": ast.MustParseModule(`package wrong

deny contains "always" if 1 == "one"
`)}
	compiler := newCompiler(nil)
	if compiler.Compile(wrong); !compiler.Failed() {
		t.Error("a project's policy compares a number with text, and there is no error")
	}
}
