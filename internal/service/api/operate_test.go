package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
)

// slow holds queries back until it is let go.
func slow(t testing.TB) (url string, asked <-chan struct{}, release func()) {
	gate, once, first := make(chan struct{}), sync.Once{}, make(chan struct{})
	url = world.InterceptPrometheus(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/query_range") {
			once.Do(func() { close(first) })
			select {
			case <-gate:
			case <-r.Context().Done():
			}
		}
		return false
	})
	return url, first, sync.OnceFunc(func() { close(gate) })
}

func TestConcurrentRequests(t *testing.T) {
	url, asked, release := slow(t)
	s := world.Serve(t, embedded(t), upstream(url), func(s *apitest.Setup) { s.Record.Concurrency, s.Server.Concurrent = 1, 2 })
	var all sync.WaitGroup
	defer all.Wait()
	defer release()
	all.Go(func() {
		if a := s.Send(t, post, "/profiles", request(nil), "Idempotency-Key: slow/1"); a.StatusCode != 201 {
			t.Errorf("%s: %s", a.Status, a.Data)
		}
	})
	<-asked
	if a := s.Send(t, post, "/profiles", request(nil)); a.DecodeProblem(t, 429, "busy").Remedy == "" || a.Header.Get("Retry-After") == "" {
		t.Errorf("%v", a.Header)
	}
	s.Send(t, get, "/profiles", nil).Decode(t, 200, nil)
	var p record.Progress
	s.Send(t, get, "/creations/slow%2F1", nil).Decode(t, 200, &p)
	if p.Done != 0 {
		t.Errorf("%+v", p)
	}
	s.Send(t, get, "/creations/other", nil).DecodeProblem(t, 404, "not-found")
	s.Send(t, get, "/livez", nil).Decode(t, 200, nil)
	release()
	all.Wait()
	s.Send(t, get, "/creations/slow%2F1", nil).DecodeProblem(t, 404, "not-found")
	s.Send(t, post, "/profiles", request(nil)).Decode(t, 201, nil)
}

// TestTooManyRequests checks that a busy service rejects further requests, except probes.
func TestTooManyRequests(t *testing.T) {
	url, asked, release := slow(t)
	s := world.Serve(t, embedded(t), upstream(url), func(s *apitest.Setup) { s.Server.Concurrent = 1 })
	var all sync.WaitGroup
	all.Go(func() { s.Send(t, post, "/profiles", request(nil)).Decode(t, 201, nil) })
	<-asked
	if a := s.Send(t, get, "/profiles", nil); a.DecodeProblem(t, 429, "busy").Remedy == "" || a.Header.Get("Retry-After") == "" {
		t.Errorf("%v", a.Header)
	}
	for _, path := range []string{"/livez", "/readyz", "/metrics"} {
		s.Send(t, get, path, nil).Decode(t, 200, nil)
	}
	release()
	all.Wait()
}

// TestDrain checks that a stopping service finishes requests in flight and accepts no new
// ones.
func TestDrain(t *testing.T) {
	for _, c := range []struct {
		name    string
		drain   time.Duration
		release bool
	}{{"in time", 20 * time.Second, true}, {"too late", 100 * time.Millisecond, false}} {
		t.Run(c.name, func(t *testing.T) {
			url, asked, release := slow(t)
			defer release()
			s := world.Serve(t, embedded(t), upstream(url), func(s *apitest.Setup) { s.Server.Drain = c.drain })
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			s.URL = "http://" + l.Addr().String()
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- s.Server.Serve(ctx, l) }()
			answered := make(chan int, 1)
			go func() {
				body, err := json.Marshal(request(nil))
				if err != nil {
					t.Error(err)
				}
				answer, err := http.Post(s.URL+"/profiles", "application/json", bytes.NewReader(body))
				if err != nil {
					answered <- 0
					return
				}
				_ = answer.Body.Close()
				answered <- answer.StatusCode
			}()
			<-asked
			stop()
			for { // until it listens no more
				another, err := net.Dial("tcp", l.Addr().String())
				if err != nil {
					break
				}
				_ = another.Close()
			}
			if c.release {
				release()
			}
			code, err := <-answered, <-ended
			if c.release && (code != 201 || err != nil) || !c.release &&
				(code != 0 || err == nil || !strings.Contains(err.Error(), "aborted after 100ms")) {
				t.Errorf("%d, %v", code, err)
			}
		})
	}
}

