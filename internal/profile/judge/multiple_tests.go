package judge

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
)

// Adjust corrects p-values of many tests by Benjamini and Hochberg's step-up procedure: of those at most q, a share
// of at most q is false.
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

// IsWeighed reports whether the verdict on a metric depends on the evidence of others.
func (r Result) IsWeighed() bool {
	return !r.Critical && (r.Verdict == Improved || r.Verdict == Regressed)
}

// Family weighs results together. Of many metrics some differ by chance, so non-critical ones need stronger evidence
// the more there are.
func Family(results []Result, o catalogue.Thresholds) []Result {
	results = slices.Clone(results)
	var at []int
	var p []float64
	for i, r := range results {
		if !r.Critical && r.Bootstrap != nil {
			at, p = append(at, i), append(p, r.pValue())
		}
	}
	for i, q := range Adjust(p) {
		r := &results[at[i]]
		r.AdjustedP = &q
		if q > o.Alpha && r.IsWeighed() {
			r.Verdict = Inconclusive
			r.Because = fmt.Sprintf(
				"among %d metrics some differ this much by chance (p = %s, adjusted %s)",
				len(p),
				formatNumber(r.pValue()),
				formatNumber(q),
			)
			*r = r.withConclusion()
		}
	}
	return results
}

// pValue returns the p-value that a verdict rests on.
func (r Result) pValue() float64 {
	if r.Events != nil {
		return max(r.Bootstrap.P, r.Events.P)
	}
	return r.Bootstrap.P
}
