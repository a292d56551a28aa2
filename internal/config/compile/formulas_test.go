package compile_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/scanner"
	"time"

	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
)

// A formula is printed next to its value. A reader who puts the inputs in must get that value,
// and every input must be part of the text. The same holds for the adjustments of a modifier. The
// cases take every formula through both sides of each of its conditions, and every adjustment to a
// value other than the preset's.
func TestFormulasEvaluateToTheirValues_P31(t *testing.T) {
	e := compile.Embedded() // explanations stay in its memory
	extremes := extremesOf(t, e)
	keys := slices.Sorted(maps.Keys(extremes))
	reached := coverage{
		sides: map[string]map[bool]bool{}, printed: map[string]bool{}, adjusted: map[string]bool{}, faults: map[string]string{},
	}
	for _, preset := range presets {
		for _, modifier := range modifiers {
			account, err := e.Explain(compile.Request{Preset: preset, Modifier: modifier})
			if err != nil {
				t.Fatal(err)
			}
			reached.add(account)
			if preset != presets[0] {
				continue
			}
			eager, err := e.ParseOverride("system.enableActivityEagerExecution=true")
			if err != nil {
				t.Fatal(err)
			}
			// each modifier has a workload, and so formulas, of its own
			account, err = e.Explain(compile.Request{Preset: preset, Modifier: modifier, Overrides: []compile.Override{eager}})
			if err != nil {
				t.Fatal(err)
			}
			reached.add(account)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t, e)
		d.drawServices(t)
		for _, key := range slices.Sorted(maps.Keys(pools)) {
			if rapid.Bool().Draw(t, "with "+key) {
				d.give(t, e, key, rapid.SampledFrom(pools[key]).Draw(t, key))
			}
		}
		for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 0, 4, rapid.ID).Draw(t, "extreme") {
			d.give(t, e, key, rapid.SampledFrom(extremes[key]).Draw(t, key))
		}
		account, err := e.Explain(d.Request)
		if err == nil && len(account.Violations) > 0 { // not every parameter exists in every version
			d.take(account.Violations)
			account, err = e.Explain(d.Request)
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(account.Violations) > 0 {
			t.Fatalf("violations: %+v", account.Violations)
		}
		reached.add(account)
	})
	reached.check(t, e)
}

// give adds an override, unless the key has one.
func (d *drawn) give(t *rapid.T, e *compile.Engine, key, value string) {
	if _, given := d.given[key]; given {
		return
	}
	o, err := e.ParseOverride(key + "=" + value)
	if err != nil {
		t.Fatal(err)
	}
	d.given[key] = value
	d.Overrides = append(d.Overrides, o)
}

// take removes the overrides that violations name.
func (d *drawn) take(violations []artefact.Violation) {
	for _, v := range violations {
		d.Overrides = slices.DeleteFunc(d.Overrides, func(o compile.Override) bool { return slices.Contains(v.ParameterKeys, o.Key) })
	}
}

// extremesOf returns the least and the greatest value of each parameter that has them.
func extremesOf(t *testing.T, e *compile.Engine) map[string][]string {
	t.Helper()
	registry, err := e.Parameters()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, p := range registry {
		switch {
		case p.Kind == "bool":
			found[p.Key] = []string{"false", "true"}
		case p.Min != nil && p.Max != nil:
			found[p.Key] = []string{fmt.Sprint(p.Min), fmt.Sprint(p.Max)}
		}
	}
	return found
}

// A coverage collects what the cases have reached of each formula.
type coverage struct {
	sides   map[string]map[bool]bool // of each condition, by formula and position
	printed map[string]bool          // by formula: whether a case printed it with a value
	// by modifier and what it adjusts: whether a case made it another value
	adjusted map[string]bool
	faults   map[string]string // by formula: the first one
}

