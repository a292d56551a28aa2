package policy

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// confinedCapabilities are the built-in functions that a policy can call. They exclude
// all that reach the network or the machine.
func confinedCapabilities() *ast.Capabilities {
	guardBuiltins()
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool { return slices.Contains(outsideBuiltins, b.Name) })
	c.AllowNet = []string{}
	return c
}

var outsideBuiltins = []string{ast.HTTPSend.Name, ast.NetLookupIPAddr.Name, ast.OPARuntime.Name}

// guardBuiltins makes a panic in one of OPA's built-in functions an error at the place of its call. Only there can it be
// caught, because OPA runs tests in goroutines of its own. bits.lsh panics for a shift that no memory holds.
var guardBuiltins = sync.OnceFunc(func() {
	for _, b := range ast.Builtins {
		if call := topdown.GetBuiltin(b.Name); call != nil {
			topdown.RegisterBuiltinFunc(b.Name, guardBuiltin(b.Name, call))
		}
	}
})

func guardBuiltin(name string, call topdown.BuiltinFunc) topdown.BuiltinFunc {
	return func(at topdown.BuiltinContext, args []*ast.Term, found func(*ast.Term) error) (err error) {
		defer func() {
			fault := recover()
			switch {
			case fault == nil:
			case isEvaluating(): // a function goes on with the rest of the query, whose panics are not the function's
				panic(fault) //nolint:forbidigo // goes on to whoever recovers it
			default:
				err = topdown.Halt{Err: &topdown.Error{
					Code: topdown.BuiltinErr, Message: fmt.Sprintf("%s: %s: %v", builtinFails, name, fault), Location: at.Location,
				}}
			}
		}()
		return call(at, args, found)
	}
}

// isEvaluating reports whether the panic that is being recovered comes from OPA's evaluation, and not from the built-in
// function of the innermost guard.
func isEvaluating() bool {
	var stack [128]uintptr
	frames := runtime.CallersFrames(stack[:runtime.Callers(0, stack[:])])
	for hasPanicked := false; ; {
		frame, more := frames.Next()
		switch {
		case frame.Function == "runtime.gopanic":
			hasPanicked = true
		case hasPanicked && strings.Contains(frame.Function, "/topdown.(*eval)."):
			return true
		case hasPanicked && strings.Contains(frame.Function, "guardBuiltin."), !more:
			return false
		}
	}
}

const builtinFails = "a built-in function fails"

// evaluationRemedy returns the remedy of an error in an evaluation.
func evaluationRemedy(err *topdown.Error) string {
	if strings.HasPrefix(err.Message, builtinFails) {
		return "look for huge numbers in the policies, such as the bits of a shift"
	}
	return ""
}
