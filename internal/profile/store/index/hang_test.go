package index_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/index"
)

// A connection whose query ran out of time keeps its place in the pool until it is closed. When the database works
// again, requests succeed within two seconds, and not after the 15 that pgx waits for connections that stay silent.
func TestPoolRecoversFromSilence(t *testing.T) {
	var hangs atomic.Bool
	hangs.Store(true)
	x, err := index.Open(t.Context(), "postgres://u@"+startSilentPostgres(t, &hangs)+"/d?sslmode=disable&pool_max_conns=1", func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = x.Close() }()
	ping := func(patience time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		return x.Ping(ctx)
	}
	if err := ping(200 * time.Millisecond); err == nil {
		t.Fatal("a database that hangs answers")
	}
	hangs.Store(false)
	start := time.Now()
	if err := ping(10 * time.Second); err != nil {
		t.Fatalf("after %s: %v", time.Since(start), err)
	}
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("it takes %s until the database is asked again", took)
	}
}

// startSilentPostgres starts a database that accepts each login. While it hangs, new connections answer no query, ever,
// and no request to cancel one.
func startSilentPostgres(t *testing.T, hangs *atomic.Bool) (address string) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answerQueries(t.Context(), conn, hangs.Load())
		}
	}()
	return listener.Addr().String()
}

func answerQueries(ctx context.Context, conn net.Conn, isSilent bool) {
	defer func() { _ = conn.Close() }()
	backend := pgproto3.NewBackend(conn, conn)
	if m, err := backend.ReceiveStartupMessage(); err != nil {
		return
	} else if _, isCancel := m.(*pgproto3.CancelRequest); isCancel {
		<-ctx.Done()
		return
	}
	ready := &pgproto3.ReadyForQuery{TxStatus: 'I'}
	backend.Send(&pgproto3.AuthenticationOk{})
	backend.Send(ready)
	_ = backend.Flush()
	for {
		m, err := backend.Receive()
		if err != nil {
			return
		}
		if isSilent {
			<-ctx.Done()
			return
		}
		switch m := m.(type) {
		case *pgproto3.Query:
			if m.String == "-- ping" || m.String == ";" || m.String == "" {
				backend.Send(&pgproto3.EmptyQueryResponse{})
			} else {
				backend.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 0")})
			}
			backend.Send(ready)
		case *pgproto3.Terminate:
			return
		case *pgproto3.Parse:
			backend.Send(&pgproto3.ParseComplete{})
		case *pgproto3.Describe:
			backend.Send(&pgproto3.ParameterDescription{})
			backend.Send(&pgproto3.NoData{})
		case *pgproto3.Bind:
			backend.Send(&pgproto3.BindComplete{})
		case *pgproto3.Execute:
			backend.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 0")})
		case *pgproto3.Sync:
			backend.Send(ready)
		}
		_ = backend.Flush()
	}
}
