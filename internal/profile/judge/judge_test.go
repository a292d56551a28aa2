package judge_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
)

// options are the shipped ones.
func options(t testing.TB) catalogue.Thresholds {
	t.Helper()
	j, err := compile.Embedded().Thresholds()
	if err != nil {
		t.Fatal(err)
	}
	return j
}

var (
	latency = judge.Metric{
		Name:     "a latency",
		Unit:     "ms",
		Kind:     "quantile",
		Polarity: judge.Lower,
		Floor:    catalogue.Floor{Relative: 0.2, Absolute: 5},
		Critical: true,
		Load:     judge.Free,
	}
	syncMatch = judge.Metric{
		Name:     "a share",
		Unit:     "ratio",
		Kind:     "ratio",
		Polarity: judge.Higher,
		Floor:    catalogue.Floor{Relative: 0.05, Absolute: 0.02},
		Critical: true,
		Load:     judge.Free,
	}
	failures = judge.Metric{
		Name:     "failures",
		Unit:     "1/s",
		Kind:     judge.Rate,
		Polarity: judge.Lower,
		Floor:    catalogue.Floor{Relative: 0.5, Absolute: 0.01},
		Critical: true,
		Load:     judge.Scales,
	}
)

// window of a value a minute.
func window(values ...float64) judge.Window {
	points := make([]behaviour.Point, len(values))
	for i, v := range values {
		points[i] = behaviour.Point{Time: int64(60 * i), Value: v}
	}
	return judge.Window{Summary: behaviour.Summarise(points, len(values)), Seconds: float64(60 * len(values))}
}

// loaded is a window at a load of one.
func loaded(values ...float64) judge.Window {
	w, load := window(values...), 1.0
	w.Load = &load
	return w
}

// noise around a level, each value by itself.
func noise(seed uint64, n int, level, deviation float64) []float64 {
	random, values := rand.New(rand.NewPCG(seed, 1)), make([]float64, n)
	for i := range values {
		values[i] = level + deviation*random.NormFloat64()
	}
	return values
}

// drifting is noise whose neighbours go together.
func drifting(seed uint64, n int, level, deviation, correlation float64) []float64 {
	values, at := noise(seed, n, 0, deviation*math.Sqrt(1-correlation*correlation)), 0.0
	for i, v := range values {
		at = correlation*at + v
		values[i] = level + at
	}
	return values
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		name          string
		metric        judge.Metric
		before, after judge.Window
		verdict       judge.Verdict
		says          string
	}{
		{"twice the latency", latency, window(noise(1, 60, 100, 10)...), window(noise(2, 60, 200, 10)...), judge.Regressed, "from 99"},
		{"half of it", latency, window(noise(1, 60, 100, 10)...), window(noise(2, 60, 50, 10)...), judge.Improved, "-5"},
		{"5 % more", latency, window(noise(1, 60, 100, 1)...), window(noise(2, 60, 105, 1)...), judge.Unchanged, "too small to matter"},
		{
			"three times nearly nothing", latency, window(noise(1, 60, 1, 0.1)...), window(noise(2, 60, 3, 0.1)...),
			judge.Unchanged, "too small to matter",
		},
		{
			"a rising share of sync matches", syncMatch, window(noise(1, 60, 0.8, 0.01)...),
			window(noise(2, 60, 0.95, 0.01)...), judge.Improved, "",
		},
		{"a falling one", syncMatch, window(noise(1, 60, 0.95, 0.01)...), window(noise(2, 60, 0.8, 0.01)...), judge.Regressed, ""},
		{"nothing to something small", failures, loaded(make([]float64, 60)...), loaded(noise(1, 60, 0.009, 0.0001)...), judge.Unchanged, ""},
		{
			"nothing to something that matters", failures, loaded(make([]float64, 60)...),
			loaded(noise(1, 60, 0.2, 0.02)...), judge.Regressed, "from 0 to",
		},
		{"nothing and nothing", failures, window(make([]float64, 60)...), window(make([]float64, 60)...), judge.Unchanged, ""},
		{
			"no data", latency, window(noise(1, 60, 100, 10)...),
			judge.Window{Summary: behaviour.MissingSummary("it is not exported", 60)}, judge.NoData,
			"the new window has no data: it is not exported",
		},
		{
			"a handful of samples", latency, window(noise(1, 7, 100, 10)...), window(noise(2, 7, 200, 10)...),
			judge.Inconclusive, "7 samples: at least 8 are needed; two windows of 8 minutes would decide",
		},
		{
			"few samples that are clear", latency, window(noise(1, 8, 100, 10)...), window(noise(2, 8, 200, 10)...),
			judge.Regressed, "100 % of all pairs",
		},
		{
			"few samples that overlap", latency, window(noise(1, 12, 100, 30)...), window(noise(2, 12, 135, 30)...),
			judge.Inconclusive, "minutes would decide, if they continue like this",
		},
		{
			"few samples of conflicts, forty times as many", failures, loaded(noise(1, 25, 0.5, 0.1)...), loaded(noise(2, 25, 20, 4)...),
			judge.Regressed, "",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := judge.Compare(c.metric, c.before, c.after, nil, options(t))
			if got.Verdict != c.verdict || !strings.Contains(got.Sentence, c.says) {
				t.Errorf("%s: %s", got.Verdict, got.Sentence)
			}
		})
	}
}

func TestCompareIsDeterministic(t *testing.T) {
	one := func() string {
		text, err := json.Marshal(
			judge.Compare(latency, window(drifting(1, 200, 100, 20, 0.8)...), window(drifting(2, 200, 140, 20, 0.8)...), nil, options(t)),
		)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if a, b := one(), one(); a != b {
		t.Errorf("%s\n%s", a, b)
	}
}

func BenchmarkCompare(b *testing.B) {
	o := options(b)
	before, after := window(drifting(1, 240, 100, 20, 0.8)...), window(drifting(2, 240, 140, 20, 0.8)...)
	var earlier []judge.Window
	for i := range uint64(10) {
		earlier = append(earlier, window(drifting(10+i, 240, 100, 20, 0.8)...))
	}
	for b.Loop() {
		judge.Compare(latency, before, after, judge.SummarisePast(earlier, o), o)
	}
}
