package judge

import (
	"cmp"
	"fmt"
	"slices"
)

// Adjust makes p-values of many tests comparable by Benjamini and Hochberg's
// step-up: of those at most q, at most a share of q is false.
func Adjust(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[b], p[a]) })
	adjusted, least := make([]float64, len(p)), 1.0
	for i, at := range order {
		least = min(least, p[at]*float64(len(p))/float64(len(p)-i))
		adjusted[at] = least
	}
	return adjusted
}

// Weighed reports whether the verdict on a metric depends on the evidence of others.
func (r Result) Weighed() bool {
	return !r.Critical && (r.Verdict == Improved || r.Verdict == Regressed)
}

// Family weighs results together: of many metrics that are not critical some
// differ by chance, so that each must be the more certain the more there are.
func Family(results []Result, o Options) []Result {
	results = slices.Clone(results)
	var at []int
	var p []float64
	for i, r := range results {
		if !r.Critical && r.Bootstrap != nil {
			at, p = append(at, i), append(p, r.p())
		}
	}
	for i, q := range Adjust(p) {
		r := &results[at[i]]
		r.AdjustedP = &q
		if q > o.Alpha && r.Weighed() {
			r.Verdict = Inconclusive
			r.Because = fmt.Sprintf("of %d metrics some differ as much by chance (p = %s, adjusted %s)", len(p), number(r.p()), number(q))
			*r = r.conclude()
		}
	}
	return results
}

// p of the evidence that a verdict rests on.
func (r Result) p() float64 {
	if r.Events != nil {
		return max(r.Bootstrap.P, r.Events.P)
	}
	return r.Bootstrap.P
}
