package worker

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A Watcher assesses windows, step by step.
type Watcher interface {
	Found(ctx context.Context, q assess.Request) (*assess.Detailed, error)
	Collect(ctx context.Context, q assess.Request, progress func(done, total int)) (profileID string, err error)
	Judge(ctx context.Context, q assess.Request, profileID string) (assess.Detailed, error)
	Keep(ctx context.Context, a assess.Detailed) (kept assess.Detailed, first bool, err error)
}

// activities are what the workflow has done. Each may be done again.
type activities struct {
	watcher Watcher
	now     func() time.Time
}

// Collected is the profile of a window; or what is known of it already.
type Collected struct {
	ProfileID string   `json:"profile_id,omitempty"`
	Known     *Outcome `json:"known,omitempty"`
}

// beat is how often a worker says that it is still at it.
const beat = 5 * time.Second

func (a *activities) collect(ctx context.Context, q assess.Request) (Collected, error) {
	// clocks differ
	if wait := q.WindowEnd.Sub(a.now()); wait > 0 {
		return Collected{}, temporal.NewApplicationErrorWithOptions("by the worker's clock the window is not over", early, temporal.ApplicationErrorOptions{NextRetryDelay: wait + time.Second})
	}
	found, err := a.watcher.Found(ctx, q)
	if err != nil {
		return Collected{}, failure(err)
	}
	if found != nil {
		return Collected{Known: outcome(*found, true)}, nil
	}
	far, stop := beating(ctx)
	defer stop()
	id, err := a.watcher.Collect(ctx, q, far)
	return Collected{ProfileID: id}, failure(err)
}

func (a *activities) judge(ctx context.Context, q assess.Request, profile string) (assess.Detailed, error) {
	found, err := a.watcher.Judge(ctx, q, profile)
	return found, failure(err)
}

func (a *activities) store(ctx context.Context, found assess.Detailed) (*Outcome, error) {
	kept, first, err := a.watcher.Keep(ctx, found)
	if err != nil {
		return nil, failure(err)
	}
	return outcome(kept, !first), nil
}

// far is how far a profile is, as Temporal shows it.
type far struct {
	Done  int `json:"done"`
	Total int `json:"total"`
}

// beating tells the server, until it is stopped, that the activity goes on and how
// far it is.
func beating(ctx context.Context) (progress func(done, total int), stop func()) {
	var last atomic.Pointer[far]
	last.Store(&far{})
	ended := make(chan struct{})
	go func() {
		tick := time.NewTicker(beat)
		defer tick.Stop()
		for {
			activity.RecordHeartbeat(ctx, *last.Load())
			select {
			case <-ended:
				return
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	return func(done, total int) { last.Store(&far{done, total}) }, func() { close(ended) }
}

// Types of failures.
const (
	invalid      = "InvalidRequest"
	unconfigured = "NotConfigured"
	lost         = "ProfileLost"
	early        = "WindowNotOver"
	passing      = "Failed"
	failed       = "AssessmentFailed" // of a workflow
)

// hopeless are those that stay, however often one tries.
var hopeless = []string{invalid, unconfigured, lost}

// failure is an error as Temporal keeps it: with its type, and what to do.
func failure(err error) error {
	if err == nil {
		return nil
	}
	kind, remedy := passing, ""
	var asked *behaviour.RequestError
	var cost *telemetry.CostError
	var input *source.Error
	var nowhere *record.UnconfiguredError
	var corrupt *store.CorruptError
	var gone *store.LostError
	switch {
	case errors.As(err, &asked):
		kind, remedy = invalid, asked.Remedy
	case errors.As(err, &cost), errors.As(err, &input), errors.Is(err, store.ErrKeyReused):
		kind = invalid
	case errors.As(err, &nowhere):
		kind, remedy = unconfigured, nowhere.Remedy
	case errors.Is(err, store.ErrNotFound), errors.As(err, &corrupt), errors.As(err, &gone):
		kind = lost
	}
	said := err.Error()
	if remedy != "" {
		said = fmt.Sprintf("%s (%s)", said, remedy)
	}
	return temporal.NewApplicationError(said, kind)
}