// add evaluates all formulas of a deployment.
func (c coverage) add(account *compile.Explanation) {
	of := func(f compile.Formula) map[string]any {
		inputs := map[string]any{}
		for _, in := range f.Inputs {
			inputs[in.Name] = in.Value
		}
		return inputs
	}
	for key, f := range account.Formulas {
		c.evaluate(key, f.Text, of(f), f.Value, isEqual)
		c.printed[key] = c.printed[key] || false
	}
	for name, f := range account.Needs {
		c.evaluate("quantity "+name, f.Text, of(f), f.Value, isEqual)
		c.printed["quantity "+name] = true
	}
	for _, tr := range account.Trace {
		c.adjust(account.Profile.Modifier, tr)
		if tr.Source != "derived" {
			continue
		}
		c.evaluate(tr.ParameterKey, tr.Formula, tr.Inputs, tr.FinalValue, isEqual)
		c.printed[tr.ParameterKey] = true
	}
	for _, p := range account.Promises {
		for side, bound := range map[string]*registry.Bound{"lower": p.Lower, "upper": p.Upper} {
			if bound == nil || bound.Formula == "" {
				continue
			}
			name := "promise " + p.Metric + " " + side
			c.evaluate(name, bound.Formula, bound.Inputs, bound.Value, isRoundedDown)
			c.printed[name] = true
		}
	}
}

// fault keeps the first fault of a formula. A case does not end with it: a failure reports all
// wrong formulas, and needs no search for a smaller case.
func (c coverage) fault(name, format string, args ...any) {
	if _, found := c.faults[name]; !found {
		c.faults[name] = fmt.Sprintf(format, args...)
	}
}

func (c coverage) evaluate(name, formula string, inputs map[string]any, want any, matches func(got, want any) bool) {
	got, f, err := evaluateFormula(formula, inputs)
	if err != nil {
		c.fault(name, "%q with %v: %v", formula, inputs, err)
		return
	}
	if want = formulaOperand(want); !matches(got, want) {
		c.fault(name, "%q with %v is %v, not %v", formula, inputs, got, want)
	}
	for input := range inputs {
		if !f.used[input] {
			c.fault(name, "%q does not use its input %s", formula, input)
		}
	}
	for i, side := range f.sides {
		at := fmt.Sprintf("%s: condition %d of %q", name, i+1, formula)
		if c.sides[at] == nil {
			c.sides[at] = map[bool]bool{}
		}
		c.sides[at][side] = true
	}
}

var (
	presetStep   = regexp.MustCompile(`^preset \S+(?: chooses (\S+) =|:) (\S+)$`)
	modifierStep = regexp.MustCompile(`^modifier (\S+): (.+?) = (\S+) \(`)
)

// adjust applies an adjustment that a trace prints to the preset's value that it prints, and
// compares the result with the value that it prints and with the one that is used.
func (c coverage) adjust(modifier string, tr artefact.Trace) {
	for i, step := range tr.DerivationChain {
		said := modifierStep.FindStringSubmatch(step)
		if said == nil {
			continue
		}
		base := presetStep.FindStringSubmatch(tr.DerivationChain[i-1])
		if base == nil || said[1] != modifier {
			c.fault(tr.ParameterKey, "%q follows %q", step, tr.DerivationChain[i-1])
			continue
		}
		read := func(text string) any {
			if n, err := strconv.ParseFloat(text, 64); err == nil {
				return n
			}
			if text == "true" || text == "false" {
				return text == "true"
			}
			return formulaOperand(text)
		}
		from, to, subject := read(base[2]), read(said[3]), base[1]
		got, err := adjustedValue(said[2], from, read)
		if err != nil {
			c.fault(tr.ParameterKey, "%q: %v", step, err)
		} else if got != nil && !isEqual(got, to) {
			c.fault(tr.ParameterKey, "%v %s is %v, not %v", from, said[2], got, to)
		}
		switch {
		case subject != "" && !isEqual(formulaOperand(tr.Inputs[subject]), to) && tr.Source == "derived":
			c.fault(tr.ParameterKey, "the formula has %s = %v, not %v", subject, tr.Inputs[subject], to)
		case subject == "" && tr.Source == "modifier" && !isEqual(formulaOperand(tr.FinalValue), to):
			c.fault(tr.ParameterKey, "the value is %v, not %v", tr.FinalValue, to)
		case subject == "":
			subject = tr.ParameterKey
		}
		name := modifier + " " + subject
		c.adjusted[name] = c.adjusted[name] || !isEqual(from, to)
	}
}

