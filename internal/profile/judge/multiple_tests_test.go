package judge_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
)

// Of forty metrics that are no critical ones, one that differs by less than the
// others' chance is no regression any more; a clear one stays, and so does a critical one.
func TestFamily(t *testing.T) {
	o := options(t)
	quiet := latency
	quiet.Critical = false
	faint := func(m judge.Metric) judge.Result {
		return judge.Compare(m, window(drifting(3, 60, 100, 30, 0.8)...), window(drifting(2, 60, 150, 30, 0.8)...), nil, o)
	}
	if r := faint(quiet); r.Verdict != judge.Regressed || r.Bootstrap.P < 0.005 {
		t.Fatalf("alone it is a faint regression, not %s with p = %v", r.Verdict, r.Bootstrap.P)
	}
	clear := judge.Compare(quiet, window(noise(1, 60, 100, 10)...), window(noise(2, 60, 200, 10)...), nil, o)
	family := []judge.Result{faint(quiet), clear, faint(latency)}
	for i := range uint64(38) {
		family = append(family, judge.Compare(quiet, window(noise(100+i, 60, 100, 10)...), window(noise(200+i, 60, 100, 10)...), nil, o))
	}
	got := judge.Family(family, o)
	for i, want := range []judge.Verdict{judge.Inconclusive, judge.Regressed, judge.Regressed} {
		if got[i].Verdict != want {
			t.Errorf("%d: %s", i, got[i].Sentence)
		}
	}
	if got[2].AdjustedP != nil || got[1].AdjustedP == nil {
		t.Error("p is adjusted of the metrics that are no critical ones, and of no others")
	}
}

func TestLoad(t *testing.T) {
	o := options(t)
	at := func(w judge.Window, load float64) judge.Window {
		w.Load = &load
		return w
	}
	conflicts := judge.Metric{
		Name:     "conflicts",
		Unit:     "1/s",
		Kind:     judge.Rate,
		Polarity: judge.Lower,
		Floor:    catalogue.Floor{Relative: 0.5, Absolute: 0.1},
		Load:     judge.Scales,
	}
	none := window(make([]float64, 60)...)
	ten, eighteen, forty := window(noise(1, 60, 10, 1)...), window(noise(2, 60, 18, 1)...), window(noise(3, 60, 40, 1)...)
	for _, c := range []struct {
		name          string
		before, after judge.Window
		verdict       judge.Verdict
	}{
		{"the load is unknown", ten, eighteen, judge.Inconclusive},
		{"the load is unknown, and there are none", none, none, judge.Unchanged},
		{"the new load is zero", at(ten, 100), at(eighteen, 0), judge.Inconclusive},
		{"as much more load", at(ten, 100), at(eighteen, 180), judge.Unchanged},
		{"the same load", at(ten, 100), at(eighteen, 100), judge.Regressed},
		{"three times the load and less than twice the conflicts", at(ten, 100), at(eighteen, 300), judge.Unchanged},
		{"half the load and nearly twice the conflicts", at(ten, 100), at(eighteen, 50), judge.Regressed},
		{"fifty times the load, and no share of it explains less", at(forty, 100), at(ten, 5000), judge.Improved},
		{"fifty times the load, and a constant share explains it", at(ten, 100), at(eighteen, 5000), judge.Unchanged},
	} {
		got := judge.Compare(conflicts, c.before, c.after, nil, o)
		if got.Verdict != c.verdict {
			t.Errorf("%s: %s", c.name, got.Sentence)
		}
	}
}

// What does not scale with the load is judged at any load, and the verdict names the load.
func TestMetricsThatDoNotScaleAtAnotherLoad(t *testing.T) {
	at := func(level, load float64) judge.Window {
		w := window(noise(uint64(level), 60, level, level/20)...)
		w.Load = &load
		return w
	}
	for _, c := range []struct {
		load, level float64
		verdict     judge.Verdict
		says        string
	}{
		{250, 100, judge.Unchanged, "at 2.5 times the load"},
		{250, 300, judge.Regressed, "at 2.5 times the load"},
		{5000, 300, judge.Regressed, "at 50 times the load"},
		{50, 300, judge.Regressed, "at 0.5 times the load"},
		{105, 300, judge.Regressed, ""},
	} {
		got := judge.Compare(latency, at(100, 100), at(c.level, c.load), nil, options(t))
		if got.Verdict != c.verdict || !strings.Contains(got.Sentence, c.says) ||
			c.says == "" && strings.Contains(got.Sentence, "the load") {
			t.Errorf("%v at a load of %v: %s", c.level, c.load, got.Sentence)
		}
	}
}