// TestOpenAPI checks responses against the OpenAPI document, which lists every operation.
func TestOpenAPI(t *testing.T) {
	s := world.Serve(t, embedded(t))
	var m apitest.Metadata
	s.Send(t, post, "/profiles", request(map[string]any{"worker_options": map[string]any{"a": 1}})).Decode(t, 201, &m)
	s.Send(t, post, "/profiles/"+m.ID+"/baseline", nil).Decode(t, 200, nil)
	described := s.Send(t, get, "/openapi.json", nil)
	var doc struct {
		OpenAPI string                               `json:"openapi"`
		Paths   map[string]map[string]map[string]any `json:"paths"`
	}
	described.Decode(t, 200, &doc)
	if doc.OpenAPI != "3.1.0" {
		t.Error(doc.OpenAPI)
	}
	raw, err := jsonschema.UnmarshalJSON(bytes.NewReader(described.Data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("openapi.json", raw); err != nil {
		t.Fatal(err)
	}
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	for _, x := range []struct {
		method, path, of string
		body             any
		status, kind     string
	}{
		{"post", "/profiles", "/profiles", request(nil), "201", "application/json"},
		{"get", "/profiles", "/profiles", nil, "200", "application/json"},
		{"get", "/profiles/" + m.ID, "/profiles/{id}", nil, "200", "application/json"},
		{"get", "/profiles/" + m.ID + "/baseline", "/profiles/{id}/baseline", nil, "200", "application/json"},
		{"post", "/profiles/" + m.ID + "/baseline", "/profiles/{id}/baseline", nil, "200", "application/json"},
		{"get", "/clusters", "/clusters", nil, "200", "application/json"},
		{"get", "/profiles?limit=x", "/profiles", nil, "400", "application/problem+json"},
		{"get", "/profiles/none", "/profiles/{id}", nil, "404", "application/problem+json"},
		{"delete", "/profiles/" + m.ID, "/profiles/{id}", nil, "409", "application/problem+json"},
	} {
		schema, err := c.Compile("openapi.json#/paths/" + escape.Replace(x.of) + "/" + x.method + "/responses/" + x.status + "/content/" +
			escape.Replace(x.kind) + "/schema")
		if err != nil {
			t.Fatal(err)
		}
		a := s.Send(t, strings.ToUpper(x.method), x.path, x.body)
		answer, err := jsonschema.UnmarshalJSON(bytes.NewReader(a.Data))
		if err != nil {
			t.Fatalf("%s: %v", x.path, err)
		}
		if err := schema.Validate(answer); err != nil {
			t.Errorf("%s %s: %v", x.method, x.path, err)
		}
	}
	// the schema of an import is that of a profile
	whole := s.Send(t, get, "/profiles/"+m.ID, nil)
	schema, err := c.Compile("openapi.json#/paths/" + escape.Replace("/profiles/import") + "/post/requestBody/content/" +
		escape.Replace("application/json") + "/schema")
	if err != nil {
		t.Fatal(err)
	}
	profile, err := jsonschema.UnmarshalJSON(bytes.NewReader(whole.Data))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(profile); err != nil {
		t.Error(err)
	}
	profile.(map[string]any)["id"] = 7
	if schema.Validate(profile) == nil {
		t.Error("anything may be imported")
	}
	for path, operations := range doc.Paths {
		for method, op := range operations {
			if op["summary"] == nil || op["operationId"] == nil || op["tags"] == nil || op["responses"].(map[string]any)["429"] == nil {
				t.Errorf("%s %s is not described", method, path)
			}
		}
	}
}
