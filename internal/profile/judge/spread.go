package judge

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// Dispersion reports whether values spread more or less, wherever their centre is.
type Dispersion struct {
	// mean distance from the median, new over old; null if the old one is zero
	Ratio *float64 `json:"ratio" jsonschema:"nullable"`
	// Brown and Forsythe's F and p, which assume independent samples
	F float64 `json:"f"`
	P float64 `json:"p"`
	// p of the block bootstrap of the distances; null if not needed for the verdict
	BlockP  *float64 `json:"block_p" jsonschema:"nullable"`
	Verdict string   `json:"verdict"` // wider, narrower or alike
}

// Verdicts of a dispersion.
const (
	Wider    = "wider"
	Narrower = "narrower"
	Alike    = "alike"
)

// BrownForsythe tests whether groups spread alike, by an analysis of variance of the distances from their medians.
func BrownForsythe(groups ...[]float64) (f, p float64) {
	distances := make([][]float64, len(groups))
	for i, g := range groups {
		distances[i] = distancesFrom(behaviour.Quantile(slices.Sorted(slices.Values(g)), 0.5), g)
	}
	return brownForsytheF(distances...)
}

func brownForsytheF(distances ...[]float64) (f, p float64) {
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

func distancesFrom(median float64, values []float64) []float64 {
	distances := make([]float64, len(values))
	for i, v := range values {
		distances[i] = math.Abs(v - median)
	}
	return distances
}

// compareSpread compares the distances of values from the medians of their windows.
func (r *Result) compareSpread(a, b []float64, p pooledSamples, o catalogue.Thresholds) {
	s := Dispersion{Verdict: Alike}
	x, y := distancesFrom(behaviour.Quantile(p.a, 0.5), a), distancesFrom(behaviour.Quantile(p.b, 0.5), b)
	s.F, s.P = brownForsytheF(x, y)
	old, now := stat.Mean(x, nil), stat.Mean(y, nil)
	if old > 0 {
		ratio := now / old
		s.Ratio = &ratio
	}
	matters := max(old, now) >= min(old, now)*o.SpreadRatio && math.Abs(now-old) >= r.Floor.Absolute
	if matters && s.P <= o.Alpha {
		block := bootstrapMeans(x, y, o).P
		if s.BlockP = &block; block <= o.Alpha {
			s.Verdict = map[int]string{1: Wider, -1: Narrower, 0: Alike}[cmp.Compare(now, old)]
		}
	}
	r.Spread = &s
}
