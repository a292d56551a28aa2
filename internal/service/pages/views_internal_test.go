package pages

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
)

// A proposed pair is of one cluster, namespace and task queue, and its baseline comes first.
func TestProposedPair(t *testing.T) {
	choice := func(id, cluster, queue string, isBaseline bool) behaviour.Metadata {
		return behaviour.Metadata{ID: id, ClusterID: cluster, Namespace: "n", TaskQueue: queue, IsBaseline: isBaseline}
	}
	newestFirst := []behaviour.Metadata{
		choice("lone", "c", "", false), choice("a3", "a", "", false), choice("b2", "b", "", false), choice("queue", "a", "q", false),
		choice("b1", "b", "", true), choice("b0", "b", "", false), choice("a1", "a", "", false),
	}
	for _, x := range []struct{ a, b, before, after string }{
		{"", "", "a1", "a3"},           // the newest with another; without a baseline, the oldest
		{"", "b2", "b1", "b2"},         // the baseline
		{"", "b1", "b0", "b1"},         // of a baseline, the oldest other
		{"b0", "", "b0", "b2"},         // the newest of the same cluster
		{"", "lone", "", "lone"},       // no pair across clusters
		{"lone", "", "lone", ""},       //
		{"", "queue", "", "queue"},     // nor across task queues
		{"", "unknown", "", "unknown"}, // too old to be a choice
	} {
		before, after := proposePair(newestFirst, x.a, x.b)
		if before != x.before || after != x.after {
			t.Errorf("for %q and %q it proposes %q and %q, want %q and %q", x.a, x.b, before, after, x.before, x.after)
		}
	}
}

// The head of a cluster's page is the newest verdict that knows something.
func TestClusterHead(t *testing.T) {
	start := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	row := func(hour int, health string) assessmentRow {
		end := start.Add(time.Duration(hour) * time.Hour)
		return assessmentRow{Span: formatClock(end), DetailedAssessment: assess.DetailedAssessment{
			Assessment: behaviour.Assessment{WindowStart: end.Add(-time.Hour), WindowEnd: end, Health: health},
		}}
	}
	profile := func(hour int, health string) profileRow {
		end := start.Add(time.Duration(hour) * time.Hour)
		return profileRow{Span: formatClock(end), Health: &verdicts.Health{Health: health},
			Metadata: behaviour.Metadata{WindowStart: end.Add(-time.Hour), WindowEnd: end}}
	}
	for name, x := range map[string]struct {
		assessments     []assessmentRow
		profiles        []profileRow
		health, at, new string
		isProfile       bool
	}{
		"the newest": {[]assessmentRow{row(3, "healthy"), row(2, "critical")}, nil, "healthy", "12:00", "", false},
		"the newest that knows": {
			[]assessmentRow{row(3, "unknown"), row(2, "critical")}, []profileRow{profile(1, "healthy")}, "critical", "11:00", "12:00", false,
		},
		"a newer profile":    {[]assessmentRow{row(2, "critical")}, []profileRow{profile(3, "healthy")}, "healthy", "12:00", "", true},
		"an unknown profile": {[]assessmentRow{row(2, "critical")}, []profileRow{profile(3, "unknown")}, "critical", "11:00", "", false},
		"nothing known":      {[]assessmentRow{row(2, "unknown")}, nil, "unknown", "11:00", "", false},
		"profiles alone":     {nil, []profileRow{profile(3, "degraded"), profile(2, "healthy")}, "degraded", "12:00", "", true},
	} {
		v := clusterView{History: &assessmentHistory{Rows: x.assessments}, Rows: x.profiles}
		v.chooseHead()
		if v.Head == nil || v.Head.Health != x.health || v.Head.Span != x.at || v.Head.Newer != x.new || (v.Latest != nil) != x.isProfile {
			t.Errorf("%s: the head is %+v", name, v.Head)
		}
	}
	empty := clusterView{History: &assessmentHistory{}}
	if empty.chooseHead(); empty.Head != nil {
		t.Errorf("without a window the head is %+v", empty.Head)
	}
}

// Windows that overlap are drawn in lanes of their own, and uncovered time is hatched.
func TestStripShowsOverlapsAndGaps(t *testing.T) {
	start := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	cell := func(from, to int) stripCell {
		return stripCell{start.Add(time.Duration(from) * time.Minute), start.Add(time.Duration(to) * time.Minute), "good", 1}
	}
	for _, x := range []struct {
		cells        []stripCell
		lanes, holes int
	}{
		{[]stripCell{cell(0, 10), cell(10, 20)}, 1, 0},
		{[]stripCell{cell(0, 20), cell(10, 30), cell(20, 40)}, 2, 0},
		{[]stripCell{cell(0, 10), cell(20, 30), cell(40, 50)}, 1, 2},
		{[]stripCell{cell(0, 60), cell(10, 20), cell(30, 40)}, 2, 0}, // within the first
	} {
		_, lanes := assignLanes(x.cells)
		drawn := string(drawStrip(x.cells, healthStrip))
		if lanes != x.lanes || strings.Count(drawn, `class="gap"`) != x.holes || strings.Count(drawn, `class="good"`) != len(x.cells) {
			t.Errorf("%d lanes, want %d, with %d gaps: %s", lanes, x.lanes, x.holes, drawn)
		}
	}
}

// Axes begin at zero, or at 40 % for high ratios; labels come after the lines, and what is outside is marked.
func TestPlotIsHonest(t *testing.T) {
	line := func(low, high float64) plotLine {
		return plotLine{"a", []behaviour.Point{{Time: 0, Value: low}, {Time: 60, Value: high}}}
	}
	for _, x := range []struct {
		unit            string
		low, high       float64
		begins, ends    float64
		outside         outsideMark
		isArea, isShown bool
	}{
		{"st/s", 140, 169, 0, 200, outsideMark{}, true, false},
		{"ms", 400, 480, 0, 600, outsideMark{200, false, true}, true, true},
		{"ratio", 0.95, 1.02, 0.4, 1, outsideMark{}, false, false},
		{"ratio", 0.2, 0.6, 0, 0.6, outsideMark{0.9, true, true}, true, true},
		{"st/s", -5, 5, -5, 5, outsideMark{}, true, false},
	} {
		f := plotFrame{unit: x.unit, seconds: 60, outside: x.outside}
		if x.outside.isSet {
			f.bounds = []float64{x.outside.bound}
			x.ends = max(x.ends, x.outside.bound)
		}
		p := f.drawLines(line(x.low, x.high))
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
		if got := formatRelative(percent); got != want {
			t.Errorf("%v %% is %q, want %q", percent, got, want)
		}
	}
	if got := formatDigits(0.00052); got != "0.00052" {
		t.Errorf("0.00052 is %q", got)
	}
}

// The filter keeps the rest of the address, so that the link shows the same profiles.
func TestFilterKeepsTheAddress(t *testing.T) {
	f := newViewFilter(httptest.NewRequest("GET", "/ui/compare?a=1&b=2&show=outside", nil), "Only what regressed")
	if !f.Only || f.Open || len(f.Links) != 3 || f.Links[0].Address != "/ui/compare?a=1&b=2" || !f.Links[1].Chosen ||
		f.Links[2].Address != "/ui/compare?a=1&b=2&show=all" {
		t.Errorf("the filter is %+v", f)
	}
}
