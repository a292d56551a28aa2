package compile_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/scanner"
	"time"

	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
)

// A formula is printed next to its value. A reader who puts the inputs in must get that value.
func TestFormulasEvaluateToTheirValues(t *testing.T) {
	e := newEngine(t)
	evaluated := map[string]bool{}
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t, e)
		for _, key := range slices.Sorted(maps.Keys(pools)) {
			if !rapid.Bool().Draw(t, "with "+key) {
				continue
			}
			o, err := e.ParseOverride(key + "=" + rapid.SampledFrom(pools[key]).Draw(t, key))
			if err != nil {
				t.Fatal(err)
			}
			d.Overrides = append(d.Overrides, o)
		}
		if d.PluginVersion == "2" {
			o, err := e.ParseOverride("dsql.slot_block_ttl=" + rapid.SampledFrom([]string{"10s", "3m", "1h"}).Draw(t, "lease"))
			if err != nil {
				t.Fatal(err)
			}
			d.Overrides = append(d.Overrides, o)
		}
		account, err := e.Account(d.Request)
		if err != nil {
			t.Fatal(err)
		}
		check := func(name, formula string, inputs map[string]any, value any) {
			got, err := evaluateFormula(formula, inputs)
			if err != nil {
				t.Fatalf("%s: %q with %v: %v", name, formula, inputs, err)
			}
			if want := formulaOperand(value); !isClose(got, want) {
				t.Fatalf("%s: %q with %v is %v, not %v", name, formula, inputs, got, want)
			}
			evaluated[name] = true
		}
		for _, tr := range account.Trace {
			if tr.Source == "derived" {
				check(tr.ParameterKey, tr.Formula, tr.Inputs, tr.FinalValue)
			}
		}
		for name, need := range account.Needs {
			inputs := map[string]any{}
			for _, in := range need.Inputs {
				inputs[in.Name] = in.Value
			}
			check("needs."+name, need.Text, inputs, need.Value)
		}
		out := mustCompile(t, e, d.Request)
		promises, err := e.Promises(out.Profile)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range promises {
			for _, bound := range []*compile.Bound{p.Lower, p.Upper} {
				if bound != nil && bound.Formula != "" {
					check("promise "+p.Metric, bound.Formula, bound.Inputs, bound.Value)
				}
			}
		}
	})
	if len(evaluated) < 60 {
		t.Fatalf("only %d formulas were evaluated", len(evaluated))
	}
}

// pools are overrides that take the formulas of connections to their limits.
var pools = map[string][]string{
	"persistence.maxConns":                  {"1", "10000"},
	"dsql.reservoir_enabled":                {"true", "false"},
	"dsql.reservoir_target_ready":           {"0", "7", "10000"},
	"dsql.distributed_rate_limiter_enabled": {"true", "false"},
	"dsql.connection_rate_limit":            {"1", "10000"},
}

func TestEvaluateFormula(t *testing.T) {
	inputs := map[string]any{"a": 7.0, "b": 2, "on": true, "off": false, "ttl": "1m30s", "name": "x"}
	for formula, want := range map[string]any{
		"a": 7.0, "a + b * 2 - 1": 10.0, "(a + b) * 2": 18.0, "a - 1 - 1": 5.0, "a / b / 7": 0.5, "-b": -2.0,
		"max(1, min(a, 5), 0)": 5.0, "floor(a / b)": 3.0, "ceil(a / b)": 4.0, "1 - exp(-0)": 0.0,
		"a if on, else b": 7.0, "a if off, else b": 2.0, "max(3, (a if off, else b))": 3.0,
		"not on": false, "ttl in s / 3 seconds": 30.0, "ttl": 90.0, `"x" if on, else none`: "x", `"x" if off, else none`: "", "name": "x", "on if off, else false": false,
	} {
		if got, err := evaluateFormula(formula, inputs); err != nil || got != want {
			t.Errorf("%s is %v (%v), not %v", formula, got, err, want)
		}
	}
	for _, formula := range []string{"", "a b", "c", "max(", "a +", "a if b, else 1", "1 s", "a if on", "floor(a, b)", "name + 1"} {
		if got, err := evaluateFormula(formula, inputs); err == nil {
			t.Errorf("%q is %v", formula, got)
		}
	}
}

// isClose allows for what a bound or a duration is rounded to.
func isClose(got, want any) bool {
	a, isNumber := got.(float64)
	b, isToo := want.(float64)
	if !isNumber || !isToo {
		return got == want
	}
	return math.Abs(a-b) <= 0.0101 || math.Abs(a-b) <= 1e-9*math.Abs(b)
}

