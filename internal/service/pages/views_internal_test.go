package pages

import (
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
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
		return assessmentRow{Span: frame.FormatClock(end), DetailedAssessment: assess.DetailedAssessment{
			Assessment: behaviour.Assessment{WindowStart: end.Add(-time.Hour), WindowEnd: end, Health: health},
		}}
	}
	profile := func(hour int, health string) profileRow {
		end := start.Add(time.Duration(hour) * time.Hour)
		return profileRow{Span: frame.FormatClock(end), Health: &verdicts.Health{Health: health},
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
