// Package assess assesses clusters: it creates the profile of a window and checks it against the baseline and the
// promises. Each window is assessed once, even by concurrent callers.
package assess

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/cache"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
)

// Store stores profiles and assessments.
type Store interface {
	Get(ctx context.Context, id string) (*behaviour.Profile, error)
	Baseline(ctx context.Context, cluster, namespace string) (*store.Baseline, error)
	Preceding(ctx context.Context, m behaviour.Metadata, most int) ([]behaviour.Metadata, error)
	SameHour(ctx context.Context, m behaviour.Metadata, then time.Time) ([]behaviour.Metadata, error)
	CreateAssessment(ctx context.Context, a behaviour.Assessment, details []byte) (behaviour.Assessment, bool, error)
	ReplaceAssessment(ctx context.Context, a behaviour.Assessment, details []byte) (behaviour.Assessment, error)
	Assessment(ctx context.Context, id string) (behaviour.Assessment, []byte, error)
	Assessments(ctx context.Context, f store.AssessmentFilter, limit int, cursor string) (*store.AssessmentPage, error)
}

// Recorder creates the profile of a window, and checks presets.
type Recorder interface {
	Knows(stated snapshot.Versions) error
	Create(ctx context.Context, q record.Request) (behaviour.Metadata, error)
}

// Comparer compares two profiles.
type Comparer interface {
	Compare(a, b behaviour.Profile, r compare.Options) (compare.Comparison, error)
	Summarise(p behaviour.Profile) compare.Usual
}

// Assessor turns facts into conformance and health.
type Assessor interface {
	Conformance(ctx context.Context, p behaviour.Profile, t verdicts.Target) (verdicts.Conformance, error)
	Drift(ctx context.Context, c compare.Comparison, conformance *verdicts.Conformance) (verdicts.Health, error)
}

