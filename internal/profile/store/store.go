// Package store keeps behaviour profiles: each whole as a document in a folder
// or in S3, and what a listing shows of it as a row in SQLite, PostgreSQL or
// Aurora DSQL.
//
// The document is written first, and never changes; a profile is there as soon
// as its row is. What a crash leaves in between, Sweep finds and repairs.
package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// Options say where profiles are kept.
type Options struct {
	// DataDir has the documents where there is no Bucket, and the index where
	// there is no Database.
	DataDir string
	// Bucket is s3://BUCKET[/PREFIX].
	Bucket string
	// Database is postgres://… or dsql://ENDPOINT.
	Database string
	// Documents are these, whatever DataDir and Bucket say.
	Documents Documents
	// Now is the clock; time.Now where there is none.
	Now func() time.Time
	// OnRetry is told of each transaction that a conflict makes start anew.
	OnRetry func()
}

// Store is for concurrent use, and many processes may have the same one open.
type Store struct {
	documents Documents
	index     *index
	now       func() time.Time
}

// Open opens the store, and brings its tables to this version.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{documents: o.Documents, now: o.Now}
	if s.now == nil {
		s.now = time.Now
	}
	if o.DataDir == "" && (s.documents == nil && o.Bucket == "" || o.Database == "") {
		return nil, errors.New("no folder for the profiles is given")
	}
	var err error
	switch {
	case s.documents != nil:
	case o.Bucket != "":
		s.documents, err = OpenBucket(ctx, o.Bucket)
	default:
		s.documents, err = OpenFolder(filepath.Join(o.DataDir, "documents"))
	}
	if err != nil {
		return nil, err
	}
	if o.Database != "" {
		s.index, err = openDatabase(ctx, o.Database)
	} else {
		s.index, err = openSQLite(filepath.Join(o.DataDir, "index.sqlite"))
	}
	if err != nil {
		return nil, err
	}
	if o.OnRetry != nil {
		s.index.onRetry = o.OnRetry
	}
	if err := s.index.ping(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.index.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("bring the tables to this version: %w", err), s.Close())
	}
	return s, nil
}

// Close ends every connection.
func (s *Store) Close() error { return s.index.close() }

// Ready reports whether both sides answer.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.index.ping(ctx); err != nil {
		return err
	}
	for _, err := range s.documents.List(ctx, profilesPrefix) {
		return err
	}
	return nil
}

// Errors of a request. What is neither of these nor one of the types below is
// the fault of the documents or of the database.
var (
	// ErrNotFound is of an id that no profile has.
	ErrNotFound = errors.New("there is no such profile")
	// ErrExists is of an id that another profile has.
	ErrExists = errors.New("there is another profile of that id")
	// ErrIsBaseline is of a profile that cannot be deleted.
	ErrIsBaseline = errors.New("the profile is the baseline of its cluster and namespace")
	// ErrKeyReused is of an idempotency key that came with another request.
	ErrKeyReused = errors.New("the idempotency key came with another request before")
)

// A RequestError says what is wrong with what was asked.
type RequestError behaviour.RequestError

func (e *RequestError) Error() string { return e.Message }

func (e *RequestError) Unwrap() error { return (*behaviour.RequestError)(e) }

// A BaselineError says that the baseline is not the one that was expected.
type BaselineError struct{ Current string } // its id; "" is none

func (e *BaselineError) Error() string {
	if e.Current == "" {
		return "there is no baseline"
	}
	return "the baseline is " + e.Current
}

// A CorruptError names a document that cannot be read as what was written.
type CorruptError struct{ Name, Reason string }

func (e *CorruptError) Error() string {
	return fmt.Sprintf("the document %s is corrupt: %s", e.Name, e.Reason)
}

// A LostError names a document that is not there, though its row is.
type LostError struct{ Name string }

func (e *LostError) Error() string { return fmt.Sprintf("the document %s is lost", e.Name) }
