package builtin

import (
	"errors"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"
)

// A panic in a built-in function is an error with its name and place. One in what is evaluated with its result passes.
func TestPanicsOfBuiltins(t *testing.T) {
	at := topdown.BuiltinContext{Location: ast.NewLocation(nil, "a.rego", 3, 7)}
	faulty := guard("bits.lsh", func(topdown.BuiltinContext, []*ast.Term, func(*ast.Term) error) error { panic("too long") })
	err := faulty(at, nil, func(*ast.Term) error { return nil })
	var halt topdown.Halt
	var evaluation *topdown.Error
	if !errors.As(err, &halt) || !errors.As(err, &evaluation) || evaluation.Location != at.Location ||
		!strings.Contains(evaluation.Message, "bits.lsh: too long") {
		t.Errorf("%#v", err)
	}
	guardAll()
	defer func() {
		if fault := recover(); fault != "elsewhere" {
			t.Errorf("the panic is %v", fault)
		}
	}()
	broken := &rego.Function{Name: "broken", Decl: types.NewFunction(types.Args(types.N), types.N)}
	_, err = rego.New(rego.Query("broken(count([1]))"), rego.Function1(broken, func(rego.BuiltinContext, *ast.Term) (*ast.Term, error) {
		panic("elsewhere") // in what is evaluated with the result of count
	})).Eval(t.Context())
	t.Errorf("no panic, but %v", err)
}
