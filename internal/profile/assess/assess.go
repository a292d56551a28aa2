// Package assess assesses clusters (R15): a window becomes a profile, which is
// held against the baseline and against what was promised, once, however many
// do it.
package assess

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
)

// A Store keeps profiles and assessments.
type Store interface {
	Get(ctx context.Context, id string) (*behaviour.Profile, error)
	Baseline(ctx context.Context, cluster, namespace string) (*store.Baseline, error)
	Preceding(ctx context.Context, m behaviour.Metadata, most int) ([]behaviour.Metadata, error)
	CreateAssessment(ctx context.Context, a behaviour.Assessment, details []byte) (behaviour.Assessment, bool, error)
	Assessment(ctx context.Context, id string) (behaviour.Assessment, []byte, error)
	Assessments(ctx context.Context, f store.AssessmentFilter, limit int, cursor string) (*store.AssessmentPage, error)
}

// A Recorder makes the profile of a window, and knows what one can be held to.
type Recorder interface {
	Knows(stated snapshot.Versions) error
	Create(ctx context.Context, q record.Request) (behaviour.Metadata, error)
}

// A Comparer tells what differs between two profiles.
type Comparer interface {
	Compare(a, b behaviour.Profile, r compare.Request) (compare.Comparison, error)
	Remember(p behaviour.Profile) compare.Usual
}

// An Assessor judges.
type Assessor interface {
	Conformance(ctx context.Context, p behaviour.Profile, t verdicts.Target) (verdicts.Conformance, error)
	Drift(ctx context.Context, c compare.Comparison, conformance *verdicts.Conformance) (verdicts.Health, error)
}

// Options of a Watcher.
type Options struct {
	Store    Store
	Recorder Recorder
	// Comparer gives what compares, when it is needed
	Comparer func() (Comparer, error)
	Assessor Assessor
	// Plans are the clusters that are assessed by themselves.
	Plans []Plan
	// Told hears of each assessment that is made or found; nil is nobody.
	Told func(Detailed)
	// Now is the clock; time.Now where there is none.
	Now func() time.Time
}

// A Watcher assesses clusters. It may be used by many at once.
type Watcher struct {
	o Options

	// by the ids of profiles, which never change
	usual     remembered[compare.Usual]
	baselines remembered[baseline]
}

// how many are remembered: some 5 KB each, and some 200.
const (
	manyUsual     = 2048
	manyBaselines = 64
)

// New makes a Watcher.
func New(o Options) *Watcher {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Told == nil {
		o.Told = func(Detailed) {}
	}
	return &Watcher{o: o, usual: remembered[compare.Usual]{most: manyUsual}, baselines: remembered[baseline]{most: manyBaselines}}
}

// Earlier is how many earlier profiles tell what is usual, where there are as many.
const Earlier = 12

// Label of the profiles that an assessment makes.
const Label = "assessment"

// A Request asks for an assessment.
type Request struct {
	ClusterID string `json:"cluster_id"`
	Namespace string `json:"namespace,omitempty"` // "" is the whole cluster
	// Where there is no end, it is the last full minute; where there is no start,
	// the window is as long as that of the cluster's plan, else an hour
	WindowStart time.Time `json:"time_window_start,omitzero"`
	WindowEnd   time.Time `json:"time_window_end,omitzero"`
	// Preset that the cluster is held to; "" is that of its configuration
	Preset string `json:"preset_name,omitempty"`
}

// DefaultWindow is how long a window is where neither request nor plan says.
const DefaultWindow = time.Hour

// A Detailed assessment is what was found of a window, with its details.
type Detailed struct {
	behaviour.Assessment
	Details
}

// Details of an assessment.
type Details struct {
	Drift verdicts.Health `json:"drift"`
	// left out where nothing was promised
	Promises *verdicts.Conformance `json:"promises,omitempty"`
	// what became of each metric since the baseline
	Metrics []Metric `json:"metrics" nullable:"false"`
	// what to bear in mind of the comparison: processes that started, versions that
	// changed inside of a window
	Notes []string `json:"notes" nullable:"false"`
}

