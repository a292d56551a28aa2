package monitoring

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/service/problem"
)

// Store wraps a store of profiles with metrics, traces and a timeout for each operation.
type Store struct {
	// Timeout limits each operation.
	Timeout time.Duration

	inner   *store.Store
	metrics *Metrics
	tracer  trace.Tracer
}

// NewStore wraps a store.
func NewStore(kept *store.Store, m *Metrics, traces trace.TracerProvider) *Store {
	return &Store{store.OperationTimeout, kept, m, traces.Tracer(tracerName)}
}

// observeOperation runs one operation with its metrics, span and timeout.
func observeOperation[T any](ctx context.Context, s *Store, operation string, do func(context.Context) (T, error)) (T, error) {
	ctx, span := s.tracer.Start(ctx, "store "+operation, trace.WithAttributes(attribute.String("db.operation.name", operation)))
	defer span.End()
	start := time.Now()
	limited, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	result, err := do(limited)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		err = &timeoutError{s.Timeout, err}
	}
	outcome := "ok"
	switch {
	case err == nil:
	case errors.Is(err, context.Canceled):
		outcome = "cancelled"
	case problem.IsRefusal(err):
		outcome = "refused"
	default:
		outcome = "failed"
		span.SetStatus(codes.Error, err.Error())
	}
	s.metrics.store.WithLabelValues(operation, outcome).Observe(time.Since(start).Seconds())
	return result, err
}

// timeoutError reports an operation that was cancelled because it took too long.
type timeoutError struct {
	limit time.Duration
	err   error
}

func (e *timeoutError) Error() string {
	what := strings.TrimSuffix(e.err.Error(), context.DeadlineExceeded.Error())
	return strings.TrimSuffix(fmt.Sprintf("no answer within %s: %s", e.limit, what), ": ")
}

// Earlier returns the profile that an earlier request with the same key created.
func (s *Store) Earlier(ctx context.Context, r *store.IdempotencyKey) (*behaviour.Metadata, error) {
	if r == nil {
		return nil, nil
	}
	return observeOperation(ctx, s, "earlier", func(ctx context.Context) (*behaviour.Metadata, error) { return s.inner.Earlier(ctx, r) })
}

// Create stores a profile.
func (s *Store) Create(ctx context.Context, p behaviour.Profile, r *store.IdempotencyKey) (behaviour.Metadata, error) {
	return observeOperation(ctx, s, "create", func(ctx context.Context) (behaviour.Metadata, error) { return s.inner.Create(ctx, p, r) })
}

// List returns a page of profiles.
func (s *Store) List(ctx context.Context, f store.Filter, limit int, cursor string) (*store.Page, error) {
	return observeOperation(ctx, s, "list", func(ctx context.Context) (*store.Page, error) { return s.inner.List(ctx, f, limit, cursor) })
}

// JSON returns a profile as the stored document.
func (s *Store) JSON(ctx context.Context, id string) (m behaviour.Metadata, data []byte, err error) {
	data, err = observeOperation(ctx, s, "get", func(ctx context.Context) ([]byte, error) {
		m, data, err = s.inner.JSON(ctx, id)
		return data, err
	})
	return m, data, err
}

// Get returns a profile.
func (s *Store) Get(ctx context.Context, id string) (*behaviour.Profile, error) {
	return observeOperation(ctx, s, "read", func(ctx context.Context) (*behaviour.Profile, error) { return s.inner.Get(ctx, id) })
}

// Before returns profiles of earlier windows of the same scope, and those at the hour of another window.
func (s *Store) Before(ctx context.Context, m behaviour.Metadata, most int, then time.Time) ([]behaviour.Profile, error) {
	return observeOperation(
		ctx,
		s,
		"before",
		func(ctx context.Context) ([]behaviour.Profile, error) { return s.inner.Before(ctx, m, most, then) },
	)
}

// Preceding returns the metadata of earlier windows of the same scope.
func (s *Store) Preceding(ctx context.Context, m behaviour.Metadata, most int) ([]behaviour.Metadata, error) {
	return observeOperation(ctx, s, "preceding", func(ctx context.Context) ([]behaviour.Metadata,
		error) {
		return s.inner.Preceding(ctx, m, most)
	})
}

