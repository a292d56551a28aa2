package watch

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/store"
)

// A Plan says which cluster is assessed by itself, and how often.
type Plan struct {
	ClusterID  string
	Namespaces []string // each by itself; none is the whole cluster
	Every      time.Duration
	Window     time.Duration
	Preset     string
}

// settle is how long after its end a window is assessed, so that the last
// samples have been scraped; a tenth of a short interval.
const settle = 30 * time.Second

// Run assesses by plan until the context ends. Windows end at multiples of the
// interval, so that all who run the same plan assess the same windows, and each
// is kept once. What fails is logged, and the next window tried.
func (w *Watcher) Run(ctx context.Context, plans []Plan, logger *slog.Logger) {
	var all sync.WaitGroup
	for _, p := range plans {
		namespaces := p.Namespaces
		if len(namespaces) == 0 {
			namespaces = []string{""}
		}
		for _, namespace := range namespaces {
			all.Go(func() { w.follow(ctx, p, namespace, logger.With("cluster_id", p.ClusterID, "namespace", namespace)) })
		}
	}
	all.Wait()
}

func (w *Watcher) follow(ctx context.Context, p Plan, namespace string, logger *slog.Logger) {
	if err := w.recall(ctx, p.ClusterID, namespace); err != nil && ctx.Err() == nil {
		logger.Error("read the last assessment", "error", err.Error())
	}
	late := min(settle, p.Every/10)
	for {
		end := w.o.Now().Add(-late).Truncate(p.Every).Add(p.Every)
		select {
		case <-ctx.Done():
			return
		case <-time.After(end.Add(late).Sub(w.o.Now())):
		}
		a, first, err := w.Assess(ctx, Request{ClusterID: p.ClusterID, Namespace: namespace, WindowStart: end.Add(-p.Window), WindowEnd: end, Preset: p.Preset})
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			logger.Error("assess", "window_end", end.UTC(), "error", err.Error())
		case first:
			logger.Info("assessed", "id", a.ID, "health", a.Health, "conformance", a.Conformance, "summary", a.Drift.Summary)
		default:
			w.o.Told(a) // another has made it
		}
	}
}

// recall tells of the newest assessment that there is.
func (w *Watcher) recall(ctx context.Context, cluster, namespace string) error {
	page, err := w.o.Store.Assessments(ctx, store.AssessmentFilter{Cluster: &cluster, Namespace: &namespace}, 1, "")
	if err != nil || len(page.Assessments) == 0 {
		return err
	}
	a, err := w.Get(ctx, page.Assessments[0].ID)
	if err == nil {
		w.o.Told(a)
	}
	return err
}
