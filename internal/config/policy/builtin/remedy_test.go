package builtin_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/temporal-dsql/temporal-dsql/internal/config/policy/builtin"
)

// A mistake in a policy has a remedy, whether OPA finds it when it parses or when it compiles.
func TestCompileRemedy(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]string{
		`deny contains sprintff("%d", [1])`:         "did you mean sprintf? ",
		`deny contains ownfunction(1)`:              "correct the name, or import ",
		`deny contains sprintf("%d", [1)`:           "correct the syntax here or just above",
		`deny contains "x" if { x := `:              "correct the syntax here or just above",
		`deny contains "x" if { input.a == limit }`: "give limit a value",
	} {
		_, err := ast.CompileModulesWithOpt(map[string]string{"house.rego": "package house\n\n" + rule + "\n"}, ast.CompileOpts{})
		var all ast.Errors
		if !errors.As(err, &all) {
			t.Errorf("%s: %v", rule, err)
			continue
		}
		if got := builtin.CompileRemedy(all[0]); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %v: the remedy is %q, not %q", rule, all[0], got, want)
		}
	}
}
