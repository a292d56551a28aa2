package pages

import (
	"context"
	"errors"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// ownConfiguration names the target that is the profile's own configuration.
const ownConfiguration = "its own configuration"

// conformanceView shows the conformance of a profile with one target.
type conformanceView struct {
	Bounds  string // name of the preset with the bounds, or ownConfiguration
	Own     bool
	Verdict verdicts.Conformance
	Why     string // reason if it could not be checked
	Results []promiseResult
}

// promiseResult is a promise with the observed value.
type promiseResult struct {
	verdicts.MetricResult
	Name, Observed, Lower, Upper string
}

// checkConformance checks a profile against its own configuration and against each preset: once for each engine, which
// has the presets. 40 ms, cached 0: BenchmarkProfilePage.
func (w *engineCache) checkConformance(ctx context.Context, p *behaviour.Profile) ([]conformanceView, error) {
	ref, err := w.loadModuleData()
	if err != nil {
		return nil, err
	}
	set, err := w.pool.Borrow()
	if err != nil {
		return nil, err
	}
	if known := set.readConformance(p.ID); known != nil {
		return known, nil
	}
	assessor, err := set.loadAssessor(ctx)
	if err != nil {
		return nil, err
	}
	var all []conformanceView
	if p.Config.HasProfile() {
		all = append(all, conformanceView{Bounds: ownConfiguration, Own: true})
	}
	for _, preset := range ref.Presets {
		all = append(all, conformanceView{Bounds: preset.Name, Own: len(all) == 0 && preset.Name == p.PresetName})
	}
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
			return nil, wrapFault(err)
		}
		for _, result := range []string{"fail", "no_data", "pass"} {
			for _, m := range all[i].Verdict.MetricResults {
				if m.Result == result {
					all[i].Results = append(all[i].Results, promiseResult{m, m.Metric, formatNumber(m.ObservedValue, m.Unit),
						formatNumber(m.LowerBound, m.Unit), formatNumber(m.UpperBound, m.Unit)})
				}
			}
		}
	}
	set.cacheConformance(p.ID, all)
	return all, nil
}

// promisedBounds returns the bounds of the profile's own target by metric, and the name of
// that target.
func promisedBounds(all []conformanceView) (bounds map[string][]float64, by string) {
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
		return bounds, h.Bounds
	}
	return bounds, ""
}
