package index

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/measure"
)

// Whatever a database sends, without end or with a length that no memory holds, opening it ends with an error.
func TestDatabaseAnswersAreBounded(t *testing.T) {
	message := func(kind byte, length int, body string) []byte {
		return append(binary.BigEndian.AppendUint32([]byte{kind}, uint32(length)), body...)
	}
	whole := func(kind byte, body string) []byte { return message(kind, len(body)+4, body) }
	login := string(whole('R', "\x00\x00\x00\x00")) + string(whole('Z', "I"))
	filler := strings.Repeat("a", 60_000)
	for what, k := range map[string]struct{ first, again string }{
		"a length in the login": {string(message('R', 1<<30-16, "")), filler},
		"parameters":            {"", string(whole('S', "p\x00"+filler+"\x00"))},
		"a length in an answer": {login + string(message('T', 1<<30-16, "")), filler},
	} {
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				go func() {
					defer func() { _ = conn.Close() }()
					go func() { _, _ = io.Copy(io.Discard, conn) }() // requests
					_, err := conn.Write([]byte(k.first))
					for again := []byte(k.again); err == nil; {
						_, err = conn.Write(again)
					}
				}()
			}
		}()
		start := time.Now()
		x, err := Open(t.Context(), "postgres://u@"+listener.Addr().String()+"/d?sslmode=disable&pool_max_conns=1", func() {})
		if err != nil {
			t.Fatal(err)
		}
		took := measure.Allocated(func() { err = x.Ping(t.Context()) })
		if err == nil || time.Since(start) > openTimeout+5*time.Second || took > 700<<20 {
			t.Errorf("%s: %v after %s and %d MB", what, err, time.Since(start), took>>20)
		}
		_ = x.Close()
		_ = listener.Close()
	}
}

func TestAnswersHaveDeadlines(t *testing.T) {
	err := answerWithin(t.Context(), time.Millisecond, func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no answer within 1ms") {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := answerWithin(ended, time.Hour, func(ctx context.Context) error { return ctx.Err() }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
