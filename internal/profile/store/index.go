package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// index holds the rows in one of three databases. All take the same statements, except those that create tables.
type index struct {
	db      *sql.DB
	dialect dialect
	onRetry func()
	close   func() error
}

// ping checks that the database answers. The first connection switches a new SQLite database to WAL, where
// busy_timeout does not apply, so a process that loses this race must retry.
func (x *index) ping(ctx context.Context) error {
	if err := x.retryConflicts(ctx, func() error { return x.db.PingContext(ctx) }); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	return nil
}

// Attempts of a transaction and the pauses between them, doubled each time and randomised so that rivals separate.
const (
	transactionAttempts = 12
	shortestPause       = 5 * time.Millisecond
	longestPause        = time.Second
)

// runTransaction runs a function in a transaction and repeats it after conflicts. The function must only use tx, and start
// from what it reads there.
func (x *index) runTransaction(ctx context.Context, do func(tx *sql.Tx) error) error {
	return x.retryConflicts(ctx, func() error { return x.runOnce(ctx, do) })
}

// retryConflicts repeats a function until it succeeds or fails for another reason than a conflict.
func (x *index) retryConflicts(ctx context.Context, do func() error) error {
	for attempt := 1; ; attempt++ {
		err := do()
		if err == nil || !isConflict(err) {
			return err
		}
		if attempt == transactionAttempts {
			return fmt.Errorf("the transaction lost %d conflicts: %w", attempt, err)
		}
		x.onRetry()
		if err := waitBeforeRetry(ctx, attempt); err != nil {
			return err
		}
	}
}

func (x *index) runOnce(ctx context.Context, do func(tx *sql.Tx) error) error {
	tx, err := x.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		_ = tx.Rollback() // the first error counts
		return err
	}
	return tx.Commit()
}

// waitBeforeRetry waits before the next attempt.
func waitBeforeRetry(ctx context.Context, attempt int) error {
	longest := min(shortestPause<<attempt, longestPause)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(rand.Int64N(int64(longest)))):
		return nil
	}
}

// SQLSTATEs of transactions that lost a conflict.
const (
	serializationFailure = "40001" // includes DSQL's OC000 and OC001
	deadlockDetected     = "40P01"
	// PostgreSQL reports the second of two inserts of one key by this
	uniqueViolation = "23505"
)

// isConflict reports whether a repeated transaction can succeed.
func isConflict(err error) bool {
	if e := (*pgconn.PgError)(nil); errors.As(err, &e) {
		return e.Code == serializationFailure || e.Code == deadlockDetected || e.Code == uniqueViolation
	}
	if e := (*sqlite.Error)(nil); errors.As(err, &e) {
		return e.Code()&0xff == sqlite3.SQLITE_BUSY
	}
	return false
}
