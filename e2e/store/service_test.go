package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
)

// buildProgram returns the program of TEMPORAL_DSQL, or builds one for the time of the test.
func buildProgram(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("TEMPORAL_DSQL"); path != "" {
		return path
	}
	path := filepath.Join(t.TempDir(), "temporal-dsql")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", path, "./cmd/temporal-dsql")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build temporal-dsql: %v\n%s", err, out)
	}
	return path
}

// service is a process of temporal-dsql serve, at the same address each time it starts.
type service struct {
	*process
	url    string
	client *http.Client
}

// startService starts the profile service with these flags and generous limits, on one more port of this machine.
func startService(t testing.TB, program string, flags ...string) *service {
	t.Helper()
	return startServiceWith(t, program, "limits: {creates: 64, concurrent: 1000}\n", flags...)
}

// startServiceWith starts the profile service with a configuration file; "" means the defaults.
func startServiceWith(t testing.TB, program, configuration string, flags ...string) *service {
	t.Helper()
	address := freeAddress(t)
	if configuration != "" {
		settings := filepath.Join(t.TempDir(), "service.yaml")
		if err := os.WriteFile(settings, []byte(configuration), 0o600); err != nil {
			t.Fatal(err)
		}
		flags = append(flags, "--config", settings)
	}
	dir := t.TempDir()
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			if text, err := os.ReadFile(log.Name()); err == nil {
				t.Logf("log of the service at %s:\n%s", address, text[max(0, len(text)-4000):])
			}
		}
		_ = log.Close()
	})
	s := &service{url: "http://" + address, client: &http.Client{
		Timeout:   time.Minute,
		Transport: &http.Transport{MaxIdleConnsPerHost: 100},
	}}
	s.process = &process{
		name: "the profile service",
		command: func() *exec.Cmd {
			arguments := []string{"serve", "--listen", address, "--log-level", "error"}
			c := exec.Command(program, append(arguments, flags...)...)
			c.Dir, c.Stderr = dir, log
			return c
		},
		answers: func() error {
			status, data, err := s.send(context.Background(), http.MethodGet, "/readyz", nil)
			if err == nil && status != http.StatusOK {
				err = fmt.Errorf("%d: %s", status, data)
			}
			return err
		},
	}
	s.start(t)
	t.Cleanup(s.end)
	return s
}

// freeAddress returns an address of this machine at which nothing listens.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// send sends a request and returns the status and the body. Headers are "Name: value".
func (s *service) send(ctx context.Context, method, path string, body []byte, headers ...string) (int, []byte, error) {
	status, _, data, err := s.exchange(ctx, method, path, body, headers...)
	return status, data, err
}

// exchange sends a request and returns the whole answer.
func (s *service) exchange(ctx context.Context, method, path string, body []byte, headers ...string) (int, http.Header, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return 0, nil, nil, err
	}
	data, err := io.ReadAll(answer.Body)
	if closed := answer.Body.Close(); err == nil {
		err = closed
	}
	return answer.StatusCode, answer.Header, data, err
}

// mustSend sends a request whose answer has the status, and decodes it.
func (s *service) mustSend(t testing.TB, method, path string, body []byte, status int, into any, headers ...string) {
	t.Helper()
	got, data, err := s.send(t.Context(), method, path, body, headers...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	if got != status {
		t.Fatalf("%s %s: %d, not %d: %s", method, path, got, status, data)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s %s: %v: %s", method, path, err, data)
	}
}

// mustGet returns what a path has.
func (s *service) mustGet(t testing.TB, path string) []byte {
	t.Helper()
	status, data, err := s.send(context.Background(), http.MethodGet, path, nil)
	if err != nil || status != http.StatusOK {
		t.Fatalf("GET %s: %d, %v: %s", path, status, err, data)
	}
	return data
}

// startEmptyPrometheus serves a Prometheus without data: tests of the store need profiles, not telemetry.
func startEmptyPrometheus(t testing.TB) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data := `{"resultType":"matrix","result":[]}`
		switch {
		case strings.HasSuffix(r.URL.Path, "/values"), strings.HasSuffix(r.URL.Path, "/labels"), strings.HasSuffix(r.URL.Path, "/series"):
			data = `[]`
		case strings.HasSuffix(r.URL.Path, "/query"):
			data = `{"resultType":"vector","result":[]}`
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"status":"success","data":`+data+`}`)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// creationBody returns the body of a request that creates a profile.
func creationBody(t testing.TB, name, cluster string) []byte {
	t.Helper()
	start := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	data, err := json.Marshal(map[string]any{
		"name": name, "cluster_id": cluster, "time_window_start": start, "time_window_end": start.Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// exportProfile creates a profile and returns it as a document, which imports start from.
func exportProfile(t testing.TB, s *service) map[string]any {
	t.Helper()
	var created struct{ ID string }
	s.mustSend(t, http.MethodPost, "/profiles", creationBody(t, "template", "template"), http.StatusCreated, &created)
	var whole map[string]any
	s.mustSend(t, http.MethodGet, "/profiles/"+created.ID, nil, http.StatusOK, &whole)
	return whole
}

// copyProfile returns the document of a profile with another id and cluster.
func copyProfile(t testing.TB, template map[string]any, id, cluster string) []byte {
	t.Helper()
	p := map[string]any{}
	for name, value := range template {
		p[name] = value
	}
	p["id"], p["cluster_id"], p["is_baseline"] = id, cluster, false
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// startWorld starts a world that ends with the test.
func startWorld(t *testing.T) *apitest.World {
	t.Helper()
	world, stop, err := apitest.StartWorld()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return world
}
