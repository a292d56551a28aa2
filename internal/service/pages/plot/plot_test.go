package plot

import (
	"strings"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// Windows that overlap are drawn in lanes of their own, and uncovered time is hatched.
func TestStripShowsOverlapsAndGaps(t *testing.T) {
	start := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	cell := func(from, to int) Cell {
		return Cell{start.Add(time.Duration(from) * time.Minute), start.Add(time.Duration(to) * time.Minute), "good", 1}
	}
	for _, x := range []struct {
		cells        []Cell
		lanes, holes int
	}{
		{[]Cell{cell(0, 10), cell(10, 20)}, 1, 0},
		{[]Cell{cell(0, 20), cell(10, 30), cell(20, 40)}, 2, 0},
		{[]Cell{cell(0, 10), cell(20, 30), cell(40, 50)}, 1, 2},
		{[]Cell{cell(0, 60), cell(10, 20), cell(30, 40)}, 2, 0}, // within the first
	} {
		_, lanes := assignLanes(x.cells)
		drawn := string(DrawStrip(x.cells, 30))
		if lanes != x.lanes || strings.Count(drawn, `class="gap"`) != x.holes || strings.Count(drawn, `class="good"`) != len(x.cells) {
			t.Errorf("%d lanes, want %d, with %d gaps: %s", lanes, x.lanes, x.holes, drawn)
		}
	}
}

// Axes begin at zero, or at 40 % for high ratios; labels come after the lines, and what is outside is marked.
func TestPlotIsHonest(t *testing.T) {
	line := func(low, high float64) Line {
		return Line{"a", []behaviour.Point{{Time: 0, Value: low}, {Time: 60, Value: high}}}
	}
	for _, x := range []struct {
		unit            string
		low, high       float64
		begins, ends    float64
		outside         OutsideMark
		isArea, isShown bool
	}{
		{"st/s", 140, 169, 0, 200, OutsideMark{}, true, false},
		{"ms", 400, 480, 0, 600, OutsideMark{200, false, true}, true, true},
		{"ratio", 0.95, 1.02, 0.4, 1, OutsideMark{}, false, false},
		{"ratio", 0.2, 0.6, 0, 0.6, OutsideMark{0.9, true, true}, true, true},
		{"st/s", -5, 5, -5, 5, OutsideMark{}, true, false},
	} {
		f := Frame{Unit: x.unit, Seconds: 60, Outside: x.outside}
		if x.outside.IsSet {
			f.Bounds = []float64{x.outside.Bound}
			x.ends = max(x.ends, x.outside.Bound)
		}
		p := f.Draw(line(x.low, x.high))
		drawn := string(p.SVG)
		if p.Low != x.begins || p.High < x.ends || strings.Contains(drawn, `class="area`) != x.isArea ||
			strings.Contains(drawn, `class="outside"`) != x.isShown {
			t.Errorf("%g to %g %s: from %g to %g: %s", x.low, x.high, x.unit, p.Low, p.High, drawn)
		}
		if strings.Index(drawn, `class="tick"`) < strings.LastIndex(drawn, `<path`) {
			t.Errorf("a line can hide a label: %s", drawn)
		}
	}
}

func TestRelativeChanges(t *testing.T) {
	for percent, want := range map[float64]string{
		-0.04: "0.0 %", 3.14: "+3.1 %", -18.6: "-19 %", 496: "+496 %", 3440: "× 35.4",
	} {
		if got := FormatRelative(percent); got != want {
			t.Errorf("%v %% is %q, want %q", percent, got, want)
		}
	}
	if got := FormatDigits(0.00052); got != "0.00052" {
		t.Errorf("0.00052 is %q", got)
	}
}