// adjustedValue applies the words of an adjustment to a value; nil means that they set another.
func adjustedValue(words string, from any, read func(string) any) (any, error) {
	if words == "set to" {
		return nil, nil
	}
	v, ok := from.(float64)
	if !ok {
		return nil, fmt.Errorf("%v is not a number", from)
	}
	for _, word := range strings.Split(words, ", ") {
		apply := func(prefix, suffix string, how func(a, b float64) float64) bool {
			text, found := strings.CutPrefix(strings.TrimSuffix(word, suffix), prefix)
			n, isNumber := read(text).(float64)
			if found && isNumber {
				v = how(v, n)
			}
			return found && isNumber
		}
		if !apply("times ", "", func(a, b float64) float64 { return math.Ceil(a * b) }) &&
			!apply("at least ", "", math.Max) && !apply("at most ", "", math.Min) &&
			!apply("and no less than the ", " that the SLO needs", math.Max) {
			return nil, fmt.Errorf("%q is not an adjustment", word)
		}
	}
	return v, nil
}

// check fails for every fault, and for every formula, side of a condition and adjustment that no
// case has reached.
func (c coverage) check(t *testing.T, e *compile.Engine) {
	t.Helper()
	all, err := e.Modifiers()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if !slices.ContainsFunc(
			slices.Collect(maps.Keys(c.adjusted)),
			func(name string) bool { return strings.HasPrefix(name, m.Name+" ") },
		) {
			t.Errorf("modifier %s: it adjusts nothing", m.Name)
		}
	}
	for name, fault := range c.faults {
		t.Errorf("%s: %s", name, fault)
	}
	for name, changed := range c.adjusted {
		if !changed {
			t.Errorf("modifier %s: no case makes it another value", name)
		}
	}
	if len(c.printed) == 0 {
		t.Fatal("no formula was evaluated")
	}
	for name, printed := range c.printed {
		if !printed {
			t.Errorf("%s: no case prints its formula", name)
		}
	}
	for at, sides := range c.sides {
		for _, side := range []bool{true, false} {
			if !sides[side] {
				t.Errorf("%s: no case makes it %v", at, side)
			}
		}
	}
}

// pools are overrides that take formulas to their limits, and to both sides of their conditions.
var pools = map[string][]string{
	"history.replicas":                      {"1", "1000"},
	"persistence.maxConns":                  {"1", "10000"},
	"dsql.reservoir_enabled":                {"true", "false"},
	"dsql.reservoir_target_ready":           {"0", "7", "10000"},
	"dsql.distributed_rate_limiter_enabled": {"true", "false"},
	"dsql.connection_rate_limit":            {"1", "10000"},
	"sdk.poller_mode":                       {"fixed", "autoscaling"},
}

