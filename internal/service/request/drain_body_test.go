package request_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/service/request"
)

// A client that sends its whole body before it reads gets the response, whatever the handler has read of the body.
func TestRefusedBodiesAreRead(t *testing.T) {
	for name, c := range map[string]struct {
		size    int
		handler http.HandlerFunc
	}{
		"unread": {16 << 20, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }},
		"begun": {16 << 20, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.CopyN(io.Discard, r.Body, 1<<20)
			w.WriteHeader(http.StatusTooManyRequests)
		}},
		"closed": {16 << 20, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.CopyN(io.Discard, r.Body, 1<<20)
			_ = r.Body.Close()
			w.WriteHeader(http.StatusTooManyRequests)
		}},
		"over a limit": {24 << 20, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, 16<<20))
			w.WriteHeader(http.StatusTooManyRequests)
		}},
		"read": {1 << 20, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusTooManyRequests)
		}},
	} {
		server := httptest.NewServer(request.DrainBody(c.handler))
		defer server.Close()
		conn := dial(t, server)
		defer func() { _ = conn.Close() }() // before the server, which waits for its connections
		if _, err := fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", c.size); err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(conn, endless{}, int64(c.size)); err != nil {
			t.Errorf("%s: the body cannot be sent: %v", name, err)
			continue
		}
		answers := bufio.NewReader(conn)
		if status := readStatus(t, answers); status != http.StatusTooManyRequests {
			t.Errorf("%s: status %d", name, status)
		}
	}
}

// A body without end is read up to the limit, and a client that waits for permission is never asked for its body.
func TestDrainingEnds(t *testing.T) {
	server := httptest.NewServer(request.DrainBody(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTooManyRequests)
	})))
	defer server.Close()
	conn := dial(t, server)
	if _, err := fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1099511627776\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	sent, err := io.CopyN(conn, endless{}, 16*budget.UnreadBody.Most)
	if err == nil {
		t.Errorf("%d bytes are read", sent)
	}
	_ = conn.Close()
	conn = dial(t, server)
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if status := readStatus(t, bufio.NewReader(conn)); status != http.StatusTooManyRequests {
		t.Errorf("status %d", status)
	}
	if took := time.Since(began); took > budget.UnreadSeconds.Duration()/2 {
		t.Errorf("it took %s", took)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func dial(t *testing.T, server *httptest.Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func readStatus(t *testing.T, from *bufio.Reader) int {
	t.Helper()
	answer, err := http.ReadResponse(from, nil)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer func() { _ = answer.Body.Close() }()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Error(err)
	}
	return answer.StatusCode
}
