package api

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
)

// DefaultStoreTimeout is how long an operation of the store may take, with all
// its tries.
const DefaultStoreTimeout = 10 * time.Second

// A Store is a store of profiles whose operations are counted, traced, and given
// up when they take too long.
type Store struct {
	// Timeout is for each operation.
	Timeout time.Duration

	kept    *store.Store
	metrics *Metrics
	tracer  trace.Tracer
}

// NewStore watches over a store.
func NewStore(kept *store.Store, m *Metrics, traces trace.TracerProvider) *Store {
	return &Store{DefaultStoreTimeout, kept, m, traces.Tracer(scope)}
}

// watched runs one operation.
func watched[T any](ctx context.Context, s *Store, operation string, do func(context.Context) (T, error)) (T, error) {
	ctx, span := s.tracer.Start(ctx, "store "+operation, trace.WithAttributes(attribute.String("db.operation.name", operation)))
	defer span.End()
	start := time.Now()
	limited, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	result, err := do(limited)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		err = &lateError{s.Timeout, err}
	}
	outcome := "ok"
	switch {
	case err == nil:
	case errors.Is(err, context.Canceled):
		outcome = "cancelled"
	case wrongRequest(err) != nil || wrongState(err) != nil:
		outcome = "refused"
	default:
		outcome = "failed"
		span.SetStatus(codes.Error, err.Error())
	}
	s.metrics.store.WithLabelValues(operation, outcome).Observe(time.Since(start).Seconds())
	return result, err
}

// A lateError is of an operation that was given up.
type lateError struct {
	after time.Duration
	err   error
}

func (e *lateError) Error() string {
	what := strings.TrimSuffix(e.err.Error(), context.DeadlineExceeded.Error())
	return strings.TrimSuffix(fmt.Sprintf("no answer within %s: %s", e.after, what), ": ")
}

// Earlier gives the profile that the same request has made already.
func (s *Store) Earlier(ctx context.Context, r *store.Request) (*behaviour.Metadata, error) {
	if r == nil {
		return nil, nil
	}
	return watched(ctx, s, "earlier", func(ctx context.Context) (*behaviour.Metadata, error) { return s.kept.Earlier(ctx, r) })
}

// Create keeps a profile.
func (s *Store) Create(ctx context.Context, p behaviour.Profile, r *store.Request) (behaviour.Metadata, error) {
	return watched(ctx, s, "create", func(ctx context.Context) (behaviour.Metadata, error) { return s.kept.Create(ctx, p, r) })
}

// List gives a page of profiles.
func (s *Store) List(ctx context.Context, f store.Filter, limit int, cursor string) (*store.Page, error) {
	return watched(ctx, s, "list", func(ctx context.Context) (*store.Page, error) { return s.kept.List(ctx, f, limit, cursor) })
}

// JSON gives a whole profile as it is written.
func (s *Store) JSON(ctx context.Context, id string) (m behaviour.Metadata, data []byte, err error) {
	data, err = watched(ctx, s, "get", func(ctx context.Context) ([]byte, error) {
		m, data, err = s.kept.JSON(ctx, id)
		return data, err
	})
	return m, data, err
}

// Get gives a whole profile.
func (s *Store) Get(ctx context.Context, id string) (*behaviour.Profile, error) {
	return watched(ctx, s, "read", func(ctx context.Context) (*behaviour.Profile, error) { return s.kept.Get(ctx, id) })
}

// Before gives whole profiles of earlier windows of the same scope.
func (s *Store) Before(ctx context.Context, m behaviour.Metadata, most int) ([]behaviour.Profile, error) {
	return watched(ctx, s, "before", func(ctx context.Context) ([]behaviour.Profile, error) { return s.kept.Before(ctx, m, most) })
}

// Preceding tells of earlier windows of the same scope.
func (s *Store) Preceding(ctx context.Context, m behaviour.Metadata, most int) ([]behaviour.Metadata, error) {
	return watched(ctx, s, "preceding", func(ctx context.Context) ([]behaviour.Metadata, error) { return s.kept.Preceding(ctx, m, most) })
}

// Metadata gives what a listing shows of one profile.
func (s *Store) Metadata(ctx context.Context, id string) (behaviour.Metadata, error) {
	return watched(ctx, s, "metadata", func(ctx context.Context) (behaviour.Metadata, error) { return s.kept.Metadata(ctx, id) })
}

// Delete takes a profile away.
func (s *Store) Delete(ctx context.Context, id string) error {
	_, err := watched(ctx, s, "delete", func(ctx context.Context) (struct{}, error) { return struct{}{}, s.kept.Delete(ctx, id) })
	return err
}

// SetBaseline makes a profile the baseline of its cluster and namespace.
func (s *Store) SetBaseline(ctx context.Context, id string, expected *string) (store.Baseline, error) {
	return watched(ctx, s, "set_baseline", func(ctx context.Context) (store.Baseline, error) { return s.kept.SetBaseline(ctx, id, expected) })
}

// Baseline gives the baseline of a cluster and namespace; nil if there is none.
func (s *Store) Baseline(ctx context.Context, cluster, namespace string) (*store.Baseline, error) {
	return watched(ctx, s, "baseline", func(ctx context.Context) (*store.Baseline, error) { return s.kept.Baseline(ctx, cluster, namespace) })
}

// Clusters gives every cluster that has profiles.
func (s *Store) Clusters(ctx context.Context) ([]store.Cluster, error) {
	return watched(ctx, s, "clusters", s.kept.Clusters)
}

// CreateAssessment keeps what was found of a window, unless there is one of it.
func (s *Store) CreateAssessment(ctx context.Context, a behaviour.Assessment, details []byte) (kept behaviour.Assessment, first bool, err error) {
	kept, err = watched(ctx, s, "create_assessment", func(ctx context.Context) (behaviour.Assessment, error) {
		kept, first, err = s.kept.CreateAssessment(ctx, a, details)
		return kept, err
	})
	return kept, first, err
}

// Assessment gives an assessment with its details.
func (s *Store) Assessment(ctx context.Context, id string) (a behaviour.Assessment, details []byte, err error) {
	details, err = watched(ctx, s, "get_assessment", func(ctx context.Context) ([]byte, error) {
		a, details, err = s.kept.Assessment(ctx, id)
		return details, err
	})
	return a, details, err
}

// Assessments gives a page of assessments.
func (s *Store) Assessments(ctx context.Context, f store.AssessmentFilter, limit int, cursor string) (*store.AssessmentPage, error) {
	return watched(ctx, s, "list_assessments", func(ctx context.Context) (*store.AssessmentPage, error) {
		return s.kept.Assessments(ctx, f, limit, cursor)
	})
}

// Ready reports whether the store answers.
func (s *Store) Ready(ctx context.Context) error {
	_, err := watched(ctx, s, "ready", func(ctx context.Context) (struct{}, error) { return struct{}{}, s.kept.Ready(ctx) })
	return err
}
