package compile

import (
	"cmp"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"time"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A Meaning is what a setting that runs today means to a deployment.
type Meaning struct {
	Setting int `json:"setting"` // its number among those asked about
	// what it is for: override or site, or why it is neither: unread, unknown,
	// invalid, apart
	Target string `json:"target"`
	// the parameter, the dynamic-config key or the field of the site
	Key   string `json:"key"`
	Kind  string `json:"kind"`
	Value any    `json:"value"`
	// what it would be without, where that takes no resolving
	Base   any    `json:"base"`
	Reason string `json:"reason"`
	Remedy string `json:"remedy"`
	// whether the mere presence of the setting tells it
	Told bool `json:"told"`

	Near   string `json:"near"`   // among what a name may have been meant
	Unread string `json:"unread"` // the reason, where it was
}

// Assumed is what is taken where nothing is stated.
type Assumed struct {
	Preset   string `json:"preset"`
	Temporal string `json:"temporal_version"`
	Plugin   string `json:"plugin_version"`
}

// Assumed reads it from the module.
func (e *Engine) Assumed() (Assumed, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return table[Assumed](e, "assumed")
}

// Variables are the names that the server's template and the plugin read.
func (e *Engine) Variables() ([]string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	readers, err := table[map[string]any](e, "readers")
	return slices.Sorted(maps.Keys(readers)), err
}

// Meanings tells what settings mean to a deployment of a server version and a
// plugin generation, in their order; one setting may mean several things.
func (e *Engine) Meanings(settings []Running, server, plugin string) ([]Meaning, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	known, err := table[Versions](e, "versions")
	if err != nil {
		return nil, err
	}
	if err := known.support(server, plugin); err != nil {
		return nil, err
	}
	var all []Meaning
	for _, p := range portions(settings) {
		found, err := e.meanings(settings, p, server, plugin)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortStableFunc(all, func(a, b Meaning) int { return cmp.Compare(a.Setting, b.Setting) })
	return all, nil
}

func (e *Engine) meanings(settings []Running, p portion, server, plugin string) ([]Meaning, error) {
	var checked []Running
	services := map[string]bool{}
	for _, at := range p.checked {
		checked = append(checked, settings[at[0]])
	}
	for _, s := range settings {
		services[s.Service] = true
	}
	in := &ast.StructLit{}
	for _, x := range []struct {
		name  string
		value any
	}{
		{"settings", wholly(checked)},
		{"services", slices.Sorted(maps.Keys(services))},
		{"temporal_version", server},
		{"plugin_version", plugin},
	} {
		expr, err := syntaxOf(x.value)
		if err != nil {
			return nil, err
		}
		in.Elts = append(in.Elts, &ast.Field{Label: ast.NewIdent(x.name), Value: expr})
	}
	v, err := e.ask(func(s *statement) {
		s.set("migrate", ast.NewBinExpr(token.AND, ast.NewSel(s.use(modulePath+"/schema"), "#Migrate"), in))
		s.set("readers", ast.NewSel(s.use(modulePath+"/schema"), "readers"))
	})
	if err != nil {
		return nil, err
	}
	var found []Meaning
	if err := v.LookupPath(cue.ParsePath("migrate.meanings")).Decode(&found); err != nil {
		return nil, problems("tell what settings mean", err, e.module.root)
	}
	e.unread(checked, server, found, func() []string { return fieldNames(v.LookupPath(cue.ParsePath("readers"))) })
	var all []Meaning
	for _, m := range found {
		for _, i := range p.checked[m.Setting] {
			m.Setting = i
			all = append(all, m)
		}
	}
	return all, nil
}

// unread adds what the name of a setting that nothing reads may stand for. A
// name that only might be misspelt is another program's where nothing is near.
func (e *Engine) unread(settings []Running, server string, all []Meaning, variables func() []string) {
	var asked []LintProblem
	for i, m := range all {
		if m.Near != "" {
			asked = append(asked, LintProblem{Setting: m.Setting, Near: m.Near, N: i, Remediation: m.Remedy})
		}
	}
	for _, p := range e.suggest(settings, asked, server, variables) {
		m := &all[p.N]
		m.Target, m.Remedy, m.Reason = "unread", p.Remediation, cmp.Or(m.Unread, m.Reason)
	}
}

// Beneath resolves a request, and tells what each override of a parameter
// stands on: the value that the parameter would have without it, all others as
// they are.
func (e *Engine) Beneath(r Request) (*Result, map[string]any, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	d, err := e.deployment(r, profileOnly)
	if err != nil {
		return nil, nil, err
	}
	out, err := e.result(d, profileOnly)
	if err != nil {
		return nil, nil, err
	}
	beneath := map[string]any{}
	params := d.field("params")
	for _, p := range out.Profile.Params() {
		base := params.LookupPath(cue.MakePath(cue.Str(p.Key), cue.Str("base")))
		if p.Source != "override" || !base.Exists() {
			continue
		}
		var value any
		if err := base.Decode(&value); err != nil {
			return nil, nil, problems("", err, e.module.root)
		}
		beneath[p.Key] = value
	}
	return out, beneath, nil
}

// Equal reports whether two values of a kind are the same: 60s and 1m are, and so
// are 1 and 1.0 in a list or a struct.
func Equal(kind string, a, b any) bool {
	switch x := a.(type) {
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, func(a, b any) bool { return Equal("", a, b) })
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && maps.EqualFunc(x, y, func(a, b any) bool { return Equal("", a, b) })
	}
	if kind == "duration" {
		x, xok := a.(string)
		y, yok := b.(string)
		if d, err := time.ParseDuration(x); xok && yok && err == nil {
			other, err := time.ParseDuration(y)
			return err == nil && d == other
		}
	}
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && x.Cmp(y) == 0
	}
	return reflect.DeepEqual(a, b)
}

