// Package record makes behaviour profiles: what was asked for becomes a window
// of telemetry and a snapshot of the configuration, and is kept as one profile.
// It knows no HTTP: the server, the command line and a worker all make them so.
package record

import (
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

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
)

// A Collector collects the telemetry of one cluster.
type Collector interface {
	Collect(ctx context.Context, r telemetry.Request) (*telemetry.Result, error)
}

// A Taker takes the configuration of a cluster.
type Taker interface {
	// Check refuses what is stated and nothing is known of, with a *behaviour.RequestError.
	Check(stated snapshot.Versions) error
	Take(ctx context.Context, from snapshot.Sources) (*snapshot.Taken, error)
}

// A Store keeps the profiles.
type Store interface {
	Earlier(ctx context.Context, r *store.Request) (*behaviour.Metadata, error)
	Create(ctx context.Context, p behaviour.Profile, r *store.Request) (behaviour.Metadata, error)
}

// A Cluster is what profiles are made of.
type Cluster struct {
	// Telemetry is nil where no Prometheus is known.
	Telemetry Collector
	// Sources of the configuration, to which a request adds its own.
	Sources snapshot.Sources
	// Namespaces that profiles may be of; any where there are none.
	Namespaces []string
}

// Options of a Recorder.
type Options struct {
	Store Store
	Taker Taker
	// Clusters by id. Where there are none, any id is that of Default.
	Clusters map[string]Cluster
	Default  Cluster
	// Concurrency is how many profiles are made at once; DefaultConcurrency if 0.
	Concurrency int
	// Now is the clock; time.Now where there is none.
	Now func() time.Time
}

// DefaultConcurrency is how many profiles are made at once.
const DefaultConcurrency = 4

// A Recorder makes profiles. It may be used by many at once.
type Recorder struct {
	options Options
	slots   chan struct{}
	under   underWay
}

// New makes a Recorder.
func New(o Options) *Recorder {
	if o.Concurrency <= 0 {
		o.Concurrency = DefaultConcurrency
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Recorder{options: o, slots: make(chan struct{}, o.Concurrency)}
}

// Clusters are the ids that profiles can be made of, sorted; none where any can.
func (r *Recorder) Clusters() []string {
	return slices.Sorted(maps.Keys(r.options.Clusters))
}

// A Request asks for a profile.
type Request struct {
	Name        string    `json:"name"`
	ClusterID   string    `json:"cluster_id"`
	Namespace   string    `json:"namespace,omitempty"`  // "" is the whole cluster
	TaskQueue   string    `json:"task_queue,omitempty"` // "" is all
	Label       string    `json:"label,omitempty"`
	WindowStart time.Time `json:"time_window_start"`
	WindowEnd   time.Time `json:"time_window_end"`
	// AllowPartial takes what is there where queries fail.
	AllowPartial bool `json:"allow_partial,omitempty"`
	// Given and Stated are what the request knows of the configuration.
	Given  []snapshot.Given `json:"config,omitempty"`
	Stated snapshot.Stated  `json:"stated,omitzero"`

	// Key makes the profile once, however often it is asked for; "" makes another
	// one each time.
	Key string `json:"-"`
	// Progress is told after each query; nil is nobody.
	Progress func(done, total int) `json:"-"`
}

// A BusyError says that as many profiles are being made as may be.
type BusyError struct{ Limit int }

func (e *BusyError) Error() string {
	return fmt.Sprintf("%d profiles are being made or imported, which is all that may be at once", e.Limit)
}

// An UnconfiguredError says that no profile can be made here, and what it takes.
type UnconfiguredError struct{ Message, Remedy string }

func (e *UnconfiguredError) Error() string { return e.Message }

// Create makes a profile and keeps it. What is wrong with the request is a
// *behaviour.RequestError or one of the errors of telemetry, snapshot and store.
func (r *Recorder) Create(ctx context.Context, q Request) (behaviour.Metadata, error) {
	q.WindowStart, q.WindowEnd = q.WindowStart.UTC(), q.WindowEnd.UTC()
	once, err := q.once()
	if err != nil {
		return behaviour.Metadata{}, err
	}
	cluster, err := r.check(q, once)
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
			fmt.Sprintf("no Prometheus is known that has the telemetry of the cluster %q", q.ClusterID),
			"start with --prometheus-url, or name one in the configuration file",
		}
	}
	leave, err := r.Enter()
	if err != nil {
		return behaviour.Metadata{}, err
	}
	defer leave()
	done := r.under.start(&q)
	defer done()
	p, err := r.make(ctx, cluster, q)
	if err != nil {
		return behaviour.Metadata{}, err
	}
	return r.options.Store.Create(ctx, *p, once)
}

