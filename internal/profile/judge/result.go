package judge

import (
	"fmt"
	"math"

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// Verdict is the outcome for one metric.
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

// Result is the judgement of one metric, with its evidence. Values that could not be computed are null.
type Result struct {
	Metric   string  `json:"metric"`
	Unit     string  `json:"unit"`
	Polarity string  `json:"polarity"`
	Critical bool    `json:"critical"`
	Verdict  Verdict `json:"verdict"`
	// critical: a critical metric regressed; warning: another metric regressed, or the spread grew; info: anything
	// else
	Severity string `json:"severity"`
	// one sentence, and the reason in it
	Sentence string          `json:"sentence"`
	Because  string          `json:"because"`
	Floor    catalogue.Floor `json:"floor"`
	Old      Side            `json:"old"`
	New      Side            `json:"new"`
	// new compared with old, per unit of load if the metric scales; Relative is null if the old value is zero
	Change Change `json:"change"`
	// whether the change reaches both floors
	Practical bool        `json:"practical"`
	Agreement *Agreement  `json:"agreement" jsonschema:"nullable"`
	Ranks     *Ranks      `json:"ranks" jsonschema:"nullable"`
	Bootstrap *Bootstrap  `json:"bootstrap" jsonschema:"nullable"`
	Spread    *Dispersion `json:"spread" jsonschema:"nullable"`
	Null      *Null       `json:"null" jsonschema:"nullable"`
	SameHour  *SameHour   `json:"same_hour" jsonschema:"nullable"`
	Events    *Events     `json:"events" jsonschema:"nullable"`
	Load      *Load       `json:"load" jsonschema:"nullable"`
	// p after Benjamini and Hochberg, for metrics that are not critical
	AdjustedP *float64 `json:"adjusted_p" jsonschema:"nullable"`
	Notes     []string `json:"notes"`
	// whether the level changed by a practical amount that is unlikely to be chance, in whichever direction
	HasMoved      bool `json:"has_moved"`
	isLoadUnknown bool // the metric scales with a load that is unknown or zero
	isFar         bool
	sampleSeconds float64 // time between two samples; 0 means unknown
	isPartial     bool    // part of the level moved, and too few earlier windows show whether that is usual
}

// Side describes one of the two windows.
type Side struct {
	Samples  int      `json:"samples"`
	Expected int      `json:"expected"`
	Coverage float64  `json:"coverage"`
	Mean     *float64 `json:"mean" jsonschema:"nullable"`
	Median   *float64 `json:"p50" jsonschema:"nullable"`
	P95      *float64 `json:"p95" jsonschema:"nullable"`
	P99      *float64 `json:"p99" jsonschema:"nullable"`
}

// Change of the level, by the best statistic.
type Change struct {
	// Statistic is mean, p50, p25, p75, p10 or p90 of the window.
	Statistic string   `json:"statistic"`
	Old       *float64 `json:"old" jsonschema:"nullable"`
	New       *float64 `json:"new" jsonschema:"nullable"`
	Absolute  *float64 `json:"absolute" jsonschema:"nullable"`
	Relative  *float64 `json:"relative" jsonschema:"nullable"`
	// how far the values moved: Hodges and Lehmann's median of all differences
	Shift *float64 `json:"shift" jsonschema:"nullable"`
}

func changeOf(by statistic, old, now float64) Change {
	d := now - old
	c := Change{Statistic: by.String(), Old: &old, New: &now, Absolute: &d}
	if old != 0 {
		relative := d / math.Abs(old)
		c.Relative = &relative
	}
	return c
}

// Load is the cluster's load in both windows.
type Load struct {
	Old   float64 `json:"old"`
	New   float64 `json:"new"`
	Ratio float64 `json:"ratio"`
	// whether the new value was scaled to the old load
	Normalised bool `json:"normalised"`
	// whether a share that is independent of the load was assumed, because the loads differ too much without it
	HasIdleShare bool    `json:"has_idle_share"`
	scale        float64 // factor for the new values
}

func sideOf(_ Metric, w Window) Side {
	s := Side{Samples: w.Samples, Expected: w.Expected, Mean: w.Mean, Median: w.P50, P95: w.P95, P99: w.P99}
	if w.Expected > 0 {
		s.Coverage = float64(w.Samples) / float64(w.Expected)
	}
	return s
}

func missingReason(before, after Window) string {
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

func partialNotes(before, after Window) []string {
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

// loadOf compares the loads of two windows. It returns nil if either is unknown or zero, or if the metric is the load.
func loadOf(m Metric, before, after Window, o catalogue.Thresholds) *Load {
	if m.Load == IsLoad || before.Load == nil || after.Load == nil || *before.Load <= 0 || *after.Load <= 0 {
		return nil
	}
	l := Load{Old: *before.Load, New: *after.Load, Ratio: *after.Load / *before.Load, scale: 1}
	if m.Load != Scales {
		return &l
	}
	l.Normalised, l.scale = true, 1/l.Ratio
	if max(l.Ratio, 1/l.Ratio) > o.MaxLoadRatio && *after.Mean > 0 {
		// even an idle cluster has a share: assume the share that leaves the smallest difference
		l.scale = min(max(*before.Mean / *after.Mean, min(1, l.scale)), max(1, l.scale))
		l.HasIdleShare = l.scale != 1/l.Ratio
	}
	return &l
}

// describeRatio returns a load that differs by at least a fifth as text, or "".
func (l *Load) describeRatio() string {
	switch {
	case l == nil || l.Ratio < 1.2 && l.Ratio > 1/1.2:
		return ""
	case l.Normalised:
		return "per unit of load, at " + formatNumber(l.Ratio) + " times the load"
	}
	return "at " + formatNumber(l.Ratio) + " times the load"
}
