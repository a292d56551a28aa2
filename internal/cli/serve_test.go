package cli_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/cli"
	"github.com/temporal-dsql/temporal-dsql/internal/prometheustest"
)

// A lockedBuffer is written to by many.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// serveOptions are the options of serve.
func serveOptions(t *testing.T, env map[string]string, args ...string) (url string, log *lockedBuffer, end func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	log = &lockedBuffer{}
	code := make(chan int, 1)
	go func() {
		code <- cli.Run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...), in, log,
			func(name string) string { return cmp.Or(env[name], cli.NoVariables(name)) })
		_ = in.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("it serves nothing: %v: %s", err, log)
	}
	url = strings.TrimPrefix(strings.TrimSpace(line), "serving at ")
	end = sync.OnceValue(func() int { cancel(); return <-code })
	t.Cleanup(func() { end() })
	return url, log, end
}

func answer(t *testing.T, method, url, body string, headers ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Body.Close() }()
	data, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, string(data)
}

// TestServe checks that profiles are created and stored under XDG_DATA_HOME, and still
// served without a Prometheus.
func TestServe(t *testing.T) {
	start := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	var history strings.Builder
	history.WriteString("# TYPE dsql_pool_open gauge\n")
	for at := start; at.Before(start.Add(time.Hour)); at = at.Add(15 * time.Second) {
		fmt.Fprintf(&history, "dsql_pool_open{service_name=\"history\"} 50 %d\n", at.Unix())
	}
	history.WriteString("# EOF\n")
	prometheus, err := prometheustest.Start(history.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := prometheus.Stop(); err != nil {
			t.Error(err)
		}
	}()
	home := t.TempDir()
	env := map[string]string{"XDG_DATA_HOME": home}
	url, log, end := serveOptions(t, env, "--prometheus-url", prometheus.URL)
	request := `{"name": "n", "cluster_id": "eu", "time_window_start": "2026-03-01T09:00:00Z", "time_window_end": "2026-03-01T09:30:00Z"}`
	code, text := answer(t, http.MethodPost, url+"/profiles", request)
	var m struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal([]byte(text), &m); err != nil || code != http.StatusCreated {
		t.Fatal(code, text, log)
	}
	createsBehindAGateway(t, url)
	if exit := end(); exit != 0 {
		t.Errorf("it ends with %d: %s", exit, log)
	}
	for line := range strings.Lines(log.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("the log is not JSON: %s", line)
		}
	}
	if _, err := os.Stat(filepath.Join(home, "temporal-dsql", "index.sqlite")); err != nil {
		t.Error(err)
	}

	url, _, end = serveOptions(t, env)
	if code, text := answer(t, http.MethodGet, url+"/profiles/"+m.ID, ""); code != http.StatusOK ||
		!strings.Contains(text, `"pool_open_count":{"status":"ok"`) {
		t.Error(code, text)
	}
	if code, text := answer(t, http.MethodPost, url+"/profiles", request); code != http.StatusServiceUnavailable ||
		!strings.Contains(text, "--prometheus-url") {
		t.Error(code, text)
	}
	end()
}

// TestServeWithTokens checks that a service accepts a token of token new by its line.
func TestServeWithTokens(t *testing.T) {
	var made struct{ Token, Line string }
	if err := json.Unmarshal(run(t, "token", "new", "ci", "--scope", "write", "-o", "json"), &made); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "tokens")
	if err := os.WriteFile(file, []byte(made.Line+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	url, log, _ := serveOptions(t, nil, "--listen", "0.0.0.0:0", "--data-dir", dir, "--tokens", file)
	url = strings.Replace(url, "[::]", "127.0.0.1", 1)
	if code, text := answer(t, http.MethodGet, url+"/profiles", ""); code != http.StatusUnauthorized {
		t.Error(code, text)
	}
	if code, text := answer(t, http.MethodGet, url+"/profiles", "", "Authorization: Bearer "+made.Token); code != http.StatusOK {
		t.Error(code, text)
	}
	if strings.Contains(log.String(), made.Token) {
		t.Error("the log has the token")
	}
}

// A gateway that lets nobody read is no obstacle to making a profile.
func createsBehindAGateway(t *testing.T, service string) {
	t.Helper()
	at, err := url.Parse(service)
	if err != nil {
		t.Fatal(err)
	}
	through := httputil.NewSingleHostReverseProxy(at)
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			http.Error(w, `{"detail": "only writing is allowed"}`, http.StatusForbidden)
			return
		}
		through.ServeHTTP(w, r)
	}))
	defer gateway.Close()
	id := strings.TrimSpace(string(run(t, "profile", "create", "x", "--cluster", "eu", "--from", "2026-03-01T09:00:00Z", "--to",
		"2026-03-01T09:20:00Z", "--server", gateway.URL)))
	if code, text := answer(t, http.MethodGet, service+"/profiles/"+id, ""); code != http.StatusOK {
		t.Error(id, code, text)
	}
}
