package main

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
)

// contender decides which way the second window differs: 1 up, -1 down, 0 not.
type contender struct {
	name   string
	differ func(a, b judge.Window, earlier []judge.PastWindow) int
}

// gauge is the metric that all series are judged as: a difference of a fifth matters.
var gauge = judge.Metric{Name: "series", Kind: "gauge", Polarity: judge.Lower, Floor: catalogue.Floor{Relative: 0.2}, Load: judge.Free}

func listContenders(o catalogue.Thresholds) []contender {
	return []contender{
		{"this judge", judgeAll(o)},
		{fmt.Sprintf("this judge, %d earlier windows", behaviour.EarlierWindows), asShipped(o)},
		{"20 % of the mean", func(a, b judge.Window, _ []judge.PastWindow) int {
			d := *b.Mean - *a.Mean
			if math.Abs(d) <= 0.2*math.Abs(*a.Mean) {
				return 0
			}
			return signOf(d)
		}},
		{"Mann-Whitney", func(a, b judge.Window, _ []judge.PastWindow) int {
			x, y := seriesValues(a), seriesValues(b)
			u, p, _ := judge.MannWhitney(x, y)
			if p > 0.05 {
				return 0
			}
			return signOf(u - float64(len(x)*len(y))/2)
		}},
		{"Kayenta's rule", func(a, b judge.Window, _ []judge.PastWindow) int {
			return kayentaVerdict(seriesValues(a), seriesValues(b))
		}},
	}
}

// judgeAll uses the judge with all earlier windows.
func judgeAll(o catalogue.Thresholds) func(a, b judge.Window, earlier []judge.PastWindow) int {
	return func(a, b judge.Window, earlier []judge.PastWindow) int {
		o := o
		// also judge windows with fewer samples than the judge requires, for comparison
		o.MinSamples = min(o.MinSamples, a.Samples)
		switch judge.Decide(gauge, a, b, earlier, o).Verdict {
		case judge.Regressed:
			return 1
		case judge.Improved:
			return -1
		}
		return 0
	}
}

// asShipped uses as many earlier windows as the product.
func asShipped(o catalogue.Thresholds) func(a, b judge.Window, earlier []judge.PastWindow) int {
	all := judgeAll(o)
	return func(a, b judge.Window, earlier []judge.PastWindow) int {
		return all(a, b, earlier[max(0, len(earlier)-behaviour.EarlierWindows):])
	}
}

// kayentaVerdict applies the rule of NetflixACAJudge-v1.0: the 98 % Mann-Whitney interval of the shift is beyond a
// quarter of the shift itself.
func kayentaVerdict(a, b []float64) int {
	n, m := float64(len(a)), float64(len(b))
	differences := make([]float64, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			differences = append(differences, y-x)
		}
	}
	slices.Sort(differences)
	middle := stat.Quantile(0.5, stat.LinInterp, differences, nil)
	half := distuv.UnitNormal.Quantile(0.99) * math.Sqrt(n*m*(n+m+1)/12)
	at := min(max(int(math.Floor(n*m/2-half)), 0), len(differences)-1)
	lower, upper := differences[at], differences[len(differences)-1-at]
	tolerance := 0.25 * math.Abs(middle)
	switch {
	case lower > tolerance:
		return 1
	case upper < -tolerance:
		return -1
	}
	return 0
}

func signOf(x float64) int {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

func seriesValues(w judge.Window) []float64 {
	all := make([]float64, len(w.Series))
	for i, p := range w.Series {
		all[i] = p.Value
	}
	return all
}
