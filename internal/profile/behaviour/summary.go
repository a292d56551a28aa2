package behaviour

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// MaxPoints limits the points of a summary's series: one every six minutes of the longest window.
const MaxPoints = 240

// QuantileDefinition names the quantile method: Hyndman and Fan's type 7, as in Prometheus' quantile_over_time and
// NumPy.
const QuantileDefinition = "R-7"

// Summarise aggregates a metric's samples over a window with the expected number of samples. It drops and counts
// samples that are not finite numbers.
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
			s.Reason = fmt.Sprintf("none of the %d samples is a number: nothing happened to measure", s.Dropped)
		}
		return s
	}
	slices.SortStableFunc(finite, func(a, b Point) int { return cmp.Compare(a.Time, b.Time) })
	sorted := make([]float64, len(finite))
	for i, p := range finite {
		sorted[i] = p.Value
	}
	m := meanOf(sorted)
	slices.Sort(sorted)
	least, most := sorted[0], sorted[len(sorted)-1]
	p50, p95, p99 := Quantile(sorted, 0.50), Quantile(sorted, 0.95), Quantile(sorted, 0.99)
	s.Min, s.Max, s.Mean, s.P50, s.P95, s.P99 = &least, &most, &m, &p50, &p95, &p99
	s.Series = downsampleTo(finite)
	s.Status = OK
	if s.Samples < s.Expected {
		s.Status = Partial
		s.Reason = fmt.Sprintf("%d of %d samples are missing", s.Expected-s.Samples, s.Expected)
		if s.Dropped > 0 {
			s.Reason += fmt.Sprintf(", %d of them not finite numbers", s.Dropped)
		}
	}
	return s
}

// MissingSummary returns the summary of a metric without samples, with the reason.
func MissingSummary(reason string, expected int) Summary {
	s := Summarise(nil, expected)
	s.Reason = reason
	return s
}

// Quantile returns the q-quantile of sorted values, by QuantileDefinition. There must be at least one value.
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

// meanOf divides before it adds, so that no sum overflows, and clamps rounding errors to the range of the values.
func meanOf(values []float64) float64 {
	n, sum, lost := float64(len(values)), 0.0, 0.0
	for _, v := range values {
		// Neumaier's sum: add what additions rounded away at the end
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

// downsampleTo averages neighbouring points down to at most MaxPoints, each at the time of its last point.
func downsampleTo(points []Point) []Point {
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
		kept = append(kept, Point{some[len(some)-1].Time, meanOf(values)})
	}
	return kept
}

// Check reports what makes a summary invalid.
func (s Summary) Check() error {
	aggregates := []*float64{s.Min, s.P50, s.P95, s.P99, s.Max}
	switch s.Status {
	case NoData:
		if s.Reason == "" {
			return fmt.Errorf("status is %s without a reason", s.Status)
		}
		for _, v := range append(aggregates, s.Mean) {
			if v != nil {
				return fmt.Errorf("status is %s with the value %v", s.Status, *v)
			}
		}
		if s.Samples != 0 || len(s.Series) != 0 {
			return fmt.Errorf("status is %s with samples", s.Status)
		}
		return nil
	case OK, Partial:
	default:
		return fmt.Errorf("status %q is not valid: expected %s, %s or %s", s.Status, OK, Partial, NoData)
	}
	for i, v := range aggregates {
		if v == nil || s.Mean == nil {
			return fmt.Errorf("status is %s without all aggregates", s.Status)
		}
		if i > 0 && *aggregates[i-1] > *v {
			return fmt.Errorf("aggregates are out of order: %v before %v", *aggregates[i-1], *v)
		}
	}
	switch {
	case *s.Mean < *s.Min || *s.Mean > *s.Max:
		return fmt.Errorf("mean %v is outside %v to %v", *s.Mean, *s.Min, *s.Max)
	case s.Samples < 1 || s.Samples > s.Expected:
		return fmt.Errorf("%d samples are present, %d expected", s.Samples, s.Expected)
	case (s.Status == OK) != (s.Samples == s.Expected):
		return fmt.Errorf("status is %s with %d of %d samples", s.Status, s.Samples, s.Expected)
	case s.Status == Partial && s.Reason == "":
		return fmt.Errorf("status is %s without a reason", s.Status)
	case len(s.Series) < 1 || len(s.Series) > MaxPoints:
		return fmt.Errorf("series has %d points: expected 1 to %d", len(s.Series), MaxPoints)
	}
	return nil
}

// IsEmpty reports whether no metric has data.
func (t Telemetry) IsEmpty() bool {
	for _, metrics := range t {
		for _, s := range metrics {
			if s.Status != NoData {
				return false
			}
		}
	}
	return true
}
