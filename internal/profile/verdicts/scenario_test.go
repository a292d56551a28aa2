package verdicts_test

import (
	"context"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts/verdictstest"
)

// Health and candidates at another load: docs/comparing-windows.md has the table.
func TestHealthAtAnotherLoad(t *testing.T) {
	const started, latency = "throughput.workflows_started_per_sec", "latency.persistence_latency_p99"
	const exhausted = "errors.exhausted_retries_per_sec"
	w := newWorld(t)
	comparer, err := compare.New(w.engine)
	if err != nil {
		t.Fatal(err)
	}
	before := w.profile(t, "mid-scale")
	// the levels of everything that goes with the load
	atLoad := func(times float64) map[string]float64 {
		levels := map[string]float64{}
		for _, m := range w.metrics {
			if m.Load == judge.Free {
				continue
			}
			for category, all := range before.Telemetry {
				for name, s := range all {
					if full := category + "." + name; full == m.Name ||
						m.Per != "" && len(full) > len(m.Name) && full[:len(m.Name)+1] == m.Name+"." {
						levels[full] = times * *s.Mean
					}
				}
			}
		}
		return levels
	}
	with := func(levels map[string]float64, changes map[string]float64) map[string]float64 {
		maps.Copy(levels, changes)
		return levels
	}
	missing := map[string]float64{
		started: math.NaN(), "throughput.state_transitions_per_sec": math.NaN(), "throughput.workflows_completed_per_sec": math.NaN(),
	}
	for _, x := range []struct {
		name       string
		levels     map[string]float64
		health     string
		candidates []string
	}{
		{"the same load", atLoad(1), verdicts.Healthy, nil},
		{"2.5 times the load", atLoad(2.5), verdicts.Healthy, nil},
		{"2.5 times the load and a slow database", with(atLoad(2.5), map[string]float64{latency: 400}), verdicts.Critical, []string{started}},
		{"half the load", atLoad(0.5), verdicts.Healthy, nil},
		{"half the load and a slow database", with(atLoad(0.5), map[string]float64{latency: 400}), verdicts.Critical, nil},
		{"no load series", with(atLoad(1), missing), verdicts.Unknown, nil},
		{"no load series and a slow database", with(atLoad(1), with(map[string]float64{latency: 400}, missing)), verdicts.Critical, nil},
		{"the same load and many more exhausted retries", with(atLoad(1), map[string]float64{exhausted: 5}), verdicts.Critical, nil},
	} {
		after, err := verdictstest.Profile(w.engine, compile.Request{Preset: "mid-scale"}, x.levels)
		if err != nil {
			t.Fatal(err)
		}
		after = later(after)
		c, err := comparer.Compare(before, after, compare.Options{})
		if err != nil {
			t.Fatal(err)
		}
		h, err := w.Drift(context.Background(), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, candidate := range h.Candidates {
			keys = append(keys, candidate.Key)
		}
		if h.Health != x.health || !slices.Equal(keys, x.candidates) {
			t.Errorf("%s: %s, not %s; candidates %v, not %v", x.name, h.Summary, x.health, keys, x.candidates)
			for _, d := range slices.Concat(h.Drifted, h.Unknown) {
				t.Log(d.Sentence)
			}
		}
	}
}

// later moves a profile by an hour.
func later(p behaviour.Profile) behaviour.Profile {
	p.ID = "0193a5f2-0000-7000-8000-000000000002"
	p.WindowStart, p.WindowEnd = p.WindowStart.Add(time.Hour), p.WindowEnd.Add(time.Hour)
	for _, all := range p.Telemetry {
		for name, s := range all {
			for i := range s.Series {
				s.Series[i].Time += 3600
			}
			all[name] = s
		}
	}
	return p
}
