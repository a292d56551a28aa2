package server_test

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/record"
	"github.com/temporal-dsql/temporal-dsql/internal/server"
	"github.com/temporal-dsql/temporal-dsql/internal/server/servertest"
	"github.com/temporal-dsql/temporal-dsql/internal/store"
	"github.com/temporal-dsql/temporal-dsql/internal/watch"
)

// Two services assess one cluster every second: each window is kept once, and a
// third one that starts later knows the last.
func TestReplicasAssessEachWindowOnce(t *testing.T) {
	began := time.Now()
	now := func() time.Time { return servertest.Start.Add(30 * time.Minute).Add(time.Since(began)) }
	plans := []watch.Plan{{ClusterID: "eu", Namespaces: []string{"payments", "orders"}, Every: time.Second, Window: 10 * time.Minute}}
	comparer, err := compare.New(world.Engine)
	if err != nil {
		t.Fatal(err)
	}
	assessor, err := assess.New(t.Context(), world.Engine)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	told := map[string]int{}
	var watcher func(tell func(watch.Detailed)) *watch.Watcher
	s := world.Serve(t, store.Options{DataDir: t.TempDir()}, func(setup *servertest.Setup) {
		setup.Record.Now = now
		kept := setup.Server.Store
		watcher = func(tell func(watch.Detailed)) *watch.Watcher {
			return watch.New(watch.Options{Store: kept, Recorder: lateRecorder{&setup.Server}, Comparer: comparer, Assessor: assessor, Told: tell, Now: now})
		}
	})
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	running, stop := context.WithTimeout(t.Context(), 8*time.Second)
	defer stop()
	var all sync.WaitGroup
	for range 2 {
		w := watcher(func(a watch.Detailed) {
			mu.Lock()
			defer mu.Unlock()
			if told[a.ID]++; a.Namespace == "payments" && told[a.ID] == 2 && len(told) >= 4 {
				stop()
			}
		})
		all.Go(func() { w.Run(running, plans, quiet) })
	}
	all.Wait()
	page, err := s.Kept.Assessments(t.Context(), store.AssessmentFilter{}, store.MaxLimit, "")
	if err != nil {
		t.Fatal(err)
	}
	windows := map[[2]string]int{}
	for _, a := range page.Assessments {
		windows[[2]string{a.Namespace, a.WindowEnd.String()}]++
	}
	profiles, err := s.Kept.List(t.Context(), store.Filter{}, store.MaxLimit, "")
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
	recalled := make(chan watch.Detailed, 8)
	late, end := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer end()
	watcher(func(a watch.Detailed) { recalled <- a }).Run(late, []watch.Plan{{ClusterID: "eu", Namespaces: []string{"payments"}, Every: time.Hour, Window: time.Hour}}, quiet)
	select {
	case a := <-recalled:
		if a.Namespace != "payments" || a.Health == "" || a.Drift.Summary == "" {
			t.Errorf("%+v", a)
		}
	default:
		t.Error("a service that starts does not know the last assessment")
	}
}

// lateRecorder is the recorder of a service that is still being set up.
type lateRecorder struct{ of *server.Config }

func (l lateRecorder) Create(ctx context.Context, q record.Request) (server.Metadata, error) {
	return l.of.Recorder.Create(ctx, q)
}