// Enter takes one of the slots that creations and imports share, or returns a
// *BusyError. The caller gives it back with leave.
func (r *Recorder) Enter() (leave func(), err error) {
	select {
	case r.slots <- struct{}{}:
		return func() { <-r.slots }, nil
	default:
		return nil, &BusyError{cap(r.slots)}
	}
}

// once is what makes the same request again known as the same.
func (q Request) once() (*store.Request, error) {
	if q.Key == "" {
		return nil, nil
	}
	text, err := json.Marshal(q)
	if err != nil {
		return nil, &behaviour.RequestError{Message: "the request cannot be written as JSON: " + err.Error(), Remedy: "give times between the years 1678 and 2262"}
	}
	sum := sha256.Sum256(text)
	return &store.Request{Key: q.Key, Digest: hex.EncodeToString(sum[:])}, nil
}

// check refuses a request before anything is asked for it.
func (r *Recorder) check(q Request, once *store.Request) (Cluster, error) {
	if strings.TrimSpace(q.Name) == "" {
		return Cluster{}, &behaviour.RequestError{Message: "the profile has no name", Remedy: "give one: name says what the window shows"}
	}
	if err := behaviour.CheckWindow(q.WindowStart, q.WindowEnd, r.options.Now()); err != nil {
		return Cluster{}, err
	}
	if err := store.Check(q.metadata(), once); err != nil {
		return Cluster{}, err
	}
	cluster, known := r.options.Clusters[q.ClusterID]
	switch {
	case len(r.options.Clusters) == 0:
		cluster = r.options.Default
	case !known:
		return Cluster{}, &behaviour.RequestError{Message: fmt.Sprintf("there is no cluster %q", q.ClusterID), Remedy: "known: " + strings.Join(r.Clusters(), ", ")}
	}
	if len(cluster.Namespaces) > 0 && q.Namespace != "" && !slices.Contains(cluster.Namespaces, q.Namespace) {
		return Cluster{}, &behaviour.RequestError{Message: fmt.Sprintf("the cluster %q has no namespace %q", q.ClusterID, q.Namespace), Remedy: "known: " + strings.Join(cluster.Namespaces, ", ")}
	}
	return cluster, nil
}

// Knows refuses a preset and a generation of the plugin that nothing is known of with
// a *behaviour.RequestError.
func (r *Recorder) Knows(stated snapshot.Versions) error { return r.options.Taker.Check(stated) }

func (q Request) metadata() behaviour.Metadata {
	return behaviour.Metadata{
		Name: q.Name, Label: q.Label, ClusterID: q.ClusterID, Namespace: q.Namespace, TaskQueue: q.TaskQueue,
		WindowStart: q.WindowStart, WindowEnd: q.WindowEnd,
	}
}

// make collects the telemetry and takes the configuration, at the same time.
func (r *Recorder) make(ctx context.Context, cluster Cluster, q Request) (*behaviour.Profile, error) {
	sources := cluster.Sources
	sources.Given = slices.Concat(sources.Given, q.Given)
	sources.Stated = stated(sources.Stated, q.Stated)
	var collected *telemetry.Result
	var taken *snapshot.Taken
	both, within := errgroup.WithContext(ctx)
	both.Go(func() (err error) {
		collected, err = cluster.Telemetry.Collect(within, telemetry.Request{
			Start: q.WindowStart, End: q.WindowEnd, AllowPartial: q.AllowPartial, Progress: q.Progress,
			Filters: map[string]string{"namespace": q.Namespace, "task_queue": q.TaskQueue},
		})
		return err
	})
	both.Go(func() (err error) {
		taken, err = r.options.Taker.Take(within, sources)
		return err
	})
	if err := both.Wait(); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	p := &behaviour.Profile{Metadata: q.metadata(), Config: taken.Config, Telemetry: collected.Telemetry, Collection: collected.Collection}
	p.ID, p.CreatedAt = id.String(), r.options.Now()
	v := taken.Versions
	p.TemporalServerVersion, p.DSQLPluginVersion, p.WorkerCodeSHA, p.PresetName = v.TemporalServer, v.DSQLPlugin, v.WorkerCodeSHA, v.Preset
	if err := p.Check(); err != nil {
		return nil, fmt.Errorf("the profile that was made is incomplete: %w", err)
	}
	return p, nil
}

// stated is what is known of a cluster, with what a request knows better.
func stated(cluster, request snapshot.Stated) snapshot.Stated {
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
