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

// An index is the rows, in any of the three databases: they take the same
// statements, but for those that make tables.
type index struct {
	db      *sql.DB
	dialect dialect
	onRetry func()
	close   func() error
}

// ping reports whether the database answers. It opens a connection where there is
// none, which switches a new SQLite database to WAL. The switch turns a read into a
// write, and SQLite never waits for a lock in between: busy_timeout does not hold
// there, so that a process that loses to another one has to try again.
func (x *index) ping(ctx context.Context) error {
	if err := x.retryConflicts(ctx, func() error { return x.db.PingContext(ctx) }); err != nil {
		return fmt.Errorf("the database: %w", err)
	}
	return nil
}

// attempts of a transaction, and the pauses between them: doubled each time, up
// to the longest, and of that a part by chance, so that rivals part.
const (
	transactionAttempts = 12
	shortestPause       = 5 * time.Millisecond
	longestPause        = time.Second
)

// transact runs a function in a transaction, and again whenever it loses to another.
// The function must therefore do nothing but read and write by tx, and start
// from what it reads there.
func (x *index) transact(ctx context.Context, do func(tx *sql.Tx) error) error {
	return x.retryConflicts(ctx, func() error { return x.once(ctx, do) })
}

// retryConflicts calls a function until it succeeds or fails for a reason other than a
// conflict with another process or transaction.
func (x *index) retryConflicts(ctx context.Context, do func() error) error {
	for attempt := 1; ; attempt++ {
		err := do()
		if err == nil || !conflict(err) {
			return err
		}
		if attempt == transactionAttempts {
			return fmt.Errorf("the transaction lost %d times to others: %w", attempt, err)
		}
		x.onRetry()
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

func (x *index) once(ctx context.Context, do func(tx *sql.Tx) error) error {
	tx, err := x.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		_ = tx.Rollback() // the first error is the one to tell
		return err
	}
	return tx.Commit()
}

// pause waits before the next attempt.
func pause(ctx context.Context, attempt int) error {
	longest := min(shortestPause<<attempt, longestPause)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(rand.Int64N(int64(longest)))):
		return nil
	}
}

// SQLSTATEs of a transaction that lost to another one.
const (
	serializationFailure = "40001" // DSQL's OC000 and OC001 come as this
	deadlockDetected     = "40P01"
	// of two that insert one key, PostgreSQL tells the second by this
	uniqueViolation = "23505"
)

// conflict reports whether a transaction may fare better when it starts anew.
func conflict(err error) bool {
	if e := (*pgconn.PgError)(nil); errors.As(err, &e) {
		return e.Code == serializationFailure || e.Code == deadlockDetected || e.Code == uniqueViolation
	}
	if e := (*sqlite.Error)(nil); errors.As(err, &e) {
		return e.Code()&0xff == sqlite3.SQLITE_BUSY
	}
	return false
}
