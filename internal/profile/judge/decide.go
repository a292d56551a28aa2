package judge

import (
	"fmt"
	"math"
	"strconv"

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// judgeLevel measures the change of the level by the best statistic, and whether it is practical and unusual.
func (r *Result) judgeLevel(before, after levelSet, h pastLevels, o catalogue.Thresholds) {
	by, null := chooseStatistic(before, after, h, r.Floor, o)
	if r.Events != nil {
		// only the total counts for rare events
		by = mean
		if null != nil {
			null = usualRange(mean, before, after, h, r.Floor, o)
		}
	}
	r.Null, r.Change = null, changeOf(by, before[by], after[by])
	r.Practical = isFloorReached(r.Floor, before[by], after[by])
	if r.Practical && r.Events == nil {
		r.countAgreement(after[by] > before[by], before, after, h, o)
	}
}

// countAgreement counts the statistics that moved with the level. With too few earlier windows to know which
// statistics are steady, all count, and the new level must differ from each earlier window too.
func (r *Result) countAgreement(up bool, before, after levelSet, h pastLevels, o catalogue.Thresholds) {
	var a Agreement
	switch {
	case r.Null != nil:
		a = countBeyondUsual(up, before, after, h, r.Floor, o)
	default:
		a = countMoved(up, after, []levelSet{before}, r.Floor)
		// less than half can be bursts alone
		r.isPartial = !a.isEnough(o) && 2*a.Agree >= a.Measures
		r.Practical = r.isPartial || a.isEnough(o)
		if r.Practical && !r.isPartial && len(h.earlier) < o.MinEarlier {
			a = countMoved(up, after, append([]levelSet{before}, h.earlier...), r.Floor)
		}
	}
	r.Agreement = &a
}

// collectEvidence computes ranks, bootstrap and spread of the values before and after.
func (r *Result) collectEvidence(a, b []float64, p pooledSamples, h pastLevels, o catalogue.Thresholds) {
	x, y := p.ranksA, p.ranksB
	if r.Events != nil {
		x, y = a, b // each event counts
	}
	change := medianShift(p.a, p.b)
	r.Change.Shift = &change
	ranks := Ranks{}
	ranks.U, ranks.P, ranks.Exact = p.mannWhitney()
	pairs, all := float64(len(a))*float64(len(b)), float64(len(a)+len(b))
	ranks.CLES = ranks.U / pairs
	var boot Bootstrap
	var half float64 // half the interval of the difference of the mean ranks
	switch {
	case r.Events != nil:
		boot = bootstrapMeans(x, y, o)
		half = halfInterval(pairedBlocks(p.ranksA, p.ranksB))
	case r.Null != nil:
		boot = r.compareWithUsual(h.typicalLevels(o), a, b, p, o)
		half = halfInterval(pairedBlocks(x, y))
	default:
		boot = bootstrapMeans(x, y, o)
		half = (boot.high - boot.low) / 2
	}
	r.Bootstrap = &boot
	// mean ranks differ by (CLES - 1/2) times the total count
	ranks.Low, ranks.High = max(0, ranks.CLES-half/all), min(1, ranks.CLES+half/all)
	r.Ranks = &ranks
	r.compareSpread(a, b, p, o)
}

// compareWithUsual compares new values with the old window and with usual levels, because a single old window can be
// unusual itself.
func (r *Result) compareWithUsual(usual levelSet, a, b []float64, p pooledSamples, o catalogue.Thresholds) Bootstrap {
	w := o.UsualWeight
	x, y := make([]float64, len(a)), make([]float64, len(b))
	cles := 0.0
	for i, v := range a {
		x[i] = (1 - w) * shareBelowValue(p.b, v)
	}
	for i, v := range b {
		share := usual.shareBelow(v)
		cles += share / float64(len(b))
		y[i] = (1-w)*shareBelowValue(p.a, v) + w*share
	}
	r.Null.CLES = &cles
	// the share of pairs changes with the shares that new and old values exceed
	old, now := pairedBlocks(x, y)
	return resampleEffect(old, now, now.mean-0.5, o)
}

// weightedCLES returns how often a new value exceeds an old or usual one.
func (r *Result) weightedCLES(o catalogue.Thresholds) float64 {
	if r.Null == nil || r.Null.CLES == nil {
		return r.Ranks.CLES
	}
	return (1-o.UsualWeight)*r.Ranks.CLES + o.UsualWeight**r.Null.CLES
}

// preliminaryVerdict decides by samples, load, floors and usual range alone. It returns "" if the evidence must
// decide.
func (r *Result) preliminaryVerdict(o catalogue.Thresholds) (Verdict, string) {
	for _, s := range []struct {
		which string
		Side
	}{{"old", r.Old}, {"new", r.New}} {
		if s.Coverage < o.MinCoverage {
			return Inconclusive, fmt.Sprintf(
				"the %s window has %s of its samples: at least %s are needed",
				s.which,
				formatShare(s.Coverage),
				formatShare(o.MinCoverage),
			)
		}
		if s.Samples < o.MinSamples {
			return Inconclusive, fmt.Sprintf(
				"the %s window has %d samples: at least %d are needed%s",
				s.which, s.Samples, o.MinSamples, r.describeLonger(float64(o.MinSamples)),
			)
		}
	}
	// nothing and nothing are the same at any load
	if r.isLoadUnknown && (*r.Old.Mean != 0 || *r.New.Mean != 0) {
		return Inconclusive, "it scales with the load, and the load is unknown"
	}
	if r.Events != nil && r.Events.TooFew && r.Events.Old+r.Events.New > 0 {
		return Inconclusive, fmt.Sprintf(
			"%s events before and %s after are too few for a verdict%s",
			formatNumber(r.Events.Old),
			formatNumber(r.Events.New),
			r.describeLonger(float64(r.samples())*o.MinEvents/(r.Events.Old+r.Events.New)),
		)
	}
	switch {
	case !r.Practical && r.Agreement != nil:
		return Unchanged, fmt.Sprintf(
			"only %d of %d statistics of its level differ by a practical amount",
			r.Agreement.Agree,
			r.Agreement.Measures,
		)
	case !r.Practical:
		return Unchanged, "the difference is too small to matter"
	}
	if h := r.SameHour; h != nil && h.IsUsual {
		return Unchanged, fmt.Sprintf(
			"it is as at this hour of %d earlier days (%s to %s)", h.Days, formatNumber(h.Low), formatNumber(h.High),
		)
	}
	if r.Null != nil && !r.Null.Beyond {
		return Unchanged, fmt.Sprintf(
			"it is within the usual range of %d earlier windows (%s to %s)",
			r.Null.Windows,
			formatNumber(r.Null.Low),
			formatNumber(r.Null.High),
		)
	}
	switch a := r.Agreement; {
	case a == nil || a.isEnough(o):
	case r.isPartial:
		return Inconclusive, fmt.Sprintf(
			"it changed in part: %d of %d statistics of its level differ by a practical amount",
			a.Agree,
			a.Measures,
		)
	case r.Null != nil:
		return Inconclusive, fmt.Sprintf(
			"it changed in part: %[2]d of %[1]d steady statistics of its level moved beyond the range of earlier windows",
			a.Measures,
			a.Agree,
		)
	default:
		return Inconclusive, "an earlier window differs as much from the old one, and too few earlier windows show what is usual"
	}
	return "", ""
}

// evidenceVerdict returns the verdict on a practical difference.
func (r *Result) evidenceVerdict(m Metric, o catalogue.Thresholds) (Verdict, string) {
	if why := r.chanceReason(o); why != "" {
		return Inconclusive, why
	}
	r.HasMoved = true
	switch up := *r.Change.Absolute > 0; {
	case m.Polarity == Either:
		return Inconclusive, "it changed, but neither direction is better by itself"
	case up == (m.Polarity == Higher):
		return Improved, r.describeEvidence()
	}
	return Regressed, r.describeEvidence()
}

// describeEvidence returns the reason of an improved or regressed verdict.
func (r *Result) describeEvidence() string {
	if r.Events != nil {
		return fmt.Sprintf(
			"the difference is practical and unlikely to be chance (%s events before and %s after, %s)",
			formatNumber(r.Events.Old),
			formatNumber(r.Events.New),
			formatP(r.pValue()),
		)
	}
	text := fmt.Sprintf("%s, %s", r.describeCLES(), formatP(r.pValue()))
	if r.Null != nil {
		text += fmt.Sprintf(
			"; the usual range of %d earlier windows is %s to %s",
			r.Null.Windows,
			formatNumber(r.Null.Low),
			formatNumber(r.Null.High),
		)
	}
	return "the difference is practical and unlikely to be chance (" + text + ")"
}

// describeCLES returns how often new values are larger, as text.
func (r *Result) describeCLES() string {
	text := fmt.Sprintf("new values are larger in %s of all pairs", formatShare(r.Ranks.CLES))
	if r.Null != nil && r.Null.CLES != nil {
		text += fmt.Sprintf(", and in %s of pairs with usual values", formatShare(*r.Null.CLES))
	}
	return text
}

// chanceReason returns why the difference can be chance, or "".
func (r *Result) chanceReason(o catalogue.Thresholds) string {
	if r.Bootstrap.P > o.Alpha {
		return fmt.Sprintf("samples are too few or too autocorrelated to rule out chance (p = %s)%s",
			formatNumber(r.Bootstrap.P), r.describeLonger(r.samplesForP(r.Bootstrap.P, o)))
	}
	if r.Events != nil {
		if r.Events.P > o.Alpha {
			return fmt.Sprintf("so few events can differ like this by chance (p = %s)%s",
				formatNumber(r.Events.P), r.describeLonger(r.samplesForP(r.Events.P, o)))
		}
		return ""
	}
	least := r.leastCLES(o)
	if c := r.weightedCLES(o); math.Abs(c-0.5) < least-0.5 || (c > 0.5) != (*r.Change.Absolute > 0) {
		return "the windows overlap too much: " + r.describeCLES() + r.describeLonger(r.samplesForCLES(c, o))
	}
	return ""
}

// isBetter reports whether the level moved in the better direction.
func (r *Result) isBetter() bool {
	return r.Polarity != Either && (*r.Change.Absolute > 0) == (r.Polarity == Higher)
}

// leastCLES returns the CLES that is evidence: a larger one for an improvement, for a change in a part of the level and
// across a gap, and the larger the fewer samples there are.
func (r *Result) leastCLES(o catalogue.Thresholds) float64 {
	// the error of a CLES falls with the square root of the number of samples
	few := math.Sqrt(float64(o.AmpleSamples) / float64(max(1, r.samples())))
	return min(0.5+(r.ampleCLES(o)-0.5)*max(1, few), o.MaxCLES)
}

// ampleCLES returns the CLES that is evidence with ample samples.
func (r *Result) ampleCLES(o catalogue.Thresholds) float64 {
	if r.isFar {
		return o.FarCLES
	}
	if r.isBetter() || r.Agreement != nil && float64(r.Agreement.Agree) < o.FullAgreement*float64(r.Agreement.Measures) {
		return o.StrongCLES
	}
	return o.CLES
}

// withConclusion adds severity and sentence to the verdict.
func (r Result) withConclusion() Result {
	r.Severity = Info
	switch {
	case r.Verdict == Regressed && r.Critical:
		r.Severity = Critical
	case r.Verdict == Regressed, r.Verdict == Unchanged && r.Spread != nil && r.Spread.Verdict == Wider:
		r.Severity = Warning
	}
	r.Sentence = r.verdictSentence()
	return r
}

func (r Result) verdictSentence() string {
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
	amounts, unit := words.FormatAmounts(r.Unit, 3, *r.Change.Old, *r.Change.New)
	change := r.Change.Statistic + " from " + amounts[0] + " to " + amounts[1] + " " + unit
	if r.Change.Relative != nil {
		change += " (" + words.FormatPercent(100**r.Change.Relative, 0) + ")"
	}
	if load := r.Load.describeRatio(); load != "" {
		change += " " + load
	}
	text += ", " + change + ": " + r.Because
	if r.Spread != nil && r.Spread.Verdict != Alike {
		text += ", but its values spread " + r.Spread.Verdict
	}
	return text + "."
}

func formatShare(x float64) string {
	return strconv.FormatFloat(math.Round(1000*x)/10, 'f', -1, 64) + " %"
}

// formatP formats a p-value, the smallest ones as a bound.
func formatP(p float64) string {
	if p < 0.001 {
		return "p < 0.001"
	}
	return "p = " + formatNumber(p)
}

func formatNumber(x float64) string { return words.FormatNumber(x, 3) }
