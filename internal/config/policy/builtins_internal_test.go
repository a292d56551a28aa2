package policy

import (
	"errors"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// A panic in a built-in function is an error with its name and place. One in what is evaluated with its result passes.
func TestPanicsOfBuiltins(t *testing.T) {
	at := topdown.BuiltinContext{Location: ast.NewLocation(nil, "a.rego", 3, 7)}
	faulty := guardBuiltin("bits.lsh", func(topdown.BuiltinContext, []*ast.Term, func(*ast.Term) error) error { panic("too long") })
	err := faulty(at, nil, func(*ast.Term) error { return nil })
	var halt topdown.Halt
	var evaluation *topdown.Error
	if !errors.As(err, &halt) || !errors.As(err, &evaluation) || evaluation.Location != at.Location ||
		!strings.Contains(evaluation.Message, "bits.lsh: too long") {
		t.Errorf("%#v", err)
	}
	sound := guardBuiltin("count", func(_ topdown.BuiltinContext, _ []*ast.Term, found func(*ast.Term) error) error {
		return found(ast.IntNumberTerm(1))
	})
	defer func() {
		if fault := recover(); fault != "elsewhere" {
			t.Errorf("the panic is %v", fault)
		}
	}()
	t.Errorf("no panic, but %v", sound(at, nil, func(*ast.Term) error { panic("elsewhere") }))
}