// A level that comes and goes is no regression where earlier windows show it.
func TestEarlierWindows(t *testing.T) {
	o := options(t)
	var earlier []judge.Window
	for i := range uint64(10) {
		earlier = append(earlier, window(noise(10+i, 60, float64(100+100*(i%2)), 5)...))
	}
	before, after := window(noise(1, 60, 100, 5)...), window(noise(2, 60, 200, 5)...)
	if got := judge.Compare(latency, before, after, nil, o); got.Verdict != judge.Regressed {
		t.Errorf("without: %s", got.Sentence)
	}
	if got := judge.Compare(
		latency,
		before,
		after,
		judge.SummarisePast(earlier, o),
		o,
	); got.Verdict != judge.Unchanged || got.Null == nil || got.Null.Beyond ||
		got.Null.Windows != 10 {
		t.Errorf("with: %s", got.Sentence)
	}
	if got := judge.Compare(
		latency,
		before,
		window(noise(2, 60, 400, 5)...),
		judge.SummarisePast(earlier, o),
		o,
	); got.Verdict != judge.Regressed ||
		got.Null.Quantile != 1 {
		t.Errorf("beyond all of them: %s", got.Sentence)
	}
	if got := judge.Compare(latency, before, after, judge.SummarisePast(earlier[:4], o), o); got.Null != nil {
		t.Error("four windows make no null")
	}
}

// What is usual is told by how far windows stand out from those before them.
func TestStandingOut(t *testing.T) {
	o := options(t)
	level := func(levels ...float64) (all []judge.Window) {
		for i, l := range levels {
			all = append(all, window(noise(uint64(i+1), 60, l, 3)...))
		}
		return all
	}
	later := func(w judge.Window, windows int) judge.Window {
		w.Series = slices.Clone(w.Series)
		for i := range w.Series {
			w.Series[i].Time += int64(windows * 3600)
		}
		return w
	}
	for _, c := range []struct {
		name    string
		levels  []float64 // of windows of an hour; the last two are compared
		hours   int       // between these two
		verdict judge.Verdict
		says    string
	}{
		{"twice as much as ever", []float64{100, 101, 99, 100, 102, 98, 100, 200}, 1, judge.Regressed, "of pairs with usual values"},
		{
			"twice as much since a lasting shift",
			[]float64{300, 301, 299, 300, 302, 298, 300, 300, 301, 299, 302, 300, 100, 101, 99, 100, 100, 102, 100, 200},
			1, judge.Regressed, "",
		},
		{"back from a window that was unusual", []float64{100, 101, 99, 100, 102, 98, 100, 200, 100}, 1, judge.Unchanged, "usual range of"},
		{"unusual again and again", []float64{100, 200, 99, 201, 102, 198, 100, 200}, 1, judge.Unchanged, "usual range of"},
		{
			"up within an hour, after it went down within hours",
			[]float64{200, 180, 160, 140, 120, 100, 99, 101, 100, 99, 100, 170}, 1, judge.Regressed, "",
		},
		{
			"up within hours, as it went down", []float64{200, 180, 160, 140, 120, 100, 99, 101, 100, 99, 100, 170},
			9, judge.Unchanged, "usual range of",
		},
		{"more than ever, hours later", []float64{200, 180, 160, 140, 120, 100, 99, 101, 100, 99, 100, 400}, 9, judge.Regressed, ""},
		{
			"as much as one of few earlier windows", []float64{100, 200, 100, 200}, 1, judge.Inconclusive,
			"too few earlier windows show what is usual",
		},
		{"more than each of few earlier windows", []float64{100, 120, 100, 200}, 1, judge.Regressed, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := level(c.levels...)
			n := len(all)
			got := judge.Compare(latency, all[n-2], later(all[n-1], c.hours), judge.SummarisePast(all[:n-2], o), o)
			if got.Verdict != c.verdict || !strings.Contains(got.Sentence, c.says) {
				t.Errorf("%s: %s", got.Verdict, got.Sentence)
			}
		})
	}
}

// steady are twelve windows at one level.
func steady() (all []judge.Window) {
	for i := range uint64(12) {
		all = append(all, window(noise(10+i, 60, 100, 3)...))
	}
	return all
}

// Where only the upper values moved, a part of it changed.
func TestAPartOfIt(t *testing.T) {
	o := options(t)
	before, after := window(noise(1, 60, 100, 3)...), noise(2, 60, 100, 3)
	for i := range 28 {
		after[2*i] *= 3
	}
	for _, known := range [][]judge.Window{steady(), nil} {
		got := judge.Compare(latency, before, window(after...), judge.SummarisePast(known, o), o)
		want, says := judge.Inconclusive, "it changed in part: 3 of 6 steady statistics of its level moved"
		if known == nil {
			says = "it changed in part: 3 of 6 statistics of its level differ"
		}
		if got.Verdict != want || !strings.Contains(got.Because, says) || got.Agreement.Agree != 3 {
			t.Errorf("with %d earlier windows %s: %s", len(known), got.Verdict, got.Sentence)
		}
	}
}

// An incident that lasted for most of a window is one, with earlier windows and without.
func TestMostOfIt(t *testing.T) {
	o := options(t)
	before, after := window(noise(1, 60, 100, 3)...), noise(2, 60, 100, 3)
	for i := range 43 {
		after[i] *= 2
	}
	for _, known := range [][]judge.Window{steady(), nil} {
		if got := judge.Compare(latency, before, window(after...), judge.SummarisePast(known, o), o); got.Verdict != judge.Regressed {
			t.Errorf("with %d earlier windows %s", len(known), got.Sentence)
		}
	}
}

