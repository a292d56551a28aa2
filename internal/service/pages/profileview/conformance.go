package profileview

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/service/evaluator"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/engines"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/plot"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// ownConfiguration names the target that is the profile's own configuration.
const ownConfiguration = "its own configuration"

// Conformance shows the conformance of a profile with one target.
type Conformance struct {
	Bounds  string // name of the preset with the bounds, or ownConfiguration
	Own     bool
	Verdict verdicts.Conformance
	Why     string // reason if it could not be checked
	Results []promiseResult
	Counts  []frame.StateCount // promises by result
}

// promiseResult is a promise with the observed value.
type promiseResult struct {
	verdicts.MetricResult
	Name, Observed, Lower, Upper string
}

// CheckConformance checks a profile against its own configuration and against each preset.
// 40 ms, cached 0: BenchmarkProfilePage.
func CheckConformance(ctx context.Context, w *engines.Pool, p *behaviour.Profile) ([]Conformance, error) {
	ref, err := w.LoadModuleData()
	if err != nil {
		return nil, err
	}
	if known, ok := w.Recall(p.ID).([]Conformance); ok && known != nil {
		return known, nil
	}
	var all []Conformance
	if p.Config.HasProfile() {
		all = append(all, Conformance{Bounds: ownConfiguration, Own: true})
	}
	for _, preset := range ref.Presets {
		all = append(all, Conformance{Bounds: preset.Name, Own: len(all) == 0 && preset.Name == p.PresetName})
	}
	err = w.Use(func(set *evaluator.Set) error {
		assessor, err := set.Assessor(ctx)
		if err != nil {
			return frame.WrapFault(err)
		}
		return fillConformance(ctx, assessor, p, all)
	})
	if err != nil {
		return nil, err
	}
	w.Remember(p.ID, all)
	return all, nil
}

// fillConformance checks a profile against each of the bounds.
func fillConformance(ctx context.Context, assessor *verdicts.Assessor, p *behaviour.Profile, all []Conformance) (err error) {
	for i := range all {
		target := verdicts.Target{}
		if h := all[i]; h.Bounds != ownConfiguration {
			target.Preset = h.Bounds
		}
		all[i].Verdict, err = assessor.Conformance(ctx, *p, target)
		var input *source.Error
		if errors.As(err, &input) {
			// the stored configuration can come from another version of temporal-dsql
			all[i].Why, all[i].Verdict.Label = err.Error(), verdicts.Inconclusive
			continue
		}
		if err != nil {
			return frame.WrapFault(err)
		}
		for _, result := range []string{"fail", "no_data", "pass"} {
			n := 0
			for _, m := range all[i].Verdict.MetricResults {
				if m.Result == result {
					all[i].Results = append(all[i].Results, promiseResult{m, m.Metric, plot.FormatNumber(m.ObservedValue, m.Unit),
						plot.FormatNumber(m.LowerBound, m.Unit), plot.FormatNumber(m.UpperBound, m.Unit)})
					n++
				}
			}
			if n > 0 {
				all[i].Counts = append(all[i].Counts, frame.StateCount{State: result, N: n})
			}
		}
	}
	return nil
}

// promises are the bounds of a profile's own target.
type promises struct {
	target string               // name of the target; "" without one
	bounds map[string][]float64 // by metric
	broken map[string]brokenPromise
}

// brokenPromise is a promise that its metric does not keep.
type brokenPromise struct {
	mark   plot.OutsideMark
	text   string
	excess float64 // distance from the bound, relative to it
}

// findPromises returns the promises of the profile's own target.
func findPromises(all []Conformance) promises {
	p := promises{bounds: map[string][]float64{}, broken: map[string]brokenPromise{}}
	at := slices.IndexFunc(all, func(h Conformance) bool { return h.Own })
	if at < 0 {
		return p
	}
	p.target = all[at].Bounds
	for _, r := range all[at].Results {
		for _, b := range []*float64{r.LowerBound, r.UpperBound} {
			if b != nil {
				p.bounds[r.Metric] = append(p.bounds[r.Metric], *b)
			}
		}
		if r.Result == "fail" && r.ObservedValue != nil && r.Excess != nil {
			p.broken[r.Metric] = newBrokenPromise(r)
		}
	}
	return p
}

func newBrokenPromise(r promiseResult) brokenPromise {
	isBelow := r.LowerBound != nil && *r.ObservedValue < *r.LowerBound
	bound, limit := r.UpperBound, "at most "+r.Upper
	if isBelow {
		bound, limit = r.LowerBound, "at least "+r.Lower
	}
	if bound == nil {
		return brokenPromise{} // a result of another version of the policies
	}
	excess := math.Inf(1)
	if *bound != 0 {
		excess = *r.Excess / math.Abs(*bound)
	}
	return brokenPromise{
		plot.OutsideMark{Bound: *bound, IsBelow: isBelow, IsSet: true},
		r.Statistic + " " + r.Observed + ", " + limit,
		excess,
	}
}