func TestEvaluateFormula(t *testing.T) {
	inputs := map[string]any{"a": 7.0, "b": 2, "on": true, "off": false, "ttl": "1m30s", "name": "x"}
	for formula, want := range map[string]any{
		"a": 7.0, "a + b * 2 - 1": 10.0, "(a + b) * 2": 18.0, "a - 1 - 1": 5.0, "a / b / 7": 0.5, "-b": -2.0,
		"max(1, min(a, 5), 0)": 5.0, "floor(a / b)": 3.0, "ceil(a / b)": 4.0, "1 - exp(-0)": 0.0,
		"a if on, else b": 7.0, "a if off, else b": 2.0, "max(3, (a if off, else b))": 3.0,
		"not on": false, "ttl in s / 3 seconds": 30.0, "ttl": 90.0,
		`"x" if on, else none`: "x", `"x" if off, else none`: "", "name": "x", `1 if name is "x", else 2`: 1.0, `1 if name is "y", else 2`: 2.0, "on if off, else false": false,
	} {
		if got, _, err := evaluateFormula(formula, inputs); err != nil || got != want {
			t.Errorf("%s is %v (%v), not %v", formula, got, err, want)
		}
	}
	for _, formula := range []string{"", "a b", "c", "max(", "a +", "a if b, else 1", "1 s", "a if on", "floor(a, b)", "name + 1"} {
		if got, _, err := evaluateFormula(formula, inputs); err == nil {
			t.Errorf("%q is %v", formula, got)
		}
	}
}

// isEqual allows for the millisecond that a duration is rounded to.
func isEqual(got, want any) bool {
	a, isNumber := got.(float64)
	b, isToo := want.(float64)
	if !isNumber || !isToo {
		return got == want
	}
	return math.Abs(a-b) <= max(0.0005, 1e-9*math.Abs(b))
}

// nextPowerOfTwo returns the least power of two that is not below a number.
func nextPowerOfTwo(x float64) float64 { return math.Exp2(math.Ceil(math.Log2(max(1, x)))) }

// isRoundedDown allows for the hundredth that a bound is rounded down to.
func isRoundedDown(got, want any) bool {
	a, isNumber := got.(float64)
	b, isToo := want.(float64)
	return isNumber && isToo && a-b > -1e-9*math.Abs(b)-1e-9 && a-b < 0.01
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

// evaluateFormula computes a formula of the schema with its inputs, and returns its reader too.
func evaluateFormula(formula string, inputs map[string]any) (v any, f *formulaReader, err error) {
	defer func() {
		if r := recover(); r != nil {
			failed, ok := r.(error)
			if !ok || !errors.Is(failed, errFormula) {
				panic(r)
			}
			err = failed
		}
	}()
	f = &formulaReader{inputs: inputs, used: map[string]bool{}}
	f.Init(strings.NewReader(strings.TrimSuffix(formula, " seconds")))
	f.Mode = scanner.ScanIdents | scanner.ScanFloats | scanner.ScanInts | scanner.ScanStrings
	f.Error = func(_ *scanner.Scanner, msg string) { f.fail("%s", msg) }
	f.next()
	v = f.choice()
	if f.token != scanner.EOF {
		f.fail("unexpected %s", f.TokenText())
	}
	return v, f, nil
}

type formulaReader struct {
	scanner.Scanner
	token  rune
	inputs map[string]any
	used   map[string]bool // inputs that the text names
	sides  []bool          // what each condition is, in the order of the text
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

// condition reads INPUT, which is true or false, or INPUT is "TEXT".
func (f *formulaReader) condition() bool {
	x := f.operand()
	if f.accept("is") {
		return x == f.operand()
	}
	is, ok := x.(bool)
	if !ok {
		f.fail("the condition is not true or false")
	}
	return is
}

// choice reads X, or X if CONDITION, else Y.
func (f *formulaReader) choice() any {
	x := f.sum()
	if !f.accept("if") {
		return x
	}
	condition := f.condition()
	f.sides = append(f.sides, condition)
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
		f.used[text] = true
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
	// CUE computes in decimals, where 1000 * (1 + 68 / 100) is 1680, and in float64 it is more
	one := map[string]func(float64) float64{
		"floor": func(x float64) float64 { return math.Floor(x + 1e-12*max(1, math.Abs(x))) },
		"ceil":  func(x float64) float64 { return math.Ceil(x - 1e-12*max(1, math.Abs(x))) },
		"exp":   math.Exp,
		"sqrt":  math.Sqrt,
		"pow2":  nextPowerOfTwo,
	}
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
