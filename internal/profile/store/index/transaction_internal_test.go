package index

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// A transaction whose connection is lost may have been committed; one that the database refuses was not.
func TestIsOutcomeUnknown(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{io.EOF, true},
		{io.ErrUnexpectedEOF, true},
		{net.ErrClosed, true},
		{&net.OpError{Op: "read", Err: errors.New("reset")}, true},
		{driver.ErrBadConn, true},
		{pgconn.ErrConnClosed, true},
		{&pgconn.PgError{Code: serverUnavailable}, true},
		{&pgconn.PgError{Code: adminShutdown}, true},
		{&pgconn.PgError{Code: connectionException + "006"}, true},
		{&pgconn.PgError{Code: serializationFailure}, false},
		{&pgconn.PgError{Code: "42501"}, false},
		{context.Canceled, false},
		{context.DeadlineExceeded, false},
		{ErrNotFound, false},
		{nil, false},
	} {
		for _, err := range []error{c.err, wrapped(c.err)} {
			if got := isOutcomeUnknown(err); got != c.want {
				t.Errorf("%v: %v, want %v", err, got, c.want)
			}
		}
	}
}

func wrapped(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("commit: %w", err)
}