// formulaOperand converts a value for arithmetic: a duration becomes its seconds.
func formulaOperand(v any) any {
	switch v := v.(type) {
	case string:
		if d, err := time.ParseDuration(v); err == nil {
			return d.Seconds()
		}
	case json.Number:
		n, err := v.Float64()
		if err != nil {
			return v
		}
		return n
	case int:
		return float64(v)
	case int64:
		return float64(v)
	}
	return v
}

var errFormula = errors.New("not a formula")

// evaluateFormula computes a formula of the schema with its inputs.
func evaluateFormula(formula string, inputs map[string]any) (v any, err error) {
	defer func() {
		if r := recover(); r != nil {
			failed, ok := r.(error)
			if !ok || !errors.Is(failed, errFormula) {
				panic(r)
			}
			err = failed
		}
	}()
	f := &formulaReader{inputs: inputs}
	f.Init(strings.NewReader(strings.TrimSuffix(formula, " seconds")))
	f.Mode = scanner.ScanIdents | scanner.ScanFloats | scanner.ScanInts | scanner.ScanStrings
	f.Error = func(_ *scanner.Scanner, msg string) { f.fail("%s", msg) }
	f.next()
	v = f.choice()
	if f.token != scanner.EOF {
		f.fail("unexpected %s", f.TokenText())
	}
	return v, nil
}

type formulaReader struct {
	scanner.Scanner
	token  rune
	inputs map[string]any
}

func (f *formulaReader) next() { f.token = f.Scan() }

func (f *formulaReader) fail(format string, args ...any) {
	panic(fmt.Errorf("%w: %s", errFormula, fmt.Sprintf(format, args...)))
}

// accept moves on if this token is next.
func (f *formulaReader) accept(text string) bool {
	if f.token == scanner.EOF || f.TokenText() != text {
		return false
	}
	f.next()
	return true
}

func (f *formulaReader) expect(text string) {
	if !f.accept(text) {
		f.fail("expected %s, found %q", text, f.TokenText())
	}
}

// choice reads X, or X if CONDITION, else Y.
func (f *formulaReader) choice() any {
	x := f.sum()
	if !f.accept("if") {
		return x
	}
	condition, ok := f.operand().(bool)
	if !ok {
		f.fail("the condition is not true or false")
	}
	f.expect(",")
	f.expect("else")
	y := f.choice()
	if condition {
		return x
	}
	return y
}

func (f *formulaReader) number(v any) float64 {
	n, ok := v.(float64)
	if !ok {
		f.fail("%v is not a number", v)
	}
	return n
}

func (f *formulaReader) sum() any {
	v := f.product()
	for {
		switch {
		case f.accept("+"):
			v = f.number(v) + f.number(f.product())
		case f.accept("-"):
			v = f.number(v) - f.number(f.product())
		default:
			return v
		}
	}
}

func (f *formulaReader) product() any {
	v := f.operand()
	for {
		switch {
		case f.accept("*"):
			v = f.number(v) * f.number(f.operand())
		case f.accept("/"):
			v = f.number(v) / f.number(f.operand())
		default:
			return v
		}
	}
}

func (f *formulaReader) operand() any {
	token, text := f.token, ""
	if token != scanner.EOF {
		text = f.TokenText()
	}
	f.next()
	switch {
	case text == "-":
		return -f.number(f.operand())
	case text == "(":
		v := f.choice()
		f.expect(")")
		return v
	case text == "not":
		v, ok := f.operand().(bool)
		if !ok {
			f.fail("not of something that is not true or false")
		}
		return !v
	case text == "none":
		return ""
	case text == "true" || text == "false":
		return text == "true"
	case token == scanner.Int || token == scanner.Float:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			f.fail("%v", err)
		}
		return n
	case token == scanner.String:
		return strings.Trim(text, `"`)
	case token == scanner.Ident && f.accept("("):
		return f.call(text)
	case token == scanner.Ident:
		v, ok := f.inputs[text]
		if !ok {
			f.fail("no input is called %s", text)
		}
		if f.accept("in") {
			f.expect("s")
		}
		return formulaOperand(v)
	}
	f.fail("unexpected %q", text)
	return nil
}

func (f *formulaReader) call(name string) any {
	args := []float64{f.number(f.choice())}
	for f.accept(",") {
		args = append(args, f.number(f.choice()))
	}
	f.expect(")")
	one := map[string]func(float64) float64{"floor": math.Floor, "ceil": math.Ceil, "exp": math.Exp}
	many := map[string]func(a, b float64) float64{"max": math.Max, "min": math.Min}
	switch {
	case one[name] != nil && len(args) == 1:
		return one[name](args[0])
	case many[name] != nil:
		v := args[0]
		for _, x := range args[1:] {
			v = many[name](v, x)
		}
		return v
	}
	f.fail("unknown function %s of %d", name, len(args))
	return nil
}