// An old window that was unusual itself hides nothing that earlier ones show.
func TestAgainstWhatWasUsual(t *testing.T) {
	o := options(t)
	// each window has a burst, the old one the longest
	bursting := func(seed uint64, length int) judge.Window {
		values := noise(seed, 60, 100, 3)
		for i := range length {
			values[i] = 500
		}
		return window(values...)
	}
	var earlier []judge.Window
	for i := range 12 {
		earlier = append(earlier, bursting(uint64(10+i), i%8))
	}
	before, after := bursting(1, 20), window(noise(2, 60, 150, 3)...)
	got := judge.Compare(latency, before, after, judge.SummarisePast(earlier, o), o)
	if got.Verdict != judge.Regressed || got.Ranks.CLES > 0.67 || got.Bootstrap.P > 0.001 || *got.Null.CLES < 0.9 ||
		got.Change.Statistic != "p50" {
		t.Errorf("%s", got.Sentence)
	}
	o.UsualWeight = 0
	if got := judge.Compare(latency, before, after, judge.SummarisePast(earlier, o), o); got.Verdict != judge.Inconclusive {
		t.Errorf("against the old window alone: %s", got.Sentence)
	}
}

// Whatever is remembered, the evidence can be written down.
func TestNullIsOfNumbers(t *testing.T) {
	o := options(t)
	rapid.Check(t, func(t *rapid.T) {
		level := rapid.SampledFrom([]float64{0, 0, 0.1, 1, 5, 1e6})
		var all []judge.Window
		for i, l := range rapid.SliceOfN(level, 2, 20).Draw(t, "levels") {
			all = append(all, window(noise(uint64(i), 30, l, l/30)...))
		}
		m := latency
		m.Floor.Absolute = rapid.SampledFrom([]float64{0, 0.01}).Draw(t, "floor")
		n := len(all)
		r := judge.Compare(m, all[n-2], all[n-1], judge.SummarisePast(all[:n-2], o), o)
		if _, err := json.Marshal(r); err != nil {
			t.Fatal(err)
		}
		if r.Null != nil && (r.Null.Low > r.Null.High || r.Null.CLES != nil && !(*r.Null.CLES >= 0 && *r.Null.CLES <= 1)) {
			t.Fatalf("%+v", *r.Null)
		}
	})
}

// For any windows, a verdict never relies on missing data, both directions are
// treated alike, and no number is NaN or infinite.
func TestCompareProperties(t *testing.T) {
	o := options(t)
	side := func(t *rapid.T, name string) judge.Window {
		values := rapid.SliceOfN(rapid.Float64Range(0, 1e6), 0, 80).Draw(t, name)
		w := window(values...)
		w.Expected += rapid.IntRange(0, 20).Draw(t, name+" missing")
		if w.Samples > 0 && w.Samples < w.Expected {
			w.Status, w.Reason = behaviour.Partial, "some are missing"
		}
		return w
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := side(t, "before"), side(t, "after")
		m := latency
		m.Polarity = rapid.SampledFrom([]string{judge.Higher, judge.Lower, judge.Either}).Draw(t, "polarity")
		r := judge.Compare(m, a, b, nil, o)
		told := r.Verdict == judge.Improved || r.Verdict == judge.Regressed || r.Verdict == judge.Unchanged
		for _, w := range []judge.Window{a, b} {
			if w.Samples == 0 && r.Verdict != judge.NoData {
				t.Fatalf("no data, and yet: %s", r.Sentence)
			}
			if told && (w.Samples < o.MinSamples || float64(w.Samples) < o.MinCoverage*float64(w.Expected)) {
				t.Fatalf("%d of %d samples, and yet: %s", w.Samples, w.Expected, r.Sentence)
			}
		}
		if r.Verdict == judge.NoData {
			return
		}
		if r.Sentence == "" ||
			!slices.Contains([]judge.Verdict{judge.Improved, judge.Regressed, judge.Unchanged, judge.Inconclusive}, r.Verdict) {
			t.Fatalf("%q: %q", r.Verdict, r.Sentence)
		}
		for _, x := range []float64{r.Ranks.P, r.Ranks.CLES, r.Ranks.Low, r.Ranks.High, r.Bootstrap.P, r.Spread.P} {
			if math.IsNaN(x) || x < 0 || x > 1 {
				t.Fatalf("no share: %v in %s", x, fmt.Sprintf("%+v", r))
			}
		}
		if back := judge.Compare(
			m,
			b,
			a,
			nil,
			o,
		); math.Abs(back.Ranks.CLES-(1-r.Ranks.CLES)) > 1e-12 ||
			math.Abs(*back.Change.Shift+*r.Change.Shift) > 1e-6 {
			t.Fatalf("there and back: CLES %v and %v, shift %v and %v", r.Ranks.CLES, back.Ranks.CLES, *r.Change.Shift, *back.Change.Shift)
		}
	})
}
