package judge

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/stat"
)

// measure compares the values, and gathers the evidence.
func (r *Result) measure(a, b []float64, o Options) {
	old, now := *r.Old.Mean, stat.Mean(b, nil)
	if r.Load == nil || !r.Load.Normalised {
		now = *r.New.Mean
	}
	absolute := now - old
	x, y := slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	moved := shift(x, y)
	r.Change = Change{Absolute: &absolute, Shift: &moved}
	if old != 0 {
		relative := absolute / math.Abs(old)
		r.Change.Relative = &relative
	}
	r.Practical = math.Abs(absolute) >= r.Floor.Absolute && absolute != 0 &&
		(r.Change.Relative == nil || math.Abs(*r.Change.Relative) >= r.Floor.Relative)
	boot := bootstrap(a, b, o)
	r.Bootstrap = &boot
	ranks := Ranks{}
	ranks.U, ranks.P, ranks.Exact = MannWhitney(a, b)
	ranks.CLES = ranks.U / (float64(len(a)) * float64(len(b)))
	worth := func(n int) float64 { return max(2, float64(n)/float64(boot.Block)) }
	ranks.Low, ranks.High = clesInterval(ranks.CLES, worth(len(a)), worth(len(b)))
	r.Ranks = &ranks
	r.spread(a, b, o)
}

// clesInterval is Newcombe's (2006) fifth method, at 95 %: the values of theta
// whose own standard error just reaches the observed one.
func clesInterval(observed, n, m float64) (low, high float64) {
	z := 1.959963984540054
	half := (n+m)/2 - 1
	deviation := func(t float64) float64 {
		return math.Sqrt(t * (1 - t) * (1 + half*(1-t)/(2-t) + half*t/(1+t)) / (n * m))
	}
	bound := func(inside, outside float64) float64 {
		for range 60 {
			t := (inside + outside) / 2
			if math.Abs(t-observed) <= z*deviation(t) {
				inside = t
			} else {
				outside = t
			}
		}
		return inside
	}
	return bound(observed, 0), bound(observed, 1)
}

// decide gives the verdict and its reason, from evidence that is there.
func (r *Result) decide(m Metric, o Options) {
	r.Verdict, r.Because = r.verdict(m, o)
}

func (r *Result) verdict(m Metric, o Options) (Verdict, string) {
	for _, s := range []struct {
		which string
		Side
	}{{"old", r.Old}, {"new", r.New}} {
		if s.Coverage < o.MinCoverage {
			return Inconclusive, fmt.Sprintf("the %s window has %s of its samples, and %s are needed", s.which, share(s.Coverage), share(o.MinCoverage))
		}
		if s.Samples < o.MinSamples {
			return Inconclusive, fmt.Sprintf("the %s window has %d samples, and %d are needed", s.which, s.Samples, o.MinSamples)
		}
	}
	if r.Load != nil && r.Load.TooFar {
		return Inconclusive, fmt.Sprintf("the load differs by a factor of %s, and windows are compared up to %s", number(max(r.Load.Ratio, 1/r.Load.Ratio)), number(o.MaxLoadRatio))
	}
	if r.Events != nil && r.Events.TooFew && r.Events.Old+r.Events.New > 0 {
		return Inconclusive, fmt.Sprintf("%s events before and %s after are too few to tell", number(r.Events.Old), number(r.Events.New))
	}
	if !r.Practical {
		return Unchanged, "the difference is smaller than what matters"
	}
	if r.Null != nil && !r.Null.Beyond {
		return Unchanged, fmt.Sprintf("%d earlier windows differ as much from each other", r.Null.Windows)
	}
	if why := r.chance(o); why != "" {
		return Inconclusive, why
	}
	switch up := *r.Change.Absolute > 0; {
	case m.Polarity == Either:
		return Inconclusive, "it changed, and neither direction is better by itself"
	case up == (m.Polarity == Higher):
		return Improved, "the difference matters and is not chance"
	}
	return Regressed, "the difference matters and is not chance"
}

// chance tells why the difference may be chance, and nothing where it is not.
func (r *Result) chance(o Options) string {
	if r.Bootstrap.P > o.Alpha {
		return fmt.Sprintf("neighbouring samples go together so much that it may be chance (p = %s)", number(r.Bootstrap.P))
	}
	if r.Events != nil {
		if r.Events.P > o.Alpha {
			return fmt.Sprintf("so few events may divide so by chance (p = %s)", number(r.Events.P))
		}
		return ""
	}
	if math.Abs(r.Ranks.CLES-0.5) < o.CLES-0.5 || (r.Ranks.CLES > 0.5) != (*r.Change.Absolute > 0) {
		return fmt.Sprintf("the windows overlap too much: a new value is the larger one in %s of all pairs", share(r.Ranks.CLES))
	}
	return ""
}

// conclude adds what follows from the verdict.
func (r Result) conclude() Result {
	r.Severity = Info
	switch {
	case r.Verdict == Regressed && r.Critical:
		r.Severity = Critical
	case r.Verdict == Regressed, r.Verdict == Unchanged && r.Spread != nil && r.Spread.Verdict == Wider:
		r.Severity = Warning
	}
	r.Sentence = r.sentence()
	return r
}

func (r Result) sentence() string {
	text := r.Metric + " "
	switch r.Verdict {
	case NoData:
		return text + "cannot be compared: " + r.Because + "."
	case Inconclusive:
		text += "is inconclusive"
	default:
		text += string(r.Verdict)
		if r.Verdict == Unchanged {
			text = r.Metric + " is unchanged"
		}
	}
	change := "from " + number(*r.Old.Mean) + " to " + number(*r.New.Mean) + " " + r.Unit
	if r.Change.Relative != nil {
		change += fmt.Sprintf(" (%+.0f %%)", 100**r.Change.Relative)
	}
	text += ", " + change + ": " + r.Because
	if r.Spread != nil && r.Spread.Verdict != Alike {
		text += ", but its values scatter " + r.Spread.Verdict
	}
	return text + "."
}

func share(x float64) string { return strconv.FormatFloat(math.Round(1000*x)/10, 'f', -1, 64) + " %" }

func number(x float64) string { return strconv.FormatFloat(x, 'g', 3, 64) }
