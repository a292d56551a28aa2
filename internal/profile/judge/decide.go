package judge

import (
	"fmt"
	"math"
	"strconv"
)

// level tells by how much the level changed, by the measure that tells it best,
// whether that matters, and what is usual.
func (r *Result) level(before, after levels, h history, o Options) {
	by, null := recall(before, after, h, r.Floor, o)
	if r.Events != nil {
		// of a rare event only the total tells
		by = mean
		if null != nil {
			null = usual(mean, before, after, h, r.Floor, o)
		}
	}
	r.Null, r.Change = null, changeOf(by, before[by], after[by])
	r.Practical = r.Floor.matters(before[by], after[by])
	if r.Practical && r.Events == nil {
		r.agree(after[by] > before[by], before, after, h, o)
	}
}

// agree tells whether the other measures of the level moved as well. Where earlier
// windows are too few to tell which of them are steady, all are asked; and the new
// level is to differ from each of those windows, not from the old one alone.
func (r *Result) agree(up bool, before, after levels, h history, o Options) {
	var a Agreement
	switch {
	case r.Null != nil:
		a = beyond(up, before, after, h, r.Floor, o)
	default:
		a = moved(up, after, []levels{before}, r.Floor)
		// of less than half of it, bursts may be all
		r.partly = !a.enough(o) && 2*a.Agree >= a.Measures
		r.Practical = r.partly || a.enough(o)
		if r.Practical && !r.partly && len(h.earlier) < o.MinEarlier {
			a = moved(up, after, append([]levels{before}, h.earlier...), r.Floor)
		}
	}
	r.Agreement = &a
}

// measure gathers the other evidence, of the values before and after.
func (r *Result) measure(a, b []float64, p pooled, h history, o Options) {
	x, y := p.ranksA, p.ranksB
	if r.Events != nil {
		x, y = a, b // each one counts
	}
	change := shift(p.a, p.b)
	r.Change.Shift = &change
	ranks := Ranks{}
	ranks.U, ranks.P, ranks.Exact = p.mannWhitney()
	pairs, all := float64(len(a))*float64(len(b)), float64(len(a)+len(b))
	ranks.CLES = ranks.U / pairs
	var boot Bootstrap
	var half float64 // of the interval of the difference of the mean ranks
	switch {
	case r.Events != nil:
		boot = bootstrap(x, y, o)
		half = interval(paired(p.ranksA, p.ranksB))
	case r.Null != nil:
		boot = r.against(h.typical(o), a, b, p, o)
		half = interval(paired(x, y))
	default:
		boot = bootstrap(x, y, o)
		half = (boot.high - boot.low) / 2
	}
	r.Bootstrap = &boot
	// the mean ranks of both differ by as much as the CLES from one half, times all
	ranks.Low, ranks.High = max(0, ranks.CLES-half/all), min(1, ranks.CLES+half/all)
	r.Ranks = &ranks
	r.spread(a, b, p, o)
}

// against holds the new values against the old ones and against those that were
// usual before: a single old window may have been unusual itself.
func (r *Result) against(usual levels, a, b []float64, p pooled, o Options) Bootstrap {
	w := o.UsualWeight
	x, y := make([]float64, len(a)), make([]float64, len(b))
	cles := 0.0
	for i, v := range a {
		x[i] = (1 - w) * over(p.b, v)
	}
	for i, v := range b {
		share := usual.over(v)
		cles += share / float64(len(b))
		y[i] = (1-w)*over(p.a, v) + w*share
	}
	r.Null.CLES = &cles
	// the share of pairs changes as the shares that a new value, and an old one, exceeds
	old, now := paired(x, y)
	return resample(old, now, now.mean-0.5, o)
}

// cles is how often a new value is the larger one, of an old and a usual value.
func (r *Result) cles(o Options) float64 {
	if r.Null == nil || r.Null.CLES == nil {
		return r.Ranks.CLES
	}
	return (1-o.UsualWeight)*r.Ranks.CLES + o.UsualWeight**r.Null.CLES
}

// plain is the verdict where samples, load, floors and what is usual suffice for
// it; "" where the rest of the evidence is to be weighed.
func (r *Result) plain(o Options) (Verdict, string) {
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
	switch {
	case !r.Practical && r.Agreement != nil:
		return Unchanged, fmt.Sprintf("only %d of %d measures of its level differ by what matters", r.Agreement.Agree, r.Agreement.Measures)
	case !r.Practical:
		return Unchanged, "the difference is smaller than what matters"
	}
	if r.Null != nil && !r.Null.Beyond {
		return Unchanged, fmt.Sprintf("it is within what %d earlier windows show (%s to %s)", r.Null.Windows, number(r.Null.Low), number(r.Null.High))
	}
	switch a := r.Agreement; {
	case a == nil || a.enough(o):
	case r.partly:
		return Inconclusive, fmt.Sprintf("a part of it changed: %d of %d measures of its level differ by what matters", a.Agree, a.Measures)
	case r.Null != nil:
		return Inconclusive, fmt.Sprintf("a part of it changed: of %d steady measures of its level %d moved beyond what earlier windows show", a.Measures, a.Agree)
	default:
		return Inconclusive, "an earlier window differs as much from the old one, and earlier windows are too few to tell what is usual"
	}
	return "", ""
}

// weighed is the verdict on a difference that matters.
func (r *Result) weighed(m Metric, o Options) (Verdict, string) {
	if why := r.chance(o); why != "" {
		return Inconclusive, why
	}
	switch up := *r.Change.Absolute > 0; {
	case m.Polarity == Either:
		return Inconclusive, "it changed, and neither direction is better by itself"
	case up == (m.Polarity == Higher):
		return Improved, r.evidence()
	}
	return Regressed, r.evidence()
}

// evidence says what a verdict rests on.
func (r *Result) evidence() string {
	if r.Events != nil {
		return fmt.Sprintf("the difference matters and is hardly chance (%s events before and %s after, %s)", number(r.Events.Old), number(r.Events.New), chance(r.p()))
	}
	text := fmt.Sprintf("%s, %s", r.exceeds(), chance(r.p()))
	if r.Null != nil {
		text += fmt.Sprintf("; %d earlier windows show %s to %s", r.Null.Windows, number(r.Null.Low), number(r.Null.High))
	}
	return "the difference matters and is hardly chance (" + text + ")"
}

// exceeds says how often a new value is the larger one.
func (r *Result) exceeds() string {
	text := fmt.Sprintf("a new value is the larger one in %s of all pairs", share(r.Ranks.CLES))
	if r.Null != nil && r.Null.CLES != nil {
		text += fmt.Sprintf(", and in %s against what was usual", share(*r.Null.CLES))
	}
	return text
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
	if c := r.cles(o); math.Abs(c-0.5) < o.CLES-0.5 || (c > 0.5) != (*r.Change.Absolute > 0) {
		return "the windows overlap too much: " + r.exceeds()
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
	change := r.Change.By + " from " + number(*r.Change.Old) + " to " + number(*r.Change.New) + " " + r.Unit
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

// chance writes a p-value; of the smallest ones only the order is known.
func chance(p float64) string {
	if p < 0.001 {
		return "p < 0.001"
	}
	return "p = " + number(p)
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', 3, 64) }
