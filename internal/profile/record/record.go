// Package record creates behaviour profiles: it collects telemetry, takes a configuration snapshot and stores both as
// one profile. The server, the command line and the worker share it, so it does not depend on HTTP.
package record

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
)

// Collector collects the telemetry of one cluster.
type Collector interface {
	Collect(ctx context.Context, r telemetry.Query) (*telemetry.Result, error)
}

// Taker takes configuration snapshots of clusters.
type Taker interface {
	// Check rejects unknown presets and plugin generations with a *behaviour.RequestError.
	Check(stated snapshot.Versions) error
	Take(ctx context.Context, from snapshot.Sources) (*snapshot.Snapshot, error)
}

// Store stores the profiles.
type Store interface {
	Earlier(ctx context.Context, r *store.IdempotencyKey) (*behaviour.Metadata, error)
	Create(ctx context.Context, p behaviour.Profile, r *store.IdempotencyKey) (behaviour.Metadata, error)
}

// Cluster describes the sources of a cluster's profiles.
type Cluster struct {
	// Telemetry is nil without a Prometheus.
	Telemetry Collector
	// CloudWatch has the metrics that Prometheus lacks; nil means not configured.
	CloudWatch Collector
	// Sources of the configuration; requests can add their own.
	Sources snapshot.Sources
	// Namespaces that profiles can cover; empty means any.
	Namespaces []string
}

