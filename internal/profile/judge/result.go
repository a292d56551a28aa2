package judge

import (
	"fmt"
	"math"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// A Verdict is what became of a metric.
type Verdict string

// Verdicts.
const (
	Improved     Verdict = "improved"
	Regressed    Verdict = "regressed"
	Unchanged    Verdict = "unchanged"
	Inconclusive Verdict = "inconclusive"
	NoData       Verdict = "no_data"
)

// Severities of a result.
const (
	Info     = "info"
	Warning  = "warning"
	Critical = "critical"
)

// A Result is the judgement of one metric, with its evidence. What could not be
// computed is null.
type Result struct {
	Metric   string  `json:"metric"`
	Unit     string  `json:"unit"`
	Polarity string  `json:"polarity"`
	Critical bool    `json:"critical"`
	Verdict  Verdict `json:"verdict"`
	// critical: a critical metric regressed; warning: another one did, or the
	// spread grew; info: anything else
	Severity string `json:"severity"`
	// one plain sentence, and the reason in it
	Sentence string `json:"sentence"`
	Because  string `json:"because"`
	Floor    Floor  `json:"floor"`
	Old      Side   `json:"old"`
	New      Side   `json:"new"`
	// new against old, per unit of load where it scales with it. Relative is null
	// where the old value is zero
	Change Change `json:"change"`
	// whether the change reaches both floors
	Practical bool        `json:"practical"`
	Agreement *Agreement  `json:"agreement" jsonschema:"nullable"`
	Ranks     *Ranks      `json:"ranks" jsonschema:"nullable"`
	Bootstrap *Bootstrap  `json:"bootstrap" jsonschema:"nullable"`
	Spread    *Dispersion `json:"spread" jsonschema:"nullable"`
	Null      *Null       `json:"null" jsonschema:"nullable"`
	Events    *Events     `json:"events" jsonschema:"nullable"`
	Load      *Load       `json:"load" jsonschema:"nullable"`
	// p after Benjamini and Hochberg, of the metrics that are no critical ones
	AdjustedP *float64 `json:"adjusted_p" jsonschema:"nullable"`
	Notes     []string `json:"notes"`
	partly    bool     // a part of the level moved, and no earlier windows tell whether that is usual
}

// A Side is one of the two windows.
type Side struct {
	Samples  int      `json:"samples"`
	Expected int      `json:"expected"`
	Coverage float64  `json:"coverage"`
	Mean     *float64 `json:"mean" jsonschema:"nullable"`
	Median   *float64 `json:"p50" jsonschema:"nullable"`
	P95      *float64 `json:"p95" jsonschema:"nullable"`
	P99      *float64 `json:"p99" jsonschema:"nullable"`
}

// A Change of the level, by the measure that tells it best.
type Change struct {
	// mean, p50, p25, p75, p10 or p90 of the window
	By       string   `json:"by"`
	Old      *float64 `json:"old" jsonschema:"nullable"`
	New      *float64 `json:"new" jsonschema:"nullable"`
	Absolute *float64 `json:"absolute" jsonschema:"nullable"`
	Relative *float64 `json:"relative" jsonschema:"nullable"`
	// by how much the values moved: Hodges and Lehmann's median of all differences
	Shift *float64 `json:"shift" jsonschema:"nullable"`
}

func changeOf(by statistic, old, now float64) Change {
	d := now - old
	c := Change{By: by.String(), Old: &old, New: &now, Absolute: &d}
	if old != 0 {
		relative := d / math.Abs(old)
		c.Relative = &relative
	}
	return c
}

// Load of the cluster in both windows.
type Load struct {
	Old   float64 `json:"old"`
	New   float64 `json:"new"`
	Ratio float64 `json:"ratio"`
	// whether the new value was divided by the ratio
	Normalised bool `json:"normalised"`
	TooFar     bool `json:"too_far"`
}

func sideOf(_ Metric, w Window) Side {
	s := Side{Samples: w.Samples, Expected: w.Expected, Mean: w.Mean, Median: w.P50, P95: w.P95, P99: w.P99}
	if w.Expected > 0 {
		s.Coverage = float64(w.Samples) / float64(w.Expected)
	}
	return s
}

func missing(before, after Window) string {
	var reasons []string
	for _, w := range []struct {
		which string
		Window
	}{{"old", before}, {"new", after}} {
		if w.Status == behaviour.NoData || len(w.Series) == 0 || w.Mean == nil {
			reason := w.Reason
			if reason == "" {
				reason = "there are no samples"
			}
			reasons = append(reasons, fmt.Sprintf("the %s window has no data: %s", w.which, reason))
		}
	}
	if len(reasons) == 2 {
		return reasons[0] + "; " + reasons[1]
	}
	return fmt.Sprint(append(reasons, "")[0])
}

func notes(before, after Window) []string {
	all := []string{}
	for _, w := range []struct {
		which string
		Window
	}{{"old", before}, {"new", after}} {
		if w.Status == behaviour.Partial {
			all = append(all, "in the "+w.which+" window: "+w.Reason)
		}
	}
	return all
}

// load compares the loads, and tells by what the new values are multiplied.
func (r *Result) load(m Metric, before, after Window, o Options) float64 {
	if m.Load == IsLoad || before.Load == nil || after.Load == nil || *before.Load <= 0 || *after.Load <= 0 {
		return 1
	}
	l := Load{Old: *before.Load, New: *after.Load, Ratio: *after.Load / *before.Load}
	l.TooFar = max(l.Ratio, 1/l.Ratio) > o.MaxLoadRatio
	l.Normalised = m.Load == Scales && !l.TooFar
	r.Load = &l
	if l.Normalised {
		return 1 / l.Ratio
	}
	return 1
}