// A Metric is one that was compared with the baseline.
type Metric struct {
	Metric string `json:"metric"`
	Status string `json:"status" enum:"steady,drifted,unknown"`
}

// Statuses of a metric.
const (
	Steady  = "steady"
	Drifted = "drifted"
	Unknown = "unknown"
)

// Assess makes the assessment of a window, and reports whether it did: one that
// there is already is given as it is.
func (w *Watcher) Assess(ctx context.Context, q Request) (Detailed, bool, error) {
	q = w.whole(q)
	found, err := w.Found(ctx, q)
	if err != nil || found != nil {
		return orNothing(found), false, err
	}
	profile, err := w.Collect(ctx, q, nil)
	if err != nil {
		return Detailed{}, false, err
	}
	a, err := w.Judge(ctx, q, profile)
	if err != nil {
		return Detailed{}, false, err
	}
	return w.Keep(ctx, a)
}

func orNothing(a *Detailed) Detailed {
	if a == nil {
		return Detailed{}
	}
	return *a
}

// whole is a request that says which window it is of.
func (w *Watcher) whole(q Request) Request {
	if q.WindowEnd.IsZero() {
		q.WindowEnd = w.o.Now().UTC().Truncate(time.Minute)
	}
	if q.WindowStart.IsZero() {
		length := DefaultWindow
		for _, p := range w.o.Plans {
			if p.ClusterID == q.ClusterID {
				length = p.Window
			}
		}
		q.WindowStart = q.WindowEnd.Add(-length)
	}
	return q
}

// Found gives the assessment that is kept of a window; nil is none.
func (w *Watcher) Found(ctx context.Context, q Request) (*Detailed, error) {
	if err := behaviour.CheckWindow(q.WindowStart, q.WindowEnd, w.o.Now()); err != nil {
		return nil, err
	}
	found, err := w.Get(ctx, store.AssessmentID(q.ClusterID, q.Namespace, q.WindowStart, q.WindowEnd))
	if errors.Is(err, store.ErrNoAssessment) {
		return nil, nil
	}
	return &found, err
}

// Collect makes the profile of a window, once however often it is asked for, and
// gives its id. Progress, where there is one, is told after each query.
func (w *Watcher) Collect(ctx context.Context, q Request, progress func(done, total int)) (id string, err error) {
	// before there is a profile that nobody can judge
	if err := w.o.Recorder.Knows(snapshot.Versions{Preset: q.Preset}); err != nil {
		return "", err
	}
	m, err := w.o.Recorder.Create(ctx, record.Request{
		Name: nameOf(q), Label: Label, ClusterID: q.ClusterID, Namespace: q.Namespace, WindowStart: q.WindowStart, WindowEnd: q.WindowEnd,
		Key: "assessment " + store.AssessmentID(q.ClusterID, q.Namespace, q.WindowStart, q.WindowEnd), Progress: progress,
	})
	return m.ID, err
}

// Judge holds the profile of a window against baseline and promises. Nothing is kept.
func (w *Watcher) Judge(ctx context.Context, q Request, profile string) (Detailed, error) {
	p, err := w.o.Store.Get(ctx, profile)
	if err != nil {
		return Detailed{}, err
	}
	a := Detailed{Assessment: behaviour.Assessment{
		ClusterID: q.ClusterID, Namespace: q.Namespace, WindowStart: q.WindowStart, WindowEnd: q.WindowEnd, ProfileID: profile,
	}}
	return a, w.judge(ctx, &a, *p, verdicts.Target{Preset: q.Preset})
}

// nameOf the profile of a window, which tells it from the others.
func nameOf(q Request) string {
	return "assessment to " + q.WindowEnd.UTC().Format("2006-01-02 15:04")
}

