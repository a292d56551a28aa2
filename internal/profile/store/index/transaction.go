package index

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Attempts of a transaction and the pauses between them, doubled each time and randomised so that rivals separate.
const (
	transactionAttempts = 12
	shortestPause       = 5 * time.Millisecond
	longestPause        = time.Second
)

// transaction is one attempt of a transaction.
type transaction struct {
	*sql.Tx
	// isRepeated reports whether an earlier attempt may have been committed, because the answer to its commit was lost
	isRepeated bool
}

// runTransaction runs a function in a transaction and repeats it after conflicts, and a few times when the connection is
// lost. The function must only use tx, and start from what it reads there.
func (x *Index) runTransaction(ctx context.Context, do func(tx *transaction) error) error {
	isRepeated := false
	return x.retryConflicts(ctx, func() error {
		tx, err := x.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if err := do(&transaction{tx, isRepeated}); err != nil {
			_ = tx.Rollback() // the first error counts
			return err
		}
		err = tx.Commit()
		isRepeated = isRepeated || isOutcomeUnknown(err)
		return err
	})
}

// runRead runs a read of one statement, and repeats it as a transaction.
func runRead[T any](ctx context.Context, x *Index, read func(q *sql.DB) (T, error)) (result T, err error) {
	err = x.retryConflicts(ctx, func() error {
		result, err = read(x.db)
		return err
	})
	return result, err
}

// outcomeAttempts limits the attempts of a transaction whose outcome is unknown: a database that is down stays down
// for longer.
const outcomeAttempts = 4

// retryConflicts repeats a function until it succeeds or fails for another reason than a conflict or a lost answer.
func (x *Index) retryConflicts(ctx context.Context, do func() error) error {
	lost := 0
	for attempt := 1; ; attempt++ {
		err := do()
		switch {
		case isConflict(err):
			if attempt == transactionAttempts {
				return fmt.Errorf("the transaction lost %d conflicts: %w", attempt, err)
			}
			x.onRetry()
		case isOutcomeUnknown(err):
			if lost++; lost == outcomeAttempts || attempt == transactionAttempts {
				return err
			}
		default:
			return err
		}
		if waited := WaitBeforeRetry(ctx, attempt); waited != nil {
			return fmt.Errorf("%w: %w", err, waited)
		}
	}
}

// WaitBeforeRetry waits before the next attempt of an operation that lost a conflict, longer each time.
func WaitBeforeRetry(ctx context.Context, attempt int) error {
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

// SQLSTATEs after which a transaction may have been committed or not.
const (
	serverUnavailable   = "XX000" // of DSQL
	adminShutdown       = "57P01"
	crashShutdown       = "57P02"
	cannotConnectNow    = "57P03"
	connectionException = "08"
)

// isOutcomeUnknown reports whether the connection was lost, so that the transaction may have been committed.
func isOutcomeUnknown(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	if e := (*pgconn.PgError)(nil); errors.As(err, &e) {
		switch e.Code {
		case serverUnavailable, adminShutdown, crashShutdown, cannotConnectNow:
			return true
		}
		return strings.HasPrefix(e.Code, connectionException)
	}
	var network *net.OpError
	return errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, pgconn.ErrConnClosed) || pgconn.SafeToRetry(err)
}
