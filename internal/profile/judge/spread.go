package judge

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// Dispersion tells whether the values scatter more or less, whatever their middle.
type Dispersion struct {
	// mean distance from the median, new over old; null where the old one is zero
	Ratio *float64 `json:"ratio" jsonschema:"nullable"`
	// Brown and Forsythe's F and its p, which take samples as independent
	F float64 `json:"f"`
	P float64 `json:"p"`
	// p of the block bootstrap of the distances; null where the others tell enough
	BlockP  *float64 `json:"block_p" jsonschema:"nullable"`
	Verdict string   `json:"verdict"` // wider, narrower or alike
}

// Verdicts of a dispersion.
const (
	Wider    = "wider"
	Narrower = "narrower"
	Alike    = "alike"
)

// BrownForsythe tests whether groups scatter alike: the F of an analysis of
// variance of their distances from their own medians.
func BrownForsythe(groups ...[]float64) (f, p float64) {
	distances := make([][]float64, len(groups))
	for i, g := range groups {
		distances[i] = from(behaviour.Quantile(slices.Sorted(slices.Values(g)), 0.5), g)
	}
	return ofDistances(distances...)
}

func ofDistances(distances ...[]float64) (f, p float64) {
	overall, n := 0.0, 0
	for _, d := range distances {
		overall += stat.Mean(d, nil) * float64(len(d))
		n += len(d)
	}
	overall /= float64(n)
	between, within := 0.0, 0.0
	for _, d := range distances {
		mean := stat.Mean(d, nil)
		between += float64(len(d)) * (mean - overall) * (mean - overall)
		for _, v := range d {
			within += (v - mean) * (v - mean)
		}
	}
	d1, d2 := float64(len(distances)-1), float64(n-len(distances))
	switch {
	case between == 0:
		return 0, 1
	case within == 0:
		return math.MaxFloat64, 0
	}
	f = between / d1 / (within / d2)
	return f, distuv.F{D1: d1, D2: d2}.Survival(f)
}

func from(median float64, values []float64) []float64 {
	distances := make([]float64, len(values))
	for i, v := range values {
		distances[i] = math.Abs(v - median)
	}
	return distances
}

// spread compares how far values lie from the medians of their windows.
func (r *Result) spread(a, b []float64, p pooled, o Options) {
	s := Dispersion{Verdict: Alike}
	x, y := from(behaviour.Quantile(p.a, 0.5), a), from(behaviour.Quantile(p.b, 0.5), b)
	s.F, s.P = ofDistances(x, y)
	old, now := stat.Mean(x, nil), stat.Mean(y, nil)
	if old > 0 {
		ratio := now / old
		s.Ratio = &ratio
	}
	matters := max(old, now) >= min(old, now)*o.SpreadRatio && math.Abs(now-old) >= r.Floor.Absolute
	if matters && s.P <= o.Alpha {
		block := bootstrap(x, y, o).P
		if s.BlockP = &block; block <= o.Alpha {
			s.Verdict = map[int]string{1: Wider, -1: Narrower, 0: Alike}[cmp.Compare(now, old)]
		}
	}
	r.Spread = &s
}
