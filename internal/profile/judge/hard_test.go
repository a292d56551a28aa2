package judge_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
)

// Two windows of twelve that Kayenta's rule passes: Mann and Whitney's p is 0.004
// and a new value exceeds an old one in 85 % of all pairs.
var (
	HardBefore = []float64{96, 118, 104, 91, 150, 99, 162, 108, 93, 102, 155, 97}
	HardAfter  = []float64{151, 170, 135, 181, 129, 165, 119, 176, 140, 158, 100, 190}
)

func TestHardCaseManyPairsFewSamples(t *testing.T) {
	o := options(t)
	got := judge.Compare(latency, window(HardBefore...), window(HardAfter...), nil, o)
	if got.Verdict != judge.Regressed || got.Ranks.P > 0.005 || got.Ranks.P < 0.0025 || math.Abs(got.Ranks.CLES-0.85) > 0.005 {
		t.Errorf(
			"the evidence of twelve samples is enough, not %s with p = %v and CLES %v",
			got.Verdict,
			got.Ranks.P,
			got.Ranks.CLES,
		)
	}
	o.AmpleSamples = 60
	if got := judge.Compare(latency, window(HardBefore...), window(HardAfter...), nil, o); got.Verdict != judge.Inconclusive ||
		!strings.Contains(got.Sentence, "would decide") {
		t.Errorf("where more are needed: %s", got.Sentence)
	}
}

func TestHardCaseSpreadWithEqualMedians(t *testing.T) {
	var before, after []float64
	for _, d := range noise(1, 30, 0, 3) {
		before, after = append(before, 100+d, 100-d), append(after, 100-8*d, 100+8*d)
	}
	got := judge.Compare(latency, window(before...), window(after...), nil, options(t))
	if got.Verdict != judge.Unchanged || got.Spread.Verdict != judge.Wider || got.Severity != judge.Warning || got.Ranks.P < 0.99 {
		t.Errorf("%s, %s, severity %s, Mann-Whitney p = %v: %s", got.Verdict, got.Spread.Verdict, got.Severity, got.Ranks.P, got.Sentence)
	}
}

func TestHardCaseFourEventsAgainstNone(t *testing.T) {
	// a rate over five minutes, a sample a minute: each event shows in five samples
	rate := func(at ...int) judge.Window {
		values := make([]float64, 60)
		for _, i := range at {
			for k := range 5 {
				values[i+k] += 1.0 / 300
			}
		}
		return loaded(values...)
	}
	for _, c := range []struct {
		name    string
		after   judge.Window
		events  float64
		verdict judge.Verdict
	}{
		{"four", rate(3, 17, 30, 48), 4, judge.Inconclusive},
		{"none", rate(), 0, judge.Unchanged},
		{"fifty in one burst", rate(slices.Repeat([]int{20}, 50)...), 50, judge.Inconclusive},
		// 0.005 a second is under the floor of what matters, 0.01
		{"eighteen, all over", rate(1, 4, 8, 11, 14, 17, 21, 24, 27, 31, 34, 37, 40, 43, 46, 49, 51, 54), 18, judge.Unchanged},
		{"fifty, all over", rate(span(3, 53)...), 50, judge.Regressed},
	} {
		got := judge.Compare(failures, rate(), c.after, nil, options(t))
		if got.Verdict != c.verdict || got.Events == nil || math.Abs(got.Events.New-c.events) > 1e-9 {
			t.Errorf("%s: %+v: %s", c.name, got.Events, got.Sentence)
		}
	}
}

func span(from, to int) (all []int) {
	for i := from; i < to; i++ {
		all = append(all, i)
	}
	return all
}

// Windows of a metric that wanders: Mann and Whitney's test alone cries wolf over
// most pairs, a fifth of the mean over every third.
func TestHardCaseAutocorrelation(t *testing.T) {
	o := options(t)
	const pairs = 300
	ranks, percent, alarms, seen := 0, 0, 0, 0
	for seed := range uint64(pairs) {
		series := drifting(seed, 26*60, 100, 25, 0.95)
		var windows []judge.Window
		for w := range slices.Chunk(series, 60) {
			windows = append(windows, window(w...))
		}
		before, after, earlier := windows[24], windows[25], windows[:24]
		got := judge.Compare(latency, before, after, judge.SummarisePast(earlier, o), o)
		if got.Ranks.P < 0.05 {
			ranks++
		}
		if math.Abs(*after.Mean / *before.Mean - 1) > 0.2 {
			percent++
		}
		if got.Verdict == judge.Regressed || got.Verdict == judge.Improved {
			alarms++
		}
		doubled := make([]float64, 60)
		for i, v := range series[25*60:] {
			doubled[i] = 2 * v
		}
		if judge.Compare(latency, before, window(doubled...), judge.SummarisePast(earlier, o), o).Verdict == judge.Regressed {
			seen++
		}
	}
	t.Logf("of %d pairs: Mann-Whitney %d, 20 %% %d, the judge %d; of doubled ones it sees %d", pairs, ranks, percent, alarms, seen)
	if ranks < pairs/2 || percent < pairs/4 {
		t.Errorf("the case is not hard: Mann-Whitney alarms %d times, 20 %% %d times", ranks, percent)
	}
	if alarms > pairs/15 || seen < pairs*3/4 {
		t.Errorf("%d false alarms, %d of %d doubled ones seen", alarms, seen, pairs)
	}
}
