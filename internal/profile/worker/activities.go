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

// Watcher assesses windows, step by step.
type Watcher interface {
	Found(ctx context.Context, q assess.Window) (*assess.DetailedAssessment, error)
	Collect(ctx context.Context, q assess.Window, progress func(done, total int)) (profileID string, err error)
	AssessProfile(ctx context.Context, q assess.Window, profileID string) (assess.DetailedAssessment, error)
	Save(ctx context.Context, a assess.DetailedAssessment) (kept assess.DetailedAssessment, first bool, err error)
}

// activities implements the workflow's activities. Each can run repeatedly.
type activities struct {
	watcher Watcher
	now     func() time.Time
}

// CollectResult is the profile of a window, or the existing outcome.
type CollectResult struct {
	ProfileID string   `json:"profile_id,omitempty"`
	Known     *Outcome `json:"known,omitempty"`
}

// heartbeatInterval is the time between heartbeats.
const heartbeatInterval = 5 * time.Second

func (a *activities) collectProfile(ctx context.Context, q assess.Window) (CollectResult, error) {
	// clocks differ
	if wait := q.WindowEnd.Sub(a.now()); wait > 0 {
		return CollectResult{}, temporal.NewApplicationErrorWithOptions(
			"the window has not ended yet, by the worker's clock",
			typeEarly,
			temporal.ApplicationErrorOptions{NextRetryDelay: wait + time.Second},
		)
	}
	found, err := a.watcher.Found(ctx, q)
	if err != nil {
		return CollectResult{}, applicationError(err)
	}
	if found != nil {
		return CollectResult{Known: newOutcome(*found, true)}, nil
	}
	far, stop := startHeartbeat(ctx)
	defer stop()
	id, err := a.watcher.Collect(ctx, q, far)
	return CollectResult{ProfileID: id}, applicationError(err)
}

func (a *activities) assessProfile(ctx context.Context, q assess.Window, profile string) (assess.DetailedAssessment, error) {
	found, err := a.watcher.AssessProfile(ctx, q, profile)
	return found, applicationError(err)
}

func (a *activities) storeAssessment(ctx context.Context, found assess.DetailedAssessment) (*Outcome, error) {
	kept, first, err := a.watcher.Save(ctx, found)
	if err != nil {
		return nil, applicationError(err)
	}
	return newOutcome(kept, !first), nil
}

// heartbeatProgress is the payload of a heartbeat.
type heartbeatProgress struct {
	Done  int `json:"done"`
	Total int `json:"total"`
}

// startHeartbeat sends heartbeats with the latest progress until it is stopped.
func startHeartbeat(ctx context.Context) (progress func(done, total int), stop func()) {
	var last atomic.Pointer[heartbeatProgress]
	last.Store(&heartbeatProgress{})
	ended := make(chan struct{})
	go func() {
		tick := time.NewTicker(heartbeatInterval)
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
	return func(done, total int) { last.Store(&heartbeatProgress{done, total}) }, func() { close(ended) }
}

// Error types.
const (
	typeInvalid          = "InvalidRequest"
	typeUnconfigured     = "NotConfigured"
	typeLost             = "ProfileLost"
	typeEarly            = "WindowNotOver"
	typeFailed           = "Failed"
	typeAssessmentFailed = "AssessmentFailed" // of a workflow
)

// nonRetryable lists error types that a retry cannot fix.
var nonRetryable = []string{typeInvalid, typeUnconfigured, typeLost}

// applicationError converts an error to a Temporal one, with its type and remedy.
func applicationError(err error) error {
	if err == nil {
		return nil
	}
	kind, remedy := typeFailed, ""
	var asked *behaviour.RequestError
	var cost *telemetry.CostError
	var input *source.Error
	var nowhere *record.UnconfiguredError
	var corrupt *store.CorruptError
	var gone *store.LostError
	switch {
	case errors.As(err, &asked):
		kind, remedy = typeInvalid, asked.Remedy
	case errors.As(err, &cost), errors.As(err, &input), errors.Is(err, store.ErrKeyReused):
		kind = typeInvalid
	case errors.As(err, &nowhere):
		kind, remedy = typeUnconfigured, nowhere.Remedy
	case errors.Is(err, store.ErrNotFound), errors.As(err, &corrupt), errors.As(err, &gone):
		kind = typeLost
	}
	said := err.Error()
	if remedy != "" {
		said = fmt.Sprintf("%s (%s)", said, remedy)
	}
	return temporal.NewApplicationError(said, kind)
}
