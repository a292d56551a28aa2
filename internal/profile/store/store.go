// Package store stores behaviour profiles: each as a document in a folder or in S3, with its metadata as a row in
// SQLite, PostgreSQL or Aurora DSQL.
//
// The document is written first and never changes; a profile exists once its row does. Sweep repairs what a crash
// leaves in between.
package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/blob"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/index"
)

// Options configure where profiles are stored.
type Options struct {
	// DataDir holds the documents without a Bucket, and the index without a Database.
	DataDir string
	// Bucket is s3://BUCKET[/PREFIX].
	Bucket string
	// Database is postgres://… or dsql://ENDPOINT.
	Database string
	// Documents override DataDir and Bucket.
	Documents blob.Documents
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// OnRetry is called for each transaction repeated after a conflict.
	OnRetry func()
}

// Store is safe for concurrent use, also by several processes.
type Store struct {
	documents blob.Documents
	index     *index.Index
	now       func() time.Time
	ready     readiness
	reserve   *reserve // nil without a folder
}

// Open opens the store and migrates its tables.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{documents: o.Documents, now: o.Now}
	if s.now == nil {
		s.now = time.Now
	}
	if o.DataDir == "" && (s.documents == nil && o.Bucket == "" || o.Database == "") {
		return nil, errors.New("the folder for profiles is not set")
	}
	var err error
	switch {
	case s.documents != nil:
	case o.Bucket != "":
		s.documents, err = blob.OpenBucket(ctx, o.Bucket)
	default:
		s.documents, err = blob.OpenFolder(filepath.Join(o.DataDir, "documents"))
	}
	if err != nil {
		return nil, err
	}
	if o.OnRetry == nil {
		o.OnRetry = func() {}
	}
	if o.Database != "" {
		s.index, err = index.Open(ctx, o.Database, o.OnRetry)
	} else {
		s.index, err = index.OpenSQLite(filepath.Join(o.DataDir, "index.sqlite"), o.OnRetry)
	}
	if err != nil {
		return nil, err
	}
	if o.DataDir != "" && (o.Database == "" || o.Bucket == "" && o.Documents == nil) {
		s.reserve = openReserve(o.DataDir)
	}
	if err := s.index.Ping(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.index.Migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("migrate the tables: %w", err), s.Close())
	}
	return s, nil
}

// Close closes all connections.
func (s *Store) Close() error { return s.index.Close() }

// These types of the index are part of the store for its callers.
type (
	// Filter selects profiles.
	Filter = index.Filter
	// Page is one page of a listing of profiles.
	Page = index.Page
	// Baseline is the profile that a cluster and namespace is compared with.
	Baseline = index.Baseline
	// Condition reports whether a call may replace the baseline with this id; "" means none.
	Condition = index.Condition
	// Cluster is a cluster with profiles.
	Cluster = index.Cluster
	// AssessmentFilter selects assessments.
	AssessmentFilter = index.AssessmentFilter
	// AssessmentPage is one page of a listing of assessments.
	AssessmentPage = index.AssessmentPage
	// RequestError reports an invalid request, with a remedy.
	RequestError = index.RequestError
	// BaselineError reports that the current baseline is not the expected one.
	BaselineError = index.BaselineError
)

// Page sizes.
const (
	DefaultLimit = index.DefaultLimit
	MaxLimit     = index.MaxLimit
)

// Errors of a request. Any other error, except the types here, comes from the documents or the database.
var (
	// ErrNotFound reports an unknown profile id.
	ErrNotFound = index.ErrNotFound
	// ErrExists reports that another profile has the id.
	ErrExists = errors.New("another profile has this id")
	// ErrDeleting reports that a deletion of the profile is in progress.
	ErrDeleting = index.ErrDeleting
	// ErrIsBaseline reports that a baseline cannot be deleted.
	ErrIsBaseline = index.ErrIsBaseline
	// ErrKeyReused reports an idempotency key used by another request.
	ErrKeyReused = index.ErrKeyReused
	// ErrNoAssessment reports an unknown assessment id.
	ErrNoAssessment = index.ErrNoAssessment
)

// CorruptError reports an unreadable document.
type CorruptError struct{ Name, Reason string }

func (e *CorruptError) Error() string {
	return fmt.Sprintf("document %s is corrupt: %s", e.Name, e.Reason)
}

// LostError reports a row whose document is missing.
type LostError struct{ Name string }

func (e *LostError) Error() string { return fmt.Sprintf("document %s is lost", e.Name) }
