package assess

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
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

// Late is how long after its end a window is assessed.
func (p Plan) Late() time.Duration { return min(settle, p.Every/10) }

// Ended is when the last window ended that is to be assessed at a time. Windows
// end at multiples of the interval since 1970, so that all who follow the same
// plan assess the same ones.
func (p Plan) Ended(at time.Time) time.Time {
	since := at.Add(-p.Late()).UnixNano()
	return time.Unix(0, since-since%int64(p.Every)).UTC()
}

// Requests ask for the windows that end then, one of each namespace.
func (p Plan) Requests(end time.Time) []Request {
	all := []Request{}
	for _, namespace := range p.namespaces() {
		all = append(all, p.request(namespace, end))
	}
	return all
}

func (p Plan) request(namespace string, end time.Time) Request {
	return Request{ClusterID: p.ClusterID, Namespace: namespace, WindowStart: end.Add(-p.Window), WindowEnd: end, Preset: p.Preset}
}

func (p Plan) namespaces() []string {
	if len(p.Namespaces) == 0 {
		return []string{""}
	}
	return p.Namespaces
}

// Run assesses by plan until the context ends; each window is kept once, however
// many follow the plan. What fails is logged, and the next window tried.
func (w *Watcher) Run(ctx context.Context, logger *slog.Logger) {
	var all sync.WaitGroup
	for _, p := range w.o.Plans {
		for _, namespace := range p.namespaces() {
			all.Go(func() { w.follow(ctx, p, namespace, logger.With("cluster_id", p.ClusterID, "namespace", namespace)) })
		}
	}
	all.Wait()
}

func (w *Watcher) follow(ctx context.Context, p Plan, namespace string, logger *slog.Logger) {
	if err := w.recall(ctx, p.ClusterID, namespace); err != nil && ctx.Err() == nil {
		logger.Error("read the last assessment", "error", err.Error())
	}
	for {
		end := p.Ended(w.o.Now()).Add(p.Every)
		select {
		case <-ctx.Done():
			return
		case <-time.After(end.Add(p.Late()).Sub(w.o.Now())):
		}
		a, first, err := w.Assess(ctx, p.request(namespace, end))
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

// Recall tells of the newest assessment of each that a plan is for, whoever has
// made it.
func (w *Watcher) Recall(ctx context.Context) error {
	var failed []error
	for _, p := range w.o.Plans {
		for _, namespace := range p.namespaces() {
			failed = append(failed, w.recall(ctx, p.ClusterID, namespace))
		}
	}
	return errors.Join(failed...)
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