// Less reports whether the first of two values of a kind is the lesser.
func Less(kind string, a, b any) bool {
	if kind == "duration" {
		x, err1 := time.ParseDuration(fmt.Sprint(a))
		y, err2 := time.ParseDuration(fmt.Sprint(b))
		return err1 == nil && err2 == nil && x < y
	}
	x, ok1 := number(a)
	y, ok2 := number(b)
	return ok1 && ok2 && x.Cmp(y) < 0
}

func number(v any) (*big.Float, bool) {
	switch v.(type) {
	case int, int64, uint64, float64, *big.Int, *big.Float:
		x, _, err := big.ParseFloat(fmt.Sprint(v), 10, 200, big.ToNearestEven)
		return x, err == nil
	}
	return nil, false
}

// Given is an override that stands in some file.
func (e *Engine) Given(key string, value any, at source.Pos) (Override, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	expr, err := e.syntax(value)
	if err != nil {
		return Override{}, err
	}
	locateAt(expr, at)
	return Override{Key: key, expr: expr}, nil
}

// syntax is a value as it is written.
func (e *Engine) syntax(value any) (ast.Expr, error) {
	v := e.ctx.Encode(value)
	expr, ok := v.Syntax(cue.Final()).(ast.Expr)
	if err := v.Err(); err != nil || !ok {
		return nil, fmt.Errorf("write %v as CUE: %w", value, err)
	}
	return expr, nil
}

// locateAt gives a literal its place in a file that is not at hand.
func locateAt(expr ast.Expr, at source.Pos) {
	const widest = 1 << 12 // columns past it are not told
	line, column := max(1, at.Line), min(max(1, at.Column), widest)
	lines := make([]int, line)
	for i := range lines {
		lines[i] = i * widest
	}
	file := token.NewFile(at.File, 0, line*widest)
	file.SetLines(lines)
	pos := file.Pos((line-1)*widest+column-1, token.NoRelPos)
	switch x := expr.(type) {
	case *ast.BasicLit:
		x.ValuePos = pos
	case *ast.StructLit:
		x.Lbrace = pos
	case *ast.ListLit:
		x.Lbrack = pos
	case *ast.UnaryExpr:
		x.OpPos = pos
	}
}
