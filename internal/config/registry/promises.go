package registry

import (
	"cmp"
	"slices"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
)

// A Promise bounds one metric of a running cluster, on one side or on both.
type Promise struct {
	Metric  string `json:"metric"`
	Lower   *Bound `json:"lower,omitempty"`
	Upper   *Bound `json:"upper,omitempty"`
	Because string `json:"because"`
	Source  string `json:"source"`
}

// A Bound limits one statistic of a window's samples. It has a formula if it follows from
// parameters.
type Bound struct {
	Statistic string         `json:"statistic"`
	Value     float64        `json:"value"`
	Formula   string         `json:"formula,omitempty"`
	Inputs    map[string]any `json:"inputs,omitempty"`
}

// A Statistic reduces the samples of a window to a number. One with a quantile needs the
// series: summaries do not have it.
type Statistic struct {
	Doc      string   `json:"doc"`
	Quantile *float64 `json:"quantile"`
}

// Statistics returns the statistics that bounds refer to, by name.
func (r *Registry) Statistics() (map[string]Statistic, error) {
	return readTable[map[string]Statistic](r, "statistics")
}

// Promises returns the bounds that a cluster with a config profile must keep, by metric.
// The profile is a new one, or one from a behaviour profile.
func (r *Registry) Promises(p artefact.Profile) ([]Promise, error) {
	return cuemod.WithEvaluator(r.module, func(e *cuemod.Evaluator) ([]Promise, error) { return evaluatePromises(e, p) })
}

func evaluatePromises(e *cuemod.Evaluator, p artefact.Profile) ([]Promise, error) {
	if err := e.LoadCore(); err != nil {
		return nil, err
	}
	path, err := e.FindPackage("presets", p.PresetName)
	if err != nil {
		return nil, err
	}
	values, err := e.EncodeSyntax(p.Values())
	if err != nil {
		return nil, err
	}
	limits, err := e.EncodeSyntax(p.Limits)
	if err != nil {
		return nil, err
	}
	stated := []any{"values", values, "given", limits}
	if len(p.Services) > 0 {
		services, err := e.EncodeSyntax(p.Services)
		if err != nil {
			return nil, err
		}
		stated = append(stated, "services", services)
	}
	for name, numbers := range map[string]map[string]float64{"workload": p.Workload, "database": p.Database} {
		if len(numbers) == 0 { // the typical one
			continue
		}
		expr, err := e.EncodeSyntax(numbers)
		if err != nil {
			return nil, err
		}
		stated = append(stated, name, expr)
	}
	v, err := e.Evaluate(func(s *cuemod.Statement) {
		all := slices.Concat(stated, []any{"preset", cuemod.IndexField(s.UsePackage(path), p.PresetName)})
		s.SetField("kept", ast.NewBinExpr(token.AND, s.SchemaName("#Kept"), ast.NewStruct(all...)))
	})
	if err != nil {
		return nil, err
	}
	return DecodePromises(e, v.LookupPath(cue.ParsePath("kept.bounds")))
}

// DecodePromises decodes the bounds of a deployment.
func DecodePromises(e *cuemod.Evaluator, bounds cue.Value) ([]Promise, error) {
	const doing = "read what is promised"
	fields, err := bounds.Fields()
	if err != nil {
		return nil, e.UserError(doing, err)
	}
	var all []Promise
	for fields.Next() {
		promise := Promise{Metric: fields.Selector().Unquoted()}
		if err := fields.Value().Validate(cue.Concrete(true)); err != nil {
			return nil, e.UserError(doing, err)
		}
		if err := fields.Value().Decode(&promise); err != nil {
			return nil, e.UserError(doing, err)
		}
		all = append(all, promise)
	}
	slices.SortFunc(all, func(a, b Promise) int { return cmp.Compare(a.Metric, b.Metric) })
	return all, nil
}
