package builtin

import (
	"encoding/json"
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

// A call whose result no memory holds is an error at once, and one of a usual size is not.
func TestHugeResultsAreRefused(t *testing.T) {
	guardAll()
	for query, isRefused := range map[string]bool{
		`bits.lsh(1, 100000000000, x)`:                                                                               true,
		`bits.lsh(1, 64, x)`:                                                                                         false,
		`a := bits.lsh(1, 250000); b := a * a; c := b * b; x := c`:                                                   true,
		`x := to_number("1e300") * 2`:                                                                                false,
		`s := sprintf("%1000000d", [1]); x := replace(s, " ", s)`:                                                    true,
		`s := sprintf("%1000000d", [1]); x := replace(s, "1", s)`:                                                    false,
		`s := sprintf("%1000000d", [1]); x := concat(s, [s | numbers.range(1, 100)[_]])`:                             true,
		`x := concat(", ", [m | some n in numbers.range(1, 1000); m := sprintf("%d", [n])])`:                         false,
		`s := sprintf("%1000000d", [1]); f := concat("", ["%[1]s" | numbers.range(1, 99)[_]]); x := sprintf(f, [s])`: true,
		`x := sprintf("%[1]s and %[1]s", ["a"])`:                                                                     false,
		`s := sprintf("%1000000d", [1]); x := regex.replace(s, " ", s)`:                                              true,
		`s := sprintf("%1000000d", [1]); x := strings.replace_n({" ": s}, s)`:                                        true,
		`x := strings.replace_n({"a": "b"}, "abc")`:                                                                  false,
	} {
		_, err := rego.New(rego.Query(query), rego.Imports([]string{"rego.v1"})).Eval(t.Context())
		isLimit := err != nil && strings.Contains(err.Error(), "more than the limit of")
		if isLimit != isRefused || err != nil && !isLimit {
			t.Errorf("%s: %v", query, err)
		}
	}
	for _, number := range []string{"1e1000000000", "1E-99999999", "1e99999999999999999999"} {
		if err := checkArguments("mul", []*ast.Term{ast.NumberTerm("2"), ast.NumberTerm(json.Number(number))}); err == nil {
			t.Errorf("%s is multiplied", number)
		}
	}
}
