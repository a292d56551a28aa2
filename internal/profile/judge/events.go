package judge

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
)

// Events are the totals of a counter that is too rare for a series.
type Events struct {
	Old float64 `json:"old"`
	New float64 `json:"new"`
	// exact two-sided p-value of the rate ratio
	P float64 `json:"p"`
	// too few for a verdict
	TooFew bool `json:"too_few"`
}

// countEvents judges a rate by its event totals if they are small.
func (r *Result) countEvents(m Metric, before, after Window, scale float64, o catalogue.Thresholds) {
	if m.Kind != Rate || before.Seconds <= 0 || after.Seconds <= 0 {
		return
	}
	exposure := [2]float64{before.Seconds * sampleCoverage(before), after.Seconds * sampleCoverage(after) / scale}
	e := Events{Old: *before.Mean * exposure[0], New: *after.Mean * after.Seconds * sampleCoverage(after)}
	if max(e.Old, e.New) >= o.Sparse {
		return
	}
	e.TooFew = e.Old+e.New < o.MinEvents
	e.P = poissonRatio(e.Old, e.New, exposure[0], exposure[1])
	r.Events = &e
}

// poissonRatio tests whether two counts have the same rate. Given their sum, one count is binomial. All splits as
// unlikely as this one count, as in R's poisson.test.
func poissonRatio(x, y, over, under float64) float64 {
	x, y = math.Round(x), math.Round(y)
	if x+y == 0 {
		return 1
	}
	b := distuv.Binomial{N: x + y, P: under / (over + under)}
	seen, p := b.Prob(y)*(1+1e-7), 0.0
	for k := 0.0; k <= x+y; k++ {
		if q := b.Prob(k); q <= seen {
			p += q
		}
	}
	return min(1, p)
}
