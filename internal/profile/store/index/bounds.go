package index

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// Deadlines of opening an index: for its first answers, and for each statement that changes a table.
const (
	openTimeout    = 10 * time.Second
	migrateTimeout = 5 * time.Minute
)

// answerWithin runs an operation that a database must answer in time.
func answerWithin(ctx context.Context, limit time.Duration, do func(ctx context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := do(limited)
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		return fmt.Errorf("no answer within %s: %w", limit, err)
	}
	return err
}

// boundAnswers limits a message of the database, for which pgx allocates what its header claims, and all that the
// database sends until the next request.
func boundAnswers(from io.Reader, to io.Writer) *pgproto3.Frontend {
	answer := &answerReader{from: from}
	answer.left.Store(budget.DatabaseAnswer.Most)
	f := pgproto3.NewFrontend(answer, requestWriter{to, answer})
	f.SetMaxBodyLen(int(budget.DatabaseMessage.Most))
	return f
}

type answerReader struct {
	from io.Reader
	left atomic.Int64
}

func (r *answerReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	if left := r.left.Add(-int64(n)); left < 0 {
		return 0, budget.DatabaseAnswer.Check(budget.DatabaseAnswer.Most + 1)
	}
	return n, err
}

// requestWriter begins a new answer with each request.
type requestWriter struct {
	to     io.Writer
	answer *answerReader
}

func (w requestWriter) Write(p []byte) (int, error) {
	w.answer.left.Store(budget.DatabaseAnswer.Most)
	return w.to.Write(p)
}