// judge holds the profile of a window against baseline and promises.
func (w *Watcher) judge(ctx context.Context, a *Detailed, p behaviour.Profile, t verdicts.Target) error {
	if t.Of(p) {
		c, err := w.o.Assessor.Conformance(ctx, p, t)
		if err != nil {
			return err
		}
		a.Promises, a.Conformance, a.PresetName = &c, c.Label, c.PresetName
	}
	// without a baseline nothing is compared, and so nothing is known
	compared := compare.Comparison{}
	switch baseline, err := w.o.Store.Baseline(ctx, a.ClusterID, a.Namespace); {
	case err != nil:
		return err
	case baseline != nil && baseline.ProfileID != p.ID:
		comparer, err := w.o.Comparer()
		if err != nil {
			return err
		}
		before, err := w.baseline(ctx, comparer, baseline.ProfileID)
		if err != nil {
			return err
		}
		usual, err := w.before(ctx, comparer, before.Metadata)
		if err != nil {
			return err
		}
		if compared, err = comparer.Compare(*before.Profile, p, compare.Request{Usual: usual, Known: &before.levels, Brief: true}); err != nil {
			return err
		}
		a.BaselineID = baseline.ProfileID
	}
	var err error
	if a.Drift, err = w.o.Assessor.Drift(ctx, compared, a.Promises); err != nil {
		return err
	}
	a.Health = a.Drift.Health
	a.Metrics, a.Notes = []Metric{}, append([]string{}, compared.Notes...)
	for _, d := range compared.TelemetryDiffs {
		a.Metrics = append(a.Metrics, Metric{d.Metric, status(d.Direction)})
	}
	return nil
}

// A baseline is a profile, and the levels of its metrics.
type baseline struct {
	*behaviour.Profile
	levels compare.Usual
}

func (w *Watcher) baseline(ctx context.Context, c Comparer, id string) (baseline, error) {
	return w.baselines.of(id, func() (baseline, error) {
		p, err := w.o.Store.Get(ctx, id)
		if err != nil {
			return baseline{}, err
		}
		return baseline{p, c.Remember(*p)}, nil
	})
}

// before tells what is usual: it is remembered of the windows before the baseline.
func (w *Watcher) before(ctx context.Context, c Comparer, m behaviour.Metadata) ([]compare.Usual, error) {
	earlier, err := w.o.Store.Preceding(ctx, m, Earlier)
	if err != nil {
		return nil, err
	}
	all := make([]compare.Usual, 0, len(earlier))
	for _, e := range earlier {
		u, err := w.usual.of(e.ID, func() (compare.Usual, error) {
			p, err := w.o.Store.Get(ctx, e.ID)
			if err != nil {
				return compare.Usual{}, err
			}
			return c.Remember(*p), nil
		})
		if err != nil {
			return nil, err
		}
		all = append(all, u)
	}
	return all, nil
}

func status(v judge.Verdict) string {
	switch v {
	case judge.Regressed:
		return Drifted
	case judge.Improved, judge.Unchanged:
		return Steady
	}
	return Unknown
}

// Keep keeps an assessment, and reports whether it did; where another has kept
// that window's, it gives that one.
func (w *Watcher) Keep(ctx context.Context, a Detailed) (Detailed, bool, error) {
	details, err := json.Marshal(a.Details)
	if err != nil {
		return Detailed{}, false, err
	}
	kept, first, err := w.o.Store.CreateAssessment(ctx, a.Assessment, details)
	if err != nil {
		return Detailed{}, false, err
	}
	if !first {
		found, err := w.Get(ctx, kept.ID)
		return found, false, err
	}
	a.Assessment = kept
	w.o.Told(a)
	return a, true, nil
}

// Get gives an assessment with its details.
func (w *Watcher) Get(ctx context.Context, id string) (Detailed, error) {
	m, details, err := w.o.Store.Assessment(ctx, id)
	if err != nil {
		return Detailed{}, err
	}
	a := Detailed{m, Details{Metrics: []Metric{}, Notes: []string{}}}
	if err := json.Unmarshal(details, &a.Details); err != nil {
		return Detailed{}, fmt.Errorf("read the assessment %s: %w", id, err)
	}
	return a, nil
}
