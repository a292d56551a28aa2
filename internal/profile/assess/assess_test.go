package assess_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
)

// The Prometheus that all tests ask.
var world *apitest.World

func TestMain(m *testing.M) { os.Exit(apitest.Main(m, &world)) }

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// parts are what watchers of one store have in common.
func parts(t *testing.T, prometheus string, now func() time.Time) (assess.Options, *store.Store) {
	t.Helper()
	kept, err := store.Open(t.Context(), store.Options{DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	})
	collector, err := telemetry.New(telemetry.Config{URL: prometheus, Tries: 1}, world.Metrics)
	if err != nil {
		t.Fatal(err)
	}
	comparer, err := compare.New(world.Engine)
	if err != nil {
		t.Fatal(err)
	}
	assessor, err := verdicts.New(t.Context(), world.Engine, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	recorder := record.New(record.Options{
		Store: kept, Taker: snapshot.New(world.Engine, nil), Concurrency: 8, Now: now,
		Clusters: map[string]record.Cluster{"eu": {Telemetry: collector}},
	})
	return assess.Options{
		Store:    kept,
		Recorder: recorder,
		Comparer: func() (assess.Comparer, error) { return comparer, nil },
		Assessor: assessor,
		Now:      now,
	}, kept
}

func halfHour(n int) assess.Window {
	start := apitest.Start.Add(time.Duration(n) * 30 * time.Minute)
	return assess.Window{ClusterID: "eu", Namespace: "payments", WindowStart: start, WindowEnd: start.Add(30 * time.Minute)}
}

func assessed(t *testing.T, w *assess.Watcher, q assess.Window) (assess.DetailedAssessment, bool) {
	t.Helper()
	a, first, err := w.Assess(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return a, first
}

// Without a baseline nobody knows how a cluster is; against one each metric has a
// status, and with a preset there is a conformance.
func TestAssess(t *testing.T) {
	o, kept := parts(t, world.Prometheus, time.Now)
	var told []string
	o.OnAssessed = func(a assess.DetailedAssessment) { told = append(told, a.ID) }
	w := assess.New(o)
	first, made := assessed(t, w, halfHour(0))
	if !made || first.Health != verdicts.Unknown || first.BaselineID != "" || first.Promises != nil || first.Conformance != "" ||
		len(first.Metrics) != 0 {
		t.Errorf("without baseline and preset: %+v", first)
	}
	p, err := kept.Get(t.Context(), first.ProfileID)
	if err != nil {
		t.Fatal(err)
	}
	if p.Label != assess.Label || p.Namespace != "payments" || !p.WindowStart.Equal(apitest.Start) {
		t.Errorf("its profile: %+v", p.Metadata)
	}
	if _, err := kept.SetBaseline(t.Context(), first.ProfileID, nil); err != nil {
		t.Fatal(err)
	}
	q := halfHour(1)
	q.Preset = "starter"
	second, _ := assessed(t, w, q)
	statuses := map[string]string{}
	for _, m := range second.Metrics {
		statuses[m.Metric] = m.Status
	}
	// it has grown by nothing in an hour, and nothing else of the namespace is exported
	if statuses["throughput.workflows_started_per_sec"] != assess.Steady || statuses["latency.persistence_latency_p99"] != assess.Unknown {
		t.Errorf("statuses: %v", statuses)
	}
	if second.BaselineID != first.ProfileID || second.PresetName != "starter" || second.Conformance != verdicts.Inconclusive ||
		second.Promises == nil {
		t.Errorf("against the baseline: %+v", second.Assessment)
	}
	if want := []string{first.ID, second.ID}; !cmp.Equal(told, want) {
		t.Errorf("told of %v, not %v", told, want)
	}
}

// What was found of a window stays, whatever is the baseline later.
func TestAWindowIsAssessedOnce(t *testing.T) {
	o, kept := parts(t, world.Prometheus, time.Now)
	w := assess.New(o)
	first, _ := assessed(t, w, halfHour(0))
	other, _ := assessed(t, w, halfHour(1))
	if _, err := kept.SetBaseline(t.Context(), other.ProfileID, nil); err != nil {
		t.Fatal(err)
	}
	again, made := assessed(t, w, halfHour(0))
	if diff := cmp.Diff(first, again); diff != "" || made {
		t.Errorf("made again: %v, %s", made, diff)
	}
	read, err := w.Get(t.Context(), first.ID)
	if diff := cmp.Diff(first, read); diff != "" || err != nil {
		t.Errorf("%v, %s", err, diff)
	}
	// and the one that is the baseline is held against nothing
	if other, _ := assessed(t, w, halfHour(1)); other.BaselineID != "" {
		t.Errorf("%+v", other.Assessment)
	}
}

// A window is assessed again on request, and the newest one with a new baseline.
func TestAssessAgain(t *testing.T) {
	o, kept := parts(t, world.Prometheus, time.Now)
	w := assess.New(o)
	first, _ := assessed(t, w, halfHour(0))
	second, _ := assessed(t, w, halfHour(1))
	if second.BaselineID != "" || len(second.Metrics) > 0 {
		t.Fatalf("without a baseline: %+v", second)
	}
	if err := w.AssessNewest(t.Context(), "eu", "payments"); err != nil {
		t.Fatal(err)
	}
	if _, err := kept.SetBaseline(t.Context(), first.ProfileID, nil); err != nil {
		t.Fatal(err)
	}
	q := halfHour(1)
	q.Again, q.Preset, q.Except = true, "starter", []string{"matching.backlog_age"}
	again, made := assessed(t, w, q)
	if made || again.ID != second.ID || again.ProfileID != second.ProfileID || again.BaselineID != first.ProfileID ||
		len(again.Metrics) == 0 || again.PresetName != "starter" || !cmp.Equal(again.Promises.Excepted, q.Except) {
		t.Errorf("again: %+v", again)
	}
	if read, err := w.Get(t.Context(), second.ID); err != nil || !cmp.Equal(read, again) {
		t.Errorf("%v: %s", err, cmp.Diff(read, again))
	}
	third, _ := assessed(t, w, halfHour(2))
	if _, err := kept.SetBaseline(t.Context(), second.ProfileID, nil); err != nil {
		t.Fatal(err)
	}
	if err := w.AssessNewest(t.Context(), "eu", "payments"); err != nil {
		t.Fatal(err)
	}
	for id, baseline := range map[string]string{third.ID: second.ProfileID, again.ID: first.ProfileID} {
		if read, err := w.Get(t.Context(), id); err != nil || read.BaselineID != baseline {
			t.Errorf("%v: %+v", err, read.Assessment)
		}
	}
}

// A window that cannot be collected is reported and not stored, and the next one is
// tried.
func TestAWindowThatFails(t *testing.T) {
	began := time.Now()
	now := func() time.Time { return apitest.Start.Add(30 * time.Minute).Add(time.Since(began)) }
	o, kept := parts(t, "http://127.0.0.1:1", now)
	o.OnAssessed = func(a assess.DetailedAssessment) { t.Errorf("told of %+v", a) }
	var log lines
	running, stop := context.WithTimeout(t.Context(), 5*time.Second)
	defer stop()
	log.enough = func(text string) {
		if strings.Count(text, "level=ERROR") >= 2 {
			stop()
		}
	}
	o.Plans = []assess.Plan{{ClusterID: "eu", Every: time.Second, Window: time.Minute}}
	assess.New(o).Run(running, slog.New(slog.NewTextHandler(&log, nil)))
	text := log.String()
	if strings.Count(text, "connection refused") < 2 || !strings.Contains(text, "cluster_id=eu") || !strings.Contains(text, "window_end=") {
		t.Error(text)
	}
	page, err := kept.Assessments(t.Context(), store.AssessmentFilter{}, store.MaxLimit, "")
	if err != nil || len(page.Assessments) > 0 {
		t.Errorf("%v, %v", page, err)
	}
	if _, _, err := assess.New(o).
		Assess(t.Context(), assess.Window{ClusterID: "eu", WindowStart: now(), WindowEnd: now().Add(time.Hour)}); err == nil {
		t.Error("a window of the future is assessed")
	}
}

// lines is a log that tells when there is enough of it.
type lines struct {
	mu     sync.Mutex
	text   bytes.Buffer
	enough func(string)
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	l.enough(l.text.String())
	return len(p), nil
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Two watchers assess one cluster every second: each window is kept once, and a
// third one that starts later knows the last.
func TestReplicasAssessEachWindowOnce(t *testing.T) {
	began := time.Now()
	now := func() time.Time { return apitest.Start.Add(30 * time.Minute).Add(time.Since(began)) }
	plans := []assess.Plan{{ClusterID: "eu", Namespaces: []string{"payments", "orders"}, Every: time.Second, Window: 10 * time.Minute}}
	o, kept := parts(t, world.Prometheus, now)
	watcher := func(plans []assess.Plan, tell func(assess.DetailedAssessment)) *assess.Watcher {
		o := o
		o.Plans, o.OnAssessed = plans, tell
		return assess.New(o)
	}
	var mu sync.Mutex
	told := map[string]int{}
	running, stop := context.WithTimeout(t.Context(), 8*time.Second)
	defer stop()
	var all sync.WaitGroup
	for range 2 {
		w := watcher(plans, func(a assess.DetailedAssessment) {
			mu.Lock()
			defer mu.Unlock()
			if told[a.ID]++; a.Namespace == "payments" && told[a.ID] == 2 && len(told) >= 4 {
				stop()
			}
		})
		all.Go(func() { w.Run(running, quiet) })
	}
	all.Wait()
	page, err := kept.Assessments(t.Context(), store.AssessmentFilter{}, store.MaxLimit, "")
	if err != nil {
		t.Fatal(err)
	}
	windows := map[[2]string]int{}
	for _, a := range page.Assessments {
		windows[[2]string{a.Namespace, a.WindowEnd.String()}]++
	}
	profiles, err := kept.List(t.Context(), store.Filter{}, store.MaxLimit, "")
	if err != nil {
		t.Fatal(err)
	}
	made := map[[2]string]int{}
	for _, m := range profiles.Profiles {
		made[[2]string{m.Namespace, m.WindowEnd.String()}]++
	}
	for _, counted := range []map[[2]string]int{windows, made} {
		if len(counted) < 2 {
			t.Fatalf("%v", counted)
		}
		for of, n := range counted {
			if n != 1 {
				t.Errorf("%v is kept %d times", of, n)
			}
		}
	}
	recalled := make(chan assess.DetailedAssessment, 8)
	late, end := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer end()
	hourly := []assess.Plan{{ClusterID: "eu", Namespaces: []string{"payments"}, Every: time.Hour, Window: time.Hour}}
	watcher(hourly, func(a assess.DetailedAssessment) { recalled <- a }).Run(late, quiet)
	select {
	case a := <-recalled:
		if a.Namespace != "payments" || a.Health == "" || a.Drift.Summary == "" {
			t.Errorf("%+v", a)
		}
	default:
		t.Error("a watcher that starts does not know the last assessment")
	}
}

// What a cluster cannot export is left out of each of its windows, also of those that a request assesses again.
func TestExceptionsOfAPlan(t *testing.T) {
	o, _ := parts(t, world.Prometheus, time.Now)
	const metric = "dsql_pool.reservoir_size"
	plan := assess.Plan{
		ClusterID:  "eu",
		Namespaces: []string{"payments"},
		Every:      time.Minute,
		Window:     time.Minute,
		Except:     []string{metric},
	}
	o.Plans = []assess.Plan{plan}
	if q := plan.Windows(apitest.End)[0]; len(q.Except) != 1 || q.Except[0] != metric {
		t.Errorf("a window of the plan leaves out %v", q.Except)
	}
	w := assess.New(o)
	for _, x := range []struct {
		cluster, preset string
		except          []string
		want            []string
	}{
		{"eu", "", nil, []string{metric}},
		{"eu", "", []string{}, []string{}}, // a request that leaves out nothing
		{"eu", "starter", nil, []string{}}, // whose promises can be others
	} {
		q := halfHour(0)
		q.Preset, q.Except, q.Again = x.preset, x.except, true
		if x.preset == "" {
			q.Preset = plan.Preset
		}
		if got := w.WithDefaults(q).Except; !cmp.Equal(got, x.want, cmpopts.EquateEmpty()) {
			t.Errorf("%q with %v leaves out %v, want %v", x.preset, x.except, got, x.want)
		}
	}
}