// Options of a Recorder.
type Options struct {
	Store Store
	Taker Taker
	// Clusters by id. If empty, Default serves every id.
	Clusters map[string]Cluster
	Default  Cluster
	// Concurrency limits the profiles of one cluster that are created at once; 0 means budget.CreationsAtOnce.
	Concurrency int
	// Deadline limits the time of one creation; 0 means budget.CreationSeconds.
	Deadline time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Recorder creates profiles. It is safe for concurrent use.
type Recorder struct {
	options Options
	// slots by cluster, so that an upstream that hangs stops no other cluster; "" without configured clusters
	slots   map[string]slots
	imports slots
	under   progressTracker
}

// slots limits what runs at once.
type slots chan struct{}

// take takes a slot, or returns false. The caller releases it with leave.
func (s slots) take() (leave func(), ok bool) {
	select {
	case s <- struct{}{}:
		return func() { <-s }, true
	default:
		return nil, false
	}
}

// New returns a Recorder with the defaults filled in.
func New(o Options) *Recorder {
	if o.Concurrency <= 0 {
		o.Concurrency = int(budget.CreationsAtOnce.Most)
	}
	if o.Deadline <= 0 {
		o.Deadline = time.Duration(budget.CreationSeconds.Most) * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &Recorder{options: o, slots: map[string]slots{"": make(slots, o.Concurrency)}, imports: make(slots, budget.Imports.Most)}
	for id := range o.Clusters {
		r.slots[id] = make(slots, o.Concurrency)
	}
	return r
}

// Clusters returns the sorted ids of the configured clusters; empty means any id.
func (r *Recorder) Clusters() []string {
	return slices.Sorted(maps.Keys(r.options.Clusters))
}

// Request describes a profile to create.
type Request struct {
	Name        string    `json:"name"`
	ClusterID   string    `json:"cluster_id"`
	Namespace   string    `json:"namespace,omitempty"`  // "" means the whole cluster
	TaskQueue   string    `json:"task_queue,omitempty"` // "" means all
	Label       string    `json:"label,omitempty"`
	WindowStart time.Time `json:"time_window_start"`
	WindowEnd   time.Time `json:"time_window_end"`
	// AllowPartial accepts a profile in which queries failed.
	AllowPartial bool `json:"allow_partial,omitempty"`
	// Given and Stated are configuration that the request provides.
	Given  []snapshot.InlineFile `json:"config,omitempty"`
	Stated snapshot.StatedFacts  `json:"stated,omitzero"`

	// Key is the idempotency key: equal requests with one key create one profile. "" means not idempotent.
	Key string `json:"-"`
	// Progress is called after each query; nil means no calls.
	Progress func(done, total int) `json:"-"`
}

// BusyError reports that the limit of concurrent creations is reached.
type BusyError struct {
	Limit int
	Doing string // created or imported
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("%d profiles are being %s, which is the limit", e.Limit, e.Doing)
}

// DeadlineError reports a creation that took too long.
type DeadlineError struct{ Limit time.Duration }

func (e *DeadlineError) Error() string {
	return fmt.Sprintf("the profile is not complete after %s, which is the limit", e.Limit)
}

// UnconfiguredError reports that no profile can be created here, with a remedy.
type UnconfiguredError struct{ Message, Remedy string }

func (e *UnconfiguredError) Error() string { return e.Message }

// Create creates and stores a profile. Invalid requests fail with a *behaviour.RequestError or an error of telemetry,
// snapshot or store.
func (r *Recorder) Create(ctx context.Context, q Request) (behaviour.Metadata, error) {
	q.WindowStart, q.WindowEnd = q.WindowStart.UTC(), q.WindowEnd.UTC()
	once, err := q.idempotencyKey()
	if err != nil {
		return behaviour.Metadata{}, err
	}
	cluster, err := r.checkRequest(q, once)
	if err != nil {
		return behaviour.Metadata{}, err
	}
	if first, err := r.options.Store.Earlier(ctx, once); err != nil {
		return behaviour.Metadata{}, err
	} else if first != nil {
		return *first, nil
	}
	if err := r.Knows(q.Stated.Versions); err != nil {
		return behaviour.Metadata{}, err
	}
	if cluster.Telemetry == nil {
		return behaviour.Metadata{}, &UnconfiguredError{
			fmt.Sprintf("cluster %q: no Prometheus is configured", q.ClusterID),
			"set --prometheus-url, or prometheus.url in the configuration file",
		}
	}
	free := cmp.Or(r.slots[q.ClusterID], r.slots[""])
	leave, ok := free.take()
	if !ok {
		return behaviour.Metadata{}, &BusyError{cap(free), "created"}
	}
	defer leave()
	limit := r.options.Deadline
	ctx, cancel := context.WithTimeoutCause(ctx, limit, &DeadlineError{limit})
	defer cancel()
	done := r.under.track(&q)
	defer done()
	p, err := r.makeProfile(ctx, cluster, q)
	if err != nil {
		return behaviour.Metadata{}, err
	}
	return r.options.Store.Create(ctx, *p, once)
}

// EnterImport takes one of the slots of imports, or returns a *BusyError. The caller releases it with leave.
func (r *Recorder) EnterImport() (leave func(), err error) {
	leave, ok := r.imports.take()
	if !ok {
		return nil, &BusyError{cap(r.imports), "imported"}
	}
	return leave, nil
}

// idempotencyKey returns the key and digest that identify a repeated request, or nil without a key.
func (q Request) idempotencyKey() (*store.IdempotencyKey, error) {
	if q.Key == "" {
		return nil, nil
	}
	text, err := json.Marshal(q)
	if err != nil {
		return nil, &behaviour.RequestError{
			Message: "the request cannot be written as JSON: " + err.Error(),
			Remedy:  "use times between the years 1678 and 2262",
		}
	}
	sum := sha256.Sum256(text)
	return &store.IdempotencyKey{Key: q.Key, Digest: hex.EncodeToString(sum[:])}, nil
}

// checkRequest rejects an invalid request before any query.
func (r *Recorder) checkRequest(q Request, once *store.IdempotencyKey) (Cluster, error) {
	if strings.TrimSpace(q.Name) == "" {
		return Cluster{}, &behaviour.RequestError{Message: "name is missing", Remedy: "set name to a short description of the window"}
	}
	if err := behaviour.CheckWindow(q.WindowStart, q.WindowEnd, r.options.Now()); err != nil {
		return Cluster{}, err
	}
	if err := store.Check(withVersions(q.profileMetadata(), q.Stated.Versions), once); err != nil {
		return Cluster{}, err
	}
	cluster, known := r.options.Clusters[q.ClusterID]
	switch {
	case len(r.options.Clusters) == 0:
		cluster = r.options.Default
	case !known:
		return Cluster{}, &behaviour.RequestError{
			Message: fmt.Sprintf("cluster %q is not configured", q.ClusterID),
			Remedy:  "use one of " + strings.Join(r.Clusters(), ", "),
		}
	}
	if len(cluster.Namespaces) > 0 && q.Namespace != "" && !slices.Contains(cluster.Namespaces, q.Namespace) {
		return Cluster{}, &behaviour.RequestError{
			Message: fmt.Sprintf("cluster %q has no namespace %q", q.ClusterID, q.Namespace),
			Remedy:  "use one of " + strings.Join(cluster.Namespaces, ", "),
		}
	}
	return cluster, nil
}

// Knows rejects unknown presets and plugin generations with a *behaviour.RequestError.
func (r *Recorder) Knows(stated snapshot.Versions) error { return r.options.Taker.Check(stated) }

func (q Request) profileMetadata() behaviour.Metadata {
	return behaviour.Metadata{
		Name: q.Name, Label: q.Label, ClusterID: q.ClusterID, Namespace: q.Namespace, TaskQueue: q.TaskQueue,
		WindowStart: q.WindowStart, WindowEnd: q.WindowEnd,
	}
}

// withVersions returns metadata with the versions of the programs.
func withVersions(m behaviour.Metadata, v snapshot.Versions) behaviour.Metadata {
	m.TemporalServerVersion, m.DSQLPluginVersion, m.WorkerCodeSHA, m.PresetName = v.TemporalServer, v.DSQLPlugin, v.WorkerCodeSHA, v.Preset
	return m
}

// makeProfile collects the telemetry and takes the configuration concurrently.
func (r *Recorder) makeProfile(ctx context.Context, cluster Cluster, q Request) (*behaviour.Profile, error) {
	sources := cluster.Sources
	sources.Given = slices.Concat(sources.Given, q.Given)
	sources.Stated = mergeStated(sources.Stated, q.Stated)
	var collected, watched *telemetry.Result
	var taken *snapshot.Snapshot
	window := telemetry.Query{
		Start: q.WindowStart, End: q.WindowEnd, AllowPartial: q.AllowPartial, Progress: q.Progress,
		Filters: map[string]string{"namespace": q.Namespace, "task_queue": q.TaskQueue},
	}
	all, within := errgroup.WithContext(ctx)
	all.Go(func() (err error) {
		collected, err = cluster.Telemetry.Collect(within, window)
		return err
	})
	if cluster.CloudWatch != nil {
		all.Go(func() (err error) {
			watched, err = cluster.CloudWatch.Collect(within, window)
			return err
		})
	}
	all.Go(func() (err error) {
		taken, err = r.options.Taker.Take(within, sources)
		return err
	})
	if err := all.Wait(); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	if watched != nil {
		collected.Merge(watched)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	p := &behaviour.Profile{
		Metadata:   withVersions(q.profileMetadata(), taken.Versions),
		Config:     taken.Config,
		Telemetry:  collected.Telemetry,
		Collection: collected.Collection,
	}
	p.ID, p.CreatedAt = id.String(), r.options.Now()
	if err := p.Check(); err != nil {
		return nil, fmt.Errorf("the created profile is invalid: %w", err)
	}
	return p, nil
}

// mergeStated overrides a cluster's stated facts with those of a request.
func mergeStated(cluster, request snapshot.StatedFacts) snapshot.StatedFacts {
	for _, v := range []struct {
		of    *string
		given string
	}{
		{&cluster.TemporalServer, request.TemporalServer}, {&cluster.DSQLPlugin, request.DSQLPlugin},
		{&cluster.WorkerCodeSHA, request.WorkerCodeSHA}, {&cluster.Preset, request.Preset},
	} {
		if v.given != "" {
			*v.of = v.given
		}
	}
	options := map[string]any{}
	maps.Copy(options, cluster.WorkerOptions)
	maps.Copy(options, request.WorkerOptions)
	cluster.WorkerOptions = options
	return cluster
}
