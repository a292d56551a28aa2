package compile

import (
	"cmp"
	"slices"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// A Promise is what a running cluster keeps to, of one metric: a bound on either
// side or on both.
type Promise struct {
	Metric  string `json:"metric"`
	Lower   *Bound `json:"lower,omitempty"`
	Upper   *Bound `json:"upper,omitempty"`
	Because string `json:"because"`
	Source  string `json:"source"`
}

// A Bound is a number that one statistic of a window's samples keeps to. It has
// a formula where it follows from what was resolved.
type Bound struct {
	Statistic string         `json:"statistic"`
	Value     float64        `json:"value"`
	Formula   string         `json:"formula,omitempty"`
	Inputs    map[string]any `json:"inputs,omitempty"`
}

// A Statistic reduces the samples of a window to a number. One with a quantile
// is taken of the series, since no summary carries it.
type Statistic struct {
	Doc      string   `json:"doc"`
	Quantile *float64 `json:"quantile"`
}

// Statistics that bounds are about, by name.
func (e *Engine) Statistics() (map[string]Statistic, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return table[map[string]Statistic](e, "statistics")
}

// Promises are what a cluster of a resolved profile keeps to, by metric: one that
// was compiled just now, or that a behaviour profile has kept.
func (e *Engine) Promises(p Profile) ([]Promise, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.core(); err != nil {
		return nil, err
	}
	path, err := e.lookup("presets", p.PresetName)
	if err != nil {
		return nil, err
	}
	values, err := e.syntax(p.Values())
	if err != nil {
		return nil, err
	}
	limits, err := e.syntax(p.Limits)
	if err != nil {
		return nil, err
	}
	v, err := e.ask(func(s *statement) {
		s.set("kept", ast.NewBinExpr(token.AND, ast.NewSel(s.use(modulePath+"/schema"), "#Kept"), ast.NewStruct(
			"values", values, "given", limits, "preset", field(s.use(path), p.PresetName))))
	})
	if err != nil {
		return nil, err
	}
	return e.promises(v.LookupPath(cue.ParsePath("kept.bounds")))
}

func (e *Engine) promises(bounds cue.Value) ([]Promise, error) {
	const doing = "read what is promised"
	fields, err := bounds.Fields()
	if err != nil {
		return nil, problems(doing, err, e.module.root)
	}
	var all []Promise
	for fields.Next() {
		one := Promise{Metric: fields.Selector().Unquoted()}
		if err := fields.Value().Validate(cue.Concrete(true)); err != nil {
			return nil, problems(doing, err, e.module.root)
		}
		if err := fields.Value().Decode(&one); err != nil {
			return nil, problems(doing, err, e.module.root)
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b Promise) int { return cmp.Compare(a.Metric, b.Metric) })
	return all, nil
}
