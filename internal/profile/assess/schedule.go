package assess

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

// Plan is a cluster to assess periodically.
type Plan struct {
	ClusterID  string
	Namespaces []string // each assessed separately; empty means the whole cluster
	Every      time.Duration
	Window     time.Duration
	Preset     string
	Except     []string // promised metrics to leave out
}

// scrapeDelay is the wait after a window's end, so that the last samples are scraped; short intervals wait a tenth.
const scrapeDelay = 30 * time.Second

// Late returns how long after its end a window is assessed.
func (p Plan) Late() time.Duration { return min(scrapeDelay, p.Every/10) }

// Ended returns the end of the last window due at a time. Windows end at multiples of the interval since 1970, so
// that all processes with the same plan assess the same windows.
func (p Plan) Ended(at time.Time) time.Time {
	since := at.Add(-p.Late()).UnixNano()
	return time.Unix(0, since-since%int64(p.Every)).UTC()
}

// Windows returns the windows with this end, one for each namespace.
func (p Plan) Windows(end time.Time) []Window {
	all := []Window{}
	for _, namespace := range p.scopeNamespaces() {
		all = append(all, p.windowFor(namespace, end))
	}
	return all
}

func (p Plan) windowFor(namespace string, end time.Time) Window {
	return Window{
		ClusterID: p.ClusterID, Namespace: namespace, WindowStart: end.Add(-p.Window), WindowEnd: end, Preset: p.Preset, Except: p.Except,
	}
}

func (p Plan) scopeNamespaces() []string {
	if len(p.Namespaces) == 0 {
		return []string{""}
	}
	return p.Namespaces
}

// Run assesses by plan until the context ends. Each window is stored once, however many processes follow the plan. It
// logs failures and continues with the next window.
func (w *Watcher) Run(ctx context.Context, logger *slog.Logger) {
	var all sync.WaitGroup
	for _, p := range w.o.Plans {
		for _, namespace := range p.scopeNamespaces() {
			all.Go(func() { w.runPlan(ctx, p, namespace, logger.With("cluster_id", p.ClusterID, "namespace", namespace)) })
		}
	}
	all.Wait()
}

func (w *Watcher) runPlan(ctx context.Context, p Plan, namespace string, logger *slog.Logger) {
	if err := w.recallLatest(ctx, p.ClusterID, namespace); err != nil && ctx.Err() == nil {
		logger.Error("read the last assessment", "error", err.Error())
	}
	for {
		end := p.Ended(w.o.Now()).Add(p.Every)
		select {
		case <-ctx.Done():
			return
		case <-time.After(end.Add(p.Late()).Sub(w.o.Now())):
		}
		a, first, err := w.Assess(ctx, p.windowFor(namespace, end))
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			logger.Error("assess", "window_end", end.UTC(), "error", err.Error())
		case first:
			logger.Info("assessed", "id", a.ID, "health", a.Health, "conformance", a.Conformance, "summary", a.Drift.Summary)
		default:
			w.o.OnAssessed(a) // created by another process
		}
	}
}

// Recall reports the newest assessment of each planned cluster and namespace, whichever process created it.
func (w *Watcher) Recall(ctx context.Context) error {
	var failed []error
	for _, p := range w.o.Plans {
		for _, namespace := range p.scopeNamespaces() {
			failed = append(failed, w.recallLatest(ctx, p.ClusterID, namespace))
		}
	}
	return errors.Join(failed...)
}

// recallLatest reports the newest stored assessment.
func (w *Watcher) recallLatest(ctx context.Context, cluster, namespace string) error {
	page, err := w.o.Store.Assessments(ctx, store.AssessmentFilter{Cluster: &cluster, Namespace: &namespace}, 1, "")
	if err != nil || len(page.Assessments) == 0 {
		return err
	}
	a, err := w.Get(ctx, page.Assessments[0].ID)
	if err == nil {
		w.o.OnAssessed(a)
	}
	return err
}
