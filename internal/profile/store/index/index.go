// Package index stores the rows of profiles, baselines, assessments and idempotency keys in SQLite, PostgreSQL or Aurora
// DSQL. Its methods run the transactions, and repeat them after conflicts.
package index

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// Index holds the rows in one of three databases. All take the same statements, except those that create tables.
type Index struct {
	db      *sql.DB
	dialect dialect
	onRetry func()
	close   func() error
}

// Errors of a request. Any other error, except the types below, comes from the database.
var (
	// ErrNotFound reports an unknown profile id.
	ErrNotFound = errors.New("the profile does not exist")
	// ErrDeleting reports that a deletion of the profile is in progress.
	ErrDeleting = errors.New("the profile is being deleted")
	// ErrIsBaseline reports that a baseline cannot be deleted.
	ErrIsBaseline = errors.New("the profile is the baseline of its cluster and namespace")
	// ErrKeyReused reports an idempotency key used by another request.
	ErrKeyReused = errors.New("the idempotency key was used by another request")
	// ErrNoAssessment reports an unknown assessment id.
	ErrNoAssessment = errors.New("the assessment does not exist")
)

// RequestError reports an invalid request, with a remedy.
type RequestError behaviour.RequestError

func (e *RequestError) Error() string { return e.Message }

func (e *RequestError) Unwrap() error { return (*behaviour.RequestError)(e) }

// BaselineError reports that the current baseline is not the expected one.
type BaselineError struct{ Current string } // its id; "" means none

func (e *BaselineError) Error() string {
	if e.Current == "" {
		return "no baseline is set"
	}
	return "the baseline is " + e.Current
}

// Close closes all connections.
func (x *Index) Close() error { return x.close() }

// Ping checks that the database answers. The first connection switches a new SQLite database to WAL, where
// busy_timeout does not apply, so a process that loses this race must retry.
func (x *Index) Ping(ctx context.Context) error {
	err := answerWithin(ctx, openTimeout, func(ctx context.Context) error {
		return x.retryConflicts(ctx, func() error { return x.db.PingContext(ctx) })
	})
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	return nil
}

// CheckWritable writes nothing in a transaction that a read-only database refuses.
func (x *Index) CheckWritable(ctx context.Context) error {
	return x.runTransaction(ctx, func(tx *transaction) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM requests WHERE request_key = $1`, "")
		return err
	})
}

// IsDiskFull reports whether SQLite failed for lack of disk space.
func IsDiskFull(err error) bool {
	var failed *sqlite.Error
	if !errors.As(err, &failed) {
		return false
	}
	primary := failed.Code() & 0xff
	return primary == sqlite3.SQLITE_FULL || primary == sqlite3.SQLITE_IOERR
}

// IsValidID reports whether an id is a UUID in its usual form.
func IsValidID(id string) bool {
	u, err := uuid.Parse(id)
	return err == nil && u.String() == id
}

// queryer is a database or a transaction.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// row is a single row or the current one of several.
type row interface{ Scan(...any) error }