// Options of a Watcher.
type Options struct {
	Store    Store
	Recorder Recorder
	// Comparer returns the comparer, loaded on demand.
	Comparer func() (Comparer, error)
	Assessor Assessor
	// Plans are the clusters to assess periodically.
	Plans []Plan
	// OnAssessed is called for each assessment created or found; nil means no calls.
	OnAssessed func(DetailedAssessment)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Watcher assesses clusters. It is safe for concurrent use.
type Watcher struct {
	o Options

	// caches by profile id; profiles never change
	usual     *cache.Cache[string, compare.Usual]
	baselines *cache.Cache[string, baseline]
}

// Cache sizes: entries of about 5 KB and 200 KB.
const (
	maxUsual     = 2048
	maxBaselines = 64
)

// New returns a Watcher with the defaults filled in.
func New(o Options) *Watcher {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.OnAssessed == nil {
		o.OnAssessed = func(DetailedAssessment) {}
	}
	return &Watcher{o: o, usual: cache.New[string, compare.Usual](maxUsual), baselines: cache.New[string, baseline](maxBaselines)}
}

// Label marks the profiles that an assessment creates.
const Label = "assessment"

// Window identifies the cluster and time window to assess.
type Window struct {
	ClusterID string `json:"cluster_id"`
	Namespace string `json:"namespace,omitempty"` // "" means the whole cluster
	// No end means the last full minute. No start means the length of the cluster's plan, or an hour.
	WindowStart time.Time `json:"time_window_start,omitzero"`
	WindowEnd   time.Time `json:"time_window_end,omitzero"`
	// preset whose promises apply; "" means that of the cluster's configuration
	Preset string `json:"preset_name,omitempty"`
	// promised metrics to leave out, because the cluster cannot export them; nil means those of the cluster's plan
	Except []string `json:"except,omitempty"`
	// assess the window again if it was assessed before, against the current baseline
	Again bool `json:"again,omitempty"`
}

// DetailedAssessment is the result for one window, with its evidence.
type DetailedAssessment struct {
	behaviour.Assessment
	Details
}

// Details of an assessment.
type Details struct {
	Drift verdicts.Health `json:"drift"`
	// absent without promises
	Promises *verdicts.Conformance `json:"promises,omitempty"`
	// change of each metric since the baseline
	Metrics []Metric `json:"metrics" nullable:"false"`
	// limits of the comparison, such as process starts or version changes within a window
	Notes []string `json:"notes" nullable:"false"`
}

// Metric is a metric compared with the baseline.
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

// Assess assesses a window and reports whether it created the assessment. An existing one is returned unchanged, or
// replaced if the window is to be assessed again.
func (w *Watcher) Assess(ctx context.Context, q Window) (DetailedAssessment, bool, error) {
	q = w.withDefaults(q)
	found, err := w.Found(ctx, q)
	if err == nil && found != nil && q.Again {
		a, err := w.assessAgain(ctx, q, *found)
		return a, false, err
	}
	if err != nil || found != nil {
		return orZero(found), false, err
	}
	profile, err := w.Collect(ctx, q, nil)
	if err != nil {
		return DetailedAssessment{}, false, err
	}
	a, err := w.AssessProfile(ctx, q, profile)
	if err != nil {
		return DetailedAssessment{}, false, err
	}
	return w.Save(ctx, a)
}

// assessAgain assesses the profile of an earlier assessment against the current baseline, and replaces the assessment.
// The preset stays if neither the request nor the profile names one.
func (w *Watcher) assessAgain(ctx context.Context, q Window, found DetailedAssessment) (DetailedAssessment, error) {
	p, err := w.o.Store.Get(ctx, found.ProfileID)
	if err != nil {
		return DetailedAssessment{}, err
	}
	if target := (verdicts.Target{Preset: q.Preset}); !target.AppliesTo(*p) {
		q.Preset = found.PresetName
	}
	a, err := w.AssessProfile(ctx, q, found.ProfileID)
	if err != nil {
		return DetailedAssessment{}, err
	}
	details, err := json.Marshal(a.Details)
	if err != nil {
		return DetailedAssessment{}, err
	}
	if a.Assessment, err = w.o.Store.ReplaceAssessment(ctx, a.Assessment, details); err != nil {
		return DetailedAssessment{}, err
	}
	w.o.OnAssessed(a)
	return a, nil
}

// AssessNewest assesses the newest window of a cluster and namespace again, if there is one and its profile is not the
// baseline.
func (w *Watcher) AssessNewest(ctx context.Context, cluster, namespace string) error {
	page, err := w.o.Store.Assessments(ctx, store.AssessmentFilter{Cluster: &cluster, Namespace: &namespace}, 1, "")
	if err != nil || len(page.Assessments) == 0 {
		return err
	}
	newest := page.Assessments[0]
	baseline, err := w.o.Store.Baseline(ctx, cluster, namespace)
	if err != nil || baseline == nil || baseline.ProfileID == newest.ProfileID || baseline.ProfileID == newest.BaselineID {
		return err
	}
	_, _, err = w.Assess(ctx, Window{
		ClusterID: cluster, Namespace: namespace, WindowStart: newest.WindowStart, WindowEnd: newest.WindowEnd, Again: true,
	})
	return err
}

func orZero(a *DetailedAssessment) DetailedAssessment {
	if a == nil {
		return DetailedAssessment{}
	}
	return *a
}

// withDefaults fills in a missing start or end, and the exceptions of the cluster's plan.
func (w *Watcher) withDefaults(q Window) Window {
	for _, p := range w.o.Plans {
		// the metrics of another preset's promises can be others
		if p.ClusterID == q.ClusterID && q.Except == nil && (q.Preset == "" || q.Preset == p.Preset) {
			q.Except = p.Except
		}
	}
	if q.WindowEnd.IsZero() {
		q.WindowEnd = w.o.Now().UTC().Truncate(time.Minute)
	}
	if q.WindowStart.IsZero() {
		length := behaviour.DefaultWindow
		for _, p := range w.o.Plans {
			if p.ClusterID == q.ClusterID {
				length = p.Window
			}
		}
		q.WindowStart = q.WindowEnd.Add(-length)
	}
	return q
}

// Found returns the stored assessment of a window, or nil.
func (w *Watcher) Found(ctx context.Context, q Window) (*DetailedAssessment, error) {
	if err := behaviour.CheckWindow(q.WindowStart, q.WindowEnd, w.o.Now()); err != nil {
		return nil, err
	}
	found, err := w.Get(ctx, store.AssessmentID(q.ClusterID, q.Namespace, q.WindowStart, q.WindowEnd))
	if errors.Is(err, store.ErrNoAssessment) {
		return nil, nil
	}
	return &found, err
}

// Collect creates the profile of a window and returns its id. Repeated calls return the same profile. Progress, if
// set, is called after each query.
func (w *Watcher) Collect(ctx context.Context, q Window, progress func(done, total int)) (id string, err error) {
	// before creating a profile that cannot be assessed
	if err := w.o.Recorder.Knows(snapshot.Versions{Preset: q.Preset}); err != nil {
		return "", err
	}
	m, err := w.o.Recorder.Create(ctx, record.Request{
		Name: nameOf(q), Label: Label, ClusterID: q.ClusterID, Namespace: q.Namespace, WindowStart: q.WindowStart, WindowEnd: q.WindowEnd,
		Key: "assessment " + store.AssessmentID(q.ClusterID, q.Namespace, q.WindowStart, q.WindowEnd), Progress: progress,
	})
	return m.ID, err
}

// AssessProfile checks the profile of a window against baseline and promises. It stores nothing.
func (w *Watcher) AssessProfile(ctx context.Context, q Window, profile string) (DetailedAssessment, error) {
	p, err := w.o.Store.Get(ctx, profile)
	if err != nil {
		return DetailedAssessment{}, err
	}
	a := DetailedAssessment{Assessment: behaviour.Assessment{
		ClusterID: q.ClusterID, Namespace: q.Namespace, WindowStart: q.WindowStart, WindowEnd: q.WindowEnd, ProfileID: profile,
	}}
	return a, w.assessProfile(ctx, &a, *p, verdicts.Target{Preset: q.Preset, Except: q.Except})
}

// nameOf names the profile of a window after its end.
func nameOf(q Window) string {
	return "assessment to " + q.WindowEnd.UTC().Format("2006-01-02 15:04")
}

// assessProfile checks the profile of a window against baseline and promises.
func (w *Watcher) assessProfile(ctx context.Context, a *DetailedAssessment, p behaviour.Profile, t verdicts.Target) error {
	if t.AppliesTo(p) {
		c, err := w.o.Assessor.Conformance(ctx, p, t)
		if err != nil {
			return err
		}
		a.Promises, a.Conformance, a.PresetName = &c, c.Label, c.PresetName
	}
	// without a baseline, health is unknown
	compared := compare.Comparison{}
	switch baseline, err := w.o.Store.Baseline(ctx, a.ClusterID, a.Namespace); {
	case err != nil:
		return err
	case baseline != nil && baseline.ProfileID != p.ID:
		comparer, err := w.o.Comparer()
		if err != nil {
			return err
		}
		before, err := w.baselineOf(ctx, comparer, baseline.ProfileID)
		if err != nil {
			return err
		}
		if compared, err = w.compareWithBaseline(ctx, comparer, before, p); err != nil {
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
		a.Metrics = append(a.Metrics, Metric{d.Metric, metricStatus(d.Direction)})
	}
	return nil
}

// baseline is a profile with the levels of its metrics.
type baseline struct {
	*behaviour.Profile
	levels compare.Usual
}

func (w *Watcher) baselineOf(ctx context.Context, c Comparer, id string) (baseline, error) {
	return w.baselines.GetOrLoad(id, func() (baseline, error) {
		p, err := w.o.Store.Get(ctx, id)
		if err != nil {
			return baseline{}, err
		}
		return baseline{p, c.Summarise(*p)}, nil
	})
}

// compareWithBaseline compares a profile with the baseline. Where a metric differs, the same hour of earlier days shows
// whether it has a daily cycle.
func (w *Watcher) compareWithBaseline(ctx context.Context, c Comparer, before baseline, p behaviour.Profile) (compare.Comparison, error) {
	earlier, err := w.o.Store.Preceding(ctx, before.Metadata, behaviour.EarlierWindows)
	if err != nil {
		return compare.Comparison{}, err
	}
	for isSecond := false; ; isSecond = true {
		usual, err := w.summariseUsual(ctx, c, earlier)
		if err != nil {
			return compare.Comparison{}, err
		}
		compared, err := c.Compare(*before.Profile, p, compare.Options{Usual: usual, Known: &before.levels, Brief: true})
		if err != nil || isSecond || !slices.ContainsFunc(compared.TelemetryDiffs, dependsOnHour) {
			return compared, err
		}
		daily, err := w.o.Store.SameHour(ctx, before.Metadata, p.WindowStart)
		if err != nil {
			return compare.Comparison{}, err
		}
		known := len(earlier)
		for _, m := range daily {
			if !slices.ContainsFunc(earlier, func(e behaviour.Metadata) bool { return e.ID == m.ID }) {
				earlier = append(earlier, m)
			}
		}
		if len(earlier) == known {
			return compared, nil
		}
	}
}

// dependsOnHour reports whether a daily cycle could explain the verdict on a metric.
func dependsOnHour(d compare.TelemetryDiff) bool {
	return d.Direction == judge.Regressed || d.Direction == judge.Inconclusive && d.Evidence.Critical && d.Evidence.Practical
}

// summariseUsual summarises the windows before the baseline, which show what is usual.
func (w *Watcher) summariseUsual(ctx context.Context, c Comparer, earlier []behaviour.Metadata) ([]compare.Usual, error) {
	all := make([]compare.Usual, 0, len(earlier))
	for _, e := range earlier {
		u, err := w.usual.GetOrLoad(e.ID, func() (compare.Usual, error) {
			p, err := w.o.Store.Get(ctx, e.ID)
			if err != nil {
				return compare.Usual{}, err
			}
			return c.Summarise(*p), nil
		})
		if err != nil {
			return nil, err
		}
		all = append(all, u)
	}
	return all, nil
}

func metricStatus(v judge.Verdict) string {
	switch v {
	case judge.Regressed:
		return Drifted
	case judge.Improved, judge.Unchanged:
		return Steady
	}
	return Unknown
}

// Save stores an assessment and reports whether it did. If the window has one already, it returns that.
func (w *Watcher) Save(ctx context.Context, a DetailedAssessment) (DetailedAssessment, bool, error) {
	details, err := json.Marshal(a.Details)
	if err != nil {
		return DetailedAssessment{}, false, err
	}
	kept, first, err := w.o.Store.CreateAssessment(ctx, a.Assessment, details)
	if err != nil {
		return DetailedAssessment{}, false, err
	}
	if !first {
		found, err := w.Get(ctx, kept.ID)
		return found, false, err
	}
	a.Assessment = kept
	w.o.OnAssessed(a)
	return a, true, nil
}

// Get returns an assessment with its details.
func (w *Watcher) Get(ctx context.Context, id string) (DetailedAssessment, error) {
	m, details, err := w.o.Store.Assessment(ctx, id)
	if err != nil {
		return DetailedAssessment{}, err
	}
	a := DetailedAssessment{m, Details{Metrics: []Metric{}, Notes: []string{}}}
	if err := json.Unmarshal(details, &a.Details); err != nil {
		return DetailedAssessment{}, fmt.Errorf("read assessment %s: %w", id, err)
	}
	return a, nil
}