// SameHour returns the metadata of earlier windows of the same scope at the hour of another window.
func (s *Store) SameHour(ctx context.Context, m behaviour.Metadata, then time.Time) ([]behaviour.Metadata, error) {
	return observeOperation(ctx, s, "same_hour", func(ctx context.Context) ([]behaviour.Metadata,
		error) {
		return s.inner.SameHour(ctx, m, then)
	})
}

// Metadata returns the metadata of a profile.
func (s *Store) Metadata(ctx context.Context, id string) (behaviour.Metadata, error) {
	return observeOperation(ctx, s, "metadata", func(ctx context.Context) (behaviour.Metadata, error) { return s.inner.Metadata(ctx, id) })
}

// Delete deletes a profile.
func (s *Store) Delete(ctx context.Context, id string) error {
	_, err := observeOperation(ctx, s, "delete", func(ctx context.Context) (struct{}, error) { return struct{}{}, s.inner.Delete(ctx, id) })
	return err
}

// SetBaseline sets a profile as the baseline of its cluster and namespace.
func (s *Store) SetBaseline(ctx context.Context, id string, condition store.Condition) (store.Baseline, error) {
	return observeOperation(ctx, s, "set_baseline",
		func(ctx context.Context) (store.Baseline, error) { return s.inner.SetBaseline(ctx, id, condition) })
}

// BaselineOf returns the baseline of a profile's cluster and namespace, or nil.
func (s *Store) BaselineOf(ctx context.Context, id string) (*store.Baseline, error) {
	return observeOperation(ctx, s, "baseline",
		func(ctx context.Context) (*store.Baseline, error) { return s.inner.BaselineOf(ctx, id) })
}

// Baseline returns the baseline of a cluster and namespace, or nil.
func (s *Store) Baseline(ctx context.Context, cluster, namespace string) (*store.Baseline, error) {
	return observeOperation(ctx, s, "baseline", func(ctx context.Context) (*store.Baseline,
		error) {
		return s.inner.Baseline(ctx, cluster, namespace)
	})
}

// Clusters returns every cluster that has profiles.
func (s *Store) Clusters(ctx context.Context) ([]store.Cluster, error) {
	return observeOperation(ctx, s, "clusters", s.inner.Clusters)
}

// ReplaceAssessment stores an assessment in place of the one that the window has.
func (s *Store) ReplaceAssessment(ctx context.Context, a behaviour.Assessment, details []byte) (behaviour.Assessment, error) {
	return observeOperation(ctx, s, "replace_assessment", func(ctx context.Context) (behaviour.Assessment, error) {
		return s.inner.ReplaceAssessment(ctx, a, details)
	})
}

// CreateAssessment stores the assessment of a window, or returns the stored one.
func (s *Store) CreateAssessment(ctx context.Context, a behaviour.Assessment, details []byte) (kept behaviour.Assessment, first bool,
	err error) {
	kept, err = observeOperation(ctx, s, "create_assessment", func(ctx context.Context) (behaviour.Assessment, error) {
		kept, first, err = s.inner.CreateAssessment(ctx, a, details)
		return kept, err
	})
	return kept, first, err
}

// Assessment returns an assessment with its details.
func (s *Store) Assessment(ctx context.Context, id string) (a behaviour.Assessment, details []byte, err error) {
	details, err = observeOperation(ctx, s, "get_assessment", func(ctx context.Context) ([]byte, error) {
		a, details, err = s.inner.Assessment(ctx, id)
		return details, err
	})
	return a, details, err
}

// Assessments returns a page of assessments.
func (s *Store) Assessments(ctx context.Context, f store.AssessmentFilter, limit int, cursor string) (*store.AssessmentPage, error) {
	return observeOperation(ctx, s, "list_assessments", func(ctx context.Context) (*store.AssessmentPage, error) {
		return s.inner.Assessments(ctx, f, limit, cursor)
	})
}

// Ready returns an error if the store does not answer.
func (s *Store) Ready(ctx context.Context) error {
	_, err := observeOperation(ctx, s, "ready", func(ctx context.Context) (struct{}, error) { return struct{}{}, s.inner.Ready(ctx) })
	return err
}
