// Package builtin lists the built-in functions of OPA that policies can call, and turns their panics into errors.
package builtin

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Confined returns the functions that a policy can call: none that reaches the network or the machine.
func Confined() *ast.Capabilities {
	guardAll()
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool { return slices.Contains(outside, b.Name) })
	c.AllowNet = []string{}
	return c
}

// outside are the functions that reach the network or the machine.
var outside = []string{ast.HTTPSend.Name, ast.NetLookupIPAddr.Name, ast.OPARuntime.Name}

// guardAll makes a panic in one of OPA's built-in functions an error at the place of its call, and refuses a call whose
// result would be too large. Only there can a panic be caught, because OPA runs tests in its own goroutines. bits.lsh
// panics for a shift that no memory holds.
var guardAll = sync.OnceFunc(func() {
	for _, b := range ast.Builtins {
		if call := topdown.GetBuiltin(b.Name); call != nil {
			topdown.RegisterBuiltinFunc(b.Name, guard(b.Name, call))
		}
	}
})

func guard(name string, call topdown.BuiltinFunc) topdown.BuiltinFunc {
	return func(at topdown.BuiltinContext, args []*ast.Term, found func(*ast.Term) error) (err error) {
		if err := checkArguments(name, args); err != nil {
			return haltAt(at, name, err)
		}
		defer func() {
			fault := recover()
			switch {
			case fault == nil:
			case isEvaluating(): // a function goes on with the rest of the query, whose panics are not the function's
				panic(fault) //nolint:forbidigo // goes on to whoever recovers it
			default:
				err = haltAt(at, name, fault)
			}
		}()
		return call(at, args, found)
	}
}

// haltAt returns an error that ends the evaluation at the place of a call.
func haltAt(at topdown.BuiltinContext, name string, fault any) error {
	return topdown.Halt{Err: &topdown.Error{
		Code: topdown.BuiltinErr, Message: fmt.Sprintf("%s: %s: %v", fails, name, fault), Location: at.Location,
	}}
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
		case hasPanicked && strings.Contains(frame.Function, ".guard."), !more:
			return false
		}
	}
}

const fails = "a built-in function fails"

// FindOutside returns the name of a function in an error's message that policies cannot call, or "".
func FindOutside(message string) string {
	for _, name := range outside {
		if strings.Contains(message, name) {
			return name
		}
	}
	return ""
}

// Remedy returns the remedy of an error in an evaluation.
func Remedy(err *topdown.Error) string {
	if strings.HasPrefix(err.Message, fails) {
		return "look for huge numbers and texts in the policies, such as the bits of a shift or a text that is joined with itself"
	}
	return ""
}
