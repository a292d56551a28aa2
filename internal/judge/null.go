package judge

import (
	"math"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/behaviour"
)

// A Null is what earlier windows tell of usual differences.
type Null struct {
	// earlier windows that have data
	Windows int `json:"windows"`
	// the share of usual differences that this one exceeds
	Quantile float64 `json:"quantile"`
	// the usual difference that it must exceed, as a share of the level
	Limit  float64 `json:"limit"`
	Effect float64 `json:"effect"`
	Beyond bool    `json:"beyond"`
}

// recall holds the effect against those between earlier windows, one to the next.
func (r *Result) recall(m Metric, before, after Window, scale float64, earlier []Window, o Options) {
	var levels []float64
	for _, w := range append(slices.Clone(earlier), before) {
		if w.Mean == nil || coverage(w) < o.MinCoverage {
			continue
		}
		level := *w.Mean
		if m.Load == Scales && w.Load != nil && *w.Load > 0 && before.Load != nil {
			level *= *before.Load / *w.Load
		}
		levels = append(levels, level)
	}
	if len(levels)-1 < o.MinEarlier || coverage(before) < o.MinCoverage {
		return
	}
	usual := make([]float64, 0, len(levels)-1)
	for i := 1; i < len(levels); i++ {
		usual = append(usual, distance(levels[i-1], levels[i], m.Floor.Absolute))
	}
	slices.Sort(usual)
	n := Null{Windows: len(levels) - 1, Effect: distance(levels[len(levels)-1], *after.Mean*scale, m.Floor.Absolute)}
	below, _ := slices.BinarySearch(usual, n.Effect)
	n.Quantile = float64(below) / float64(len(usual))
	n.Limit = behaviour.Quantile(usual, o.NullQuantile)
	n.Beyond = n.Effect > n.Limit
	r.Null = &n
}

// distance of two levels as a share of them, either way the same; below the
// floor no level is small.
func distance(a, b, floor float64) float64 {
	if a == b {
		return 0
	}
	return math.Abs(math.Log(max(math.Abs(b), floor, math.SmallestNonzeroFloat64) / max(math.Abs(a), floor, math.SmallestNonzeroFloat64)))
}

func coverage(w Window) float64 {
	if w.Expected == 0 {
		return 0
	}
	return float64(w.Samples) / float64(w.Expected)
}
