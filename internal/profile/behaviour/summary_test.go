package behaviour_test

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// series makes samples a minute apart.
func series(values ...float64) []behaviour.Point {
	points := make([]behaviour.Point, len(values))
	for i, v := range values {
		points[i] = behaviour.Point{Time: int64(1_769_180_700 + 60*i), Value: v}
	}
	return points
}

// By hand: of 1, 2, 3, 4 and 10 the 95th percentile lies at 0.95 * 4 = 3.8, so
// 0.8 of the way from 4 to 10.
func TestSummaryByHand(t *testing.T) {
	s := behaviour.Summarise(series(3, 1, 10, 2, 4), 5)
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"min", *s.Min, 1}, {"max", *s.Max, 10}, {"mean", *s.Mean, 4},
		{"p50", *s.P50, 3}, {"p95", *s.P95, 8.8}, {"p99", *s.P99, 9.76},
	} {
		if math.Abs(c.got-c.want) > 1e-12 {
			t.Errorf("%s is %v, not %v", c.name, c.got, c.want)
		}
	}
	if s.Status != behaviour.OK || s.Reason != "" || s.Samples != 5 || s.Expected != 5 || s.Dropped != 0 {
		t.Errorf("%+v", s)
	}
}

func TestSummaryOfWhatIsMissing(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		name     string
		samples  []behaviour.Point
		expected int
		status   string
		reason   string
		dropped  int
	}{
		{"nothing", nil, 40, behaviour.NoData, "there are no samples", 0},
		{"no traffic", series(nan, nan), 2, behaviour.NoData, "none of the 2 samples is a number: nothing happened to measure", 2},
		{"a gap", series(1, 2), 3, behaviour.Partial, "1 of 3 samples are missing", 0},
		{"no number", series(1, inf, 2, nan), 5, behaviour.Partial, "3 of 5 samples are missing, 2 of them not finite numbers", 2},
		{"zeros are data", series(0, 0), 2, behaviour.OK, "", 0},
	} {
		s := behaviour.Summarise(c.samples, c.expected)
		if s.Status != c.status || s.Reason != c.reason || s.Dropped != c.dropped || s.Expected != c.expected {
			t.Errorf("%s: %+v", c.name, s)
		}
	}
}

// A day at a sample every 15 s is kept as 240 points, each the mean of 24.
func TestSummaryDownsamples(t *testing.T) {
	values := make([]float64, 5760)
	for i := range values {
		values[i] = float64(i)
	}
	s := behaviour.Summarise(series(values...), len(values))
	if len(s.Series) != 240 || s.Series[0].Value != 11.5 || s.Series[239].Time != series(values...)[5759].Time {
		t.Errorf("%d points, the first %v", len(s.Series), s.Series[0])
	}
	if *s.Max != 5759 || s.Samples != 5760 {
		t.Errorf("aggregates are not of all samples: %v of %d", *s.Max, s.Samples)
	}
}

func samples() *rapid.Generator[[]behaviour.Point] {
	value := rapid.OneOf(
		rapid.Float64(),
		rapid.Float64Range(0, 1000),
		rapid.SampledFrom(
			[]float64{0, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64},
		),
	)
	return rapid.Map(rapid.SliceOfN(value, 0, 600), func(values []float64) []behaviour.Point { return series(values...) })
}

// A summary has all that its status promises, whatever was sampled, and survives JSON.
func TestP14TelemetrySummaryComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := samples().Draw(t, "samples")
		s := behaviour.Summarise(in, rapid.IntRange(0, 700).Draw(t, "expected"))
		if err := s.Check(); err != nil {
			t.Fatalf("%v: %+v", err, s)
		}
		numbers := 0
		for _, p := range in {
			if !math.IsNaN(p.Value) && !math.IsInf(p.Value, 0) {
				numbers++
			}
		}
		if s.Samples != numbers || s.Samples+s.Dropped != len(in) || s.Expected < len(in) {
			t.Fatalf("%d numbers of %d: %+v", numbers, len(in), s)
		}
		if (s.Status == behaviour.NoData) != (numbers == 0) {
			t.Fatalf("%d numbers are %s", numbers, s.Status)
		}
		for i, p := range s.Series {
			if p.Value < *s.Min || p.Value > *s.Max || i > 0 && p.Time <= s.Series[i-1].Time {
				t.Fatalf("point %v is out of place", p)
			}
		}
		var back behaviour.Summary
		same(t, s, &back)
	})
}

// A quantile is one of R-7: of n equal steps from 0 to 1, it is q itself.
func TestQuantileDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, q := rapid.IntRange(1, 500).Draw(t, "steps"), rapid.Float64Range(0, 1).Draw(t, "q")
		sorted := make([]float64, n+1)
		for i := range sorted {
			sorted[i] = float64(i) / float64(n)
		}
		if got := behaviour.Quantile(sorted, q); math.Abs(got-q) > 1e-9 {
			t.Fatalf("the %v-quantile of %d steps is %v", q, n, got)
		}
	})
}

func TestSummaryCheckRefuses(t *testing.T) {
	good := behaviour.Summarise(series(1, 2, 3), 4)
	for name, spoil := range map[string]func(*behaviour.Summary){
		"status":    func(s *behaviour.Summary) { s.Status = "fine" },
		"reason":    func(s *behaviour.Summary) { s.Reason = "" },
		"aggregate": func(s *behaviour.Summary) { s.P95 = nil },
		"order":     func(s *behaviour.Summary) { s.P50, s.P99 = s.Max, s.Min },
		"mean":      func(s *behaviour.Summary) { m := *s.Max + 1; s.Mean = &m },
		"samples":   func(s *behaviour.Summary) { s.Samples = 5 },
		"complete":  func(s *behaviour.Summary) { s.Status = behaviour.OK },
		"series":    func(s *behaviour.Summary) { s.Series = nil },
		"no data":   func(s *behaviour.Summary) { s.Status = behaviour.NoData },
		"silent":    func(s *behaviour.Summary) { *s = behaviour.MissingSummary("", 4) },
		"with series": func(s *behaviour.Summary) {
			series := s.Series
			*s = behaviour.MissingSummary("gone", 4)
			s.Series = series
		},
	} {
		s := good
		spoil(&s)
		if s.Check() == nil {
			t.Errorf("%s: %+v passes", name, s)
		}
	}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
}

// same fails unless a value is the same after a trip through JSON.
func same[T any](t *rapid.T, v T, back *T) {
	first, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(first, back); err != nil {
		t.Fatalf("%v: %s", err, first)
	}
	second, err := json.Marshal(back)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(first, second) {
		t.Fatalf("written: %s\nread back: %s", first, second)
	}
}
