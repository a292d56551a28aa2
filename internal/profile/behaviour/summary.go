package behaviour

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// MaxPoints is the most that a summary's series has: a point every six minutes
// of the longest window.
const MaxPoints = 240

// QuantileDefinition names how quantiles are taken of samples: Hyndman and Fan's
// seventh, linear between the two nearest samples, as Prometheus'
// quantile_over_time and NumPy do.
const QuantileDefinition = "R-7"

// Summarise tells a metric's samples over a window that has room for expected
// ones. A sample that is no finite number is left out and counted.
func Summarise(samples []Point, expected int) Summary {
	s := Summary{Expected: max(expected, len(samples)), Scope: []string{}, Series: []Point{}}
	finite := make([]Point, 0, len(samples))
	for _, p := range samples {
		if math.IsNaN(p.Value) || math.IsInf(p.Value, 0) {
			s.Dropped++
			continue
		}
		finite = append(finite, p)
	}
	s.Samples = len(finite)
	if len(finite) == 0 {
		s.Status, s.Reason = NoData, "there are no samples"
		if s.Dropped > 0 {
			s.Reason = fmt.Sprintf("none of the %d samples is a number: nothing happened that it could measure", s.Dropped)
		}
		return s
	}
	slices.SortStableFunc(finite, func(a, b Point) int { return cmp.Compare(a.Time, b.Time) })
	sorted := make([]float64, len(finite))
	for i, p := range finite {
		sorted[i] = p.Value
	}
	m := mean(sorted)
	slices.Sort(sorted)
	least, most := sorted[0], sorted[len(sorted)-1]
	p50, p95, p99 := Quantile(sorted, 0.50), Quantile(sorted, 0.95), Quantile(sorted, 0.99)
	s.Min, s.Max, s.Mean, s.P50, s.P95, s.P99 = &least, &most, &m, &p50, &p95, &p99
	s.Series = downsample(finite)
	s.Status = OK
	if s.Samples < s.Expected {
		s.Status = Partial
		s.Reason = fmt.Sprintf("%d of %d samples are missing", s.Expected-s.Samples, s.Expected)
		if s.Dropped > 0 {
			s.Reason += fmt.Sprintf(", %d of them no numbers", s.Dropped)
		}
	}
	return s
}

// Missing is the summary of a metric that there are no samples of, and why.
func Missing(reason string, expected int) Summary {
	s := Summarise(nil, expected)
	s.Reason = reason
	return s
}

// Quantile is the q-quantile of sorted values, of which there is at least one,
// by QuantileDefinition.
func Quantile(sorted []float64, q float64) float64 {
	h := float64(len(sorted)-1) * q
	i := int(h)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	lo, hi, f := sorted[i], sorted[i+1], h-float64(i)
	if span := hi - lo; !math.IsInf(span, 0) {
		return min(lo+f*span, hi)
	}
	return min(2*(lo/2+f*(hi/2-lo/2)), hi)
}

// mean divides before it adds, so that no sum overflows, and stays between the
// least and the most, where rounding would take it out.
func mean(values []float64) float64 {
	n, sum, lost := float64(len(values)), 0.0, 0.0
	for _, v := range values {
		// Neumaier's sum: what an addition rounds away is added at the end
		v /= n
		next := sum + v
		if math.Abs(sum) >= math.Abs(v) {
			lost += (sum - next) + v
		} else {
			lost += (v - next) + sum
		}
		sum = next
	}
	return min(max(sum+lost, slices.Min(values)), slices.Max(values))
}

// downsample keeps at most MaxPoints: each the mean of as many neighbours, at
// the time of the last.
func downsample(points []Point) []Point {
	every := (len(points) + MaxPoints - 1) / MaxPoints
	if every <= 1 {
		return points
	}
	kept := make([]Point, 0, MaxPoints)
	for some := range slices.Chunk(points, every) {
		values := make([]float64, len(some))
		for i, p := range some {
			values[i] = p.Value
		}
		kept = append(kept, Point{some[len(some)-1].Time, mean(values)})
	}
	return kept
}

// Check tells what makes a summary incomplete or contradict itself.
func (s Summary) Check() error {
	aggregates := []*float64{s.Min, s.P50, s.P95, s.P99, s.Max}
	switch s.Status {
	case NoData:
		if s.Reason == "" {
			return fmt.Errorf("it is %s and gives no reason", s.Status)
		}
		for _, v := range append(aggregates, s.Mean) {
			if v != nil {
				return fmt.Errorf("it is %s and has the value %v", s.Status, *v)
			}
		}
		if s.Samples != 0 || len(s.Series) != 0 {
			return fmt.Errorf("it is %s and has samples", s.Status)
		}
		return nil
	case OK, Partial:
	default:
		return fmt.Errorf("its status is %q; allowed: %s, %s, %s", s.Status, OK, Partial, NoData)
	}
	for i, v := range aggregates {
		if v == nil || s.Mean == nil {
			return fmt.Errorf("it is %s and lacks an aggregate", s.Status)
		}
		if i > 0 && *aggregates[i-1] > *v {
			return fmt.Errorf("its aggregates are out of order: %v before %v", *aggregates[i-1], *v)
		}
	}
	switch {
	case *s.Mean < *s.Min || *s.Mean > *s.Max:
		return fmt.Errorf("its mean %v is outside of %v to %v", *s.Mean, *s.Min, *s.Max)
	case s.Samples < 1 || s.Samples > s.Expected:
		return fmt.Errorf("it has %d of %d samples", s.Samples, s.Expected)
	case (s.Status == OK) != (s.Samples == s.Expected):
		return fmt.Errorf("it is %s with %d of %d samples", s.Status, s.Samples, s.Expected)
	case s.Status == Partial && s.Reason == "":
		return fmt.Errorf("it is %s and gives no reason", s.Status)
	case len(s.Series) < 1 || len(s.Series) > MaxPoints:
		return fmt.Errorf("its series has %d points; allowed: 1 to %d", len(s.Series), MaxPoints)
	}
	return nil
}

// Empty reports whether no metric has data.
func (t Telemetry) Empty() bool {
	for _, metrics := range t {
		for _, s := range metrics {
			if s.Status != NoData {
				return false
			}
		}
	}
	return true
}
