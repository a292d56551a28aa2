package pages

import (
	"context"
	"errors"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A held profile is one against what a target promises.
type held struct {
	Of      string // the preset, or what it was configured by
	Own     bool
	Verdict verdicts.Conformance
	Why     string // where it could not be held
	Results []resultOf
}

// A resultOf is a promise and what was observed.
type resultOf struct {
	verdicts.MetricResult
	Name, Observed, Lower, Upper string
}

// conformance holds a profile against what it was configured by, and against
// each preset.
func (w *workshop) conformance(ctx context.Context, p *behaviour.Profile) ([]held, error) {
	ref, err := w.refer()
	if err != nil {
		return nil, err
	}
	assessor, err := w.assessor(ctx)
	if err != nil {
		return nil, err
	}
	var all []held
	if len(p.Config.Profile) > 0 && string(p.Config.Profile) != "null" {
		all = append(all, held{Of: "what it was configured by", Own: true})
	}
	for _, preset := range ref.Presets {
		all = append(all, held{Of: preset.Name, Own: len(all) == 0 && preset.Name == p.PresetName})
	}
	for i := range all {
		target := verdicts.Target{}
		if h := all[i]; h.Of != "what it was configured by" {
			target.Preset = h.Of
		}
		all[i].Verdict, err = assessor.Conformance(ctx, *p, target)
		var input *source.Error
		if errors.As(err, &input) {
			// what it was configured by may be of another version of this product
			all[i].Why, all[i].Verdict.Label = err.Error(), verdicts.Inconclusive
			continue
		}
		if err != nil {
			return nil, fault(err)
		}
		for _, result := range []string{"fail", "no_data", "pass"} {
			for _, m := range all[i].Verdict.MetricResults {
				if m.Result == result {
					all[i].Results = append(all[i].Results, resultOf{m, m.Metric, number(m.ObservedValue, m.Unit), number(m.LowerBound, m.Unit), number(m.UpperBound, m.Unit)})
				}
			}
		}
	}
	return all, nil
}

// promisedOf are the bounds by metric of what a profile is held to first of all,
// and what that is.
func promisedOf(all []held) (bounds map[string][]float64, by string) {
	bounds = map[string][]float64{}
	for _, h := range all {
		if !h.Own {
			continue
		}
		for _, r := range h.Results {
			for _, b := range []*float64{r.LowerBound, r.UpperBound} {
				if b != nil {
					bounds[r.Metric] = append(bounds[r.Metric], *b)
				}
			}
		}
		return bounds, h.Of
	}
	return bounds, ""
}
