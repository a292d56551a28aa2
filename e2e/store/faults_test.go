package store

import (
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

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
)

// fault is what happens to an upstream's answers.
type fault string

const (
	noFault fault = ""
	hang    fault = "hangs"
	cut     fault = "cuts connections"
	slow    fault = "is slow"
	failing fault = "answers with errors"
	garbage fault = "answers garbage"
	// the request is done, and its answer is lost
	unanswered fault = "does it, and cuts the answer"
)

// longestHang limits a request that hangs, so that no test does.
const longestHang = 10 * time.Second

// slowness of an answer that is still in time
const slowness = 30 * time.Millisecond

// switchedFault is a fault that a test sets while requests are under way.
type switchedFault struct {
	mu   sync.Mutex
	is   fault
	once bool // only the next request
}

func (s *switchedFault) set(f fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.is, s.once = f, f == unanswered
}

// take returns the fault of one request. An unanswered one counts only where something is done.
func (s *switchedFault) take(isDone bool) fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.is
	if s.once {
		if !isDone {
			return noFault
		}
		s.is = noFault
	}
	return f
}

// startFaultyHTTP starts a proxy in front of an HTTP server. A request with one of these methods does something.
func startFaultyHTTP(t *testing.T, target string, doing ...string) (address string, s *switchedFault) {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	s = &switchedFault{}
	// the signature of a request covers its host, so that stays
	through := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = to.Scheme, to.Host, r.In.Host
	}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		isDoing := false
		for _, method := range doing {
			isDoing = isDoing || method == r.Method
		}
		switch s.take(isDoing) {
		case hang:
			_, _ = io.Copy(io.Discard, r.Body) // only then net/http sees that the client leaves
			select {
			case <-r.Context().Done():
			case <-time.After(longestHang):
			}
			panic(http.ErrAbortHandler)
		case cut:
			panic(http.ErrAbortHandler)
		case failing:
			w.WriteHeader(http.StatusInternalServerError)
			return
		case garbage:
			_, _ = io.WriteString(w, "<html>Sign in to the network</html>")
			return
		case unanswered:
			through.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		case slow:
			time.Sleep(slowness)
		}
		through.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, s
}

// faultyRules are the fault of a PostgreSQL.
type faultyRules struct{ fault *switchedFault }

func (faultyRules) asksForToken() bool { return false }

func (faultyRules) start(map[string]string, string) *pgproto3.ErrorResponse { return nil }

func (faultyRules) completed(string) {}

func (r faultyRules) decide(statement string) decision {
	switch r.fault.take(isCommit(statement)) {
	case hang:
		return decision{hang: true}
	case cut:
		return decision{cutBefore: true}
	case slow:
		return decision{delay: slowness}
	case failing:
		return decision{refusal: newWireError("53100", "could not extend file: No space left on device")}
	case garbage:
		return decision{garbage: true}
	case unanswered:
		return decision{cutAfter: true}
	}
	return decision{}
}

// faultAnswers are the statuses of requests while a fault lasts: to create a profile, get it, list, set a baseline,
// delete another profile, and ask whether the service is ready.
type faultAnswers struct{ create, get, list, baseline, remove, ready int }

var (
	allWork = faultAnswers{
		http.StatusCreated, http.StatusOK, http.StatusOK, http.StatusOK, http.StatusNoContent, http.StatusOK,
	}
	noneWork = faultAnswers{503, 503, 503, 503, 503, 503}
	// listings and baselines need no document
	rowsWork = faultAnswers{503, 503, 200, 200, 503, 503}
	// only a creation needs Prometheus
	storeWorks = faultAnswers{502, 200, 200, 200, 204, 200}
)

// Whatever S3, PostgreSQL and Prometheus do, each request is answered in time, with a status that says what to do; and
// when the fault is over, nothing is lost and nothing is there twice.
func TestFaults(t *testing.T) {
	world := startWorld(t)
	buckets, _ := startS3(t)
	s3URL, s3 := startFaultyHTTP(t, os.Getenv("AWS_ENDPOINT_URL_S3"), http.MethodPut, http.MethodDelete)
	t.Setenv("AWS_ENDPOINT_URL_S3", s3URL)
	database, postgres := startPostgres(t), &switchedFault{}
	proxy := startWireProxy(t, database.socket, nil, func() wireRules { return faultyRules{postgres} })
	prometheusURL, prometheus := startFaultyHTTP(t, world.Prometheus)
	for i, c := range []struct {
		name    string
		fault   fault
		of      *switchedFault
		answers faultAnswers
	}{
		{"S3", hang, s3, rowsWork},
		{"S3", cut, s3, rowsWork},
		{"S3", slow, s3, allWork},
		{"S3", failing, s3, rowsWork},
		// the document is not one of the service, or damaged
		{"S3", garbage, s3, faultAnswers{503, 500, 200, 200, 503, 503}},
		{"S3", unanswered, s3, allWork},
		{"PostgreSQL", hang, postgres, noneWork},
		{"PostgreSQL", cut, postgres, noneWork},
		{"PostgreSQL", slow, postgres, allWork},
		{"PostgreSQL", failing, postgres, noneWork},
		{"PostgreSQL", garbage, postgres, noneWork},
		{"PostgreSQL", unanswered, postgres, allWork},
		{"Prometheus", hang, prometheus, storeWorks},
		{"Prometheus", cut, prometheus, storeWorks},
		{"Prometheus", slow, prometheus, allWork},
		{"Prometheus", failing, prometheus, storeWorks},
		{"Prometheus", garbage, prometheus, storeWorks},
	} {
		t.Run(c.name+" "+string(c.fault), func(t *testing.T) {
			bucket := fmt.Sprintf("faults-%d", i)
			if err := os.Mkdir(filepath.Join(buckets, bucket), 0o700); err != nil {
				t.Fatal(err)
			}
			made, err := url.Parse(database.database(t))
			if err != nil {
				t.Fatal(err)
			}
			address := fmt.Sprintf("postgres://store@%s%s?sslmode=disable", proxy.Addr(), made.Path)
			s := world.Serve(t, store.Options{Bucket: "s3://" + bucket, Database: address}, func(s *apitest.Setup) {
				s.Telemetry.URL, s.Telemetry.Timeout, s.Telemetry.Concurrency = prometheusURL, 5*patience, 64
				if c.of == prometheus && c.fault == hang {
					s.Telemetry.Timeout = patience
				}
				s.Server.Store.Timeout = patience
			})
			defer c.of.set(noFault)
			testFault(t, s, c.of, c.fault, c.answers)
		})
	}
}

// answerTime limits an answer: three operations of the store at most, and a Prometheus that hangs.
const answerTime = 6 * patience

func testFault(t *testing.T, s *apitest.Service, switched *switchedFault, f fault, want faultAnswers) {
	create := func(name string) map[string]any {
		return map[string]any{"name": name, "cluster_id": "eu", "time_window_start": apitest.Start, "time_window_end": apitest.End}
	}
	ids := map[string]string{}
	for _, name := range []string{"kept", "deleted"} {
		var created struct{ ID string }
		s.Send(t, http.MethodPost, "/profiles", create(name)).Decode(t, http.StatusCreated, &created)
		ids[name] = created.ID
	}
	ask := func(status int, method, path string, body any, headers ...string) {
		t.Helper()
		switched.set(f)
		start := time.Now()
		a := s.Send(t, method, path, body, headers...)
		if took := time.Since(start); took > answerTime {
			t.Errorf("%s %s: answered after %s", method, path, took)
		}
		if a.StatusCode != status {
			t.Errorf("%s %s: %s, not %d: %s", method, path, a.Status, status, a.Data)
			return
		}
		if status < http.StatusBadRequest {
			return
		}
		kind := map[int]string{502: "upstream", 503: "store", 500: "internal"}[status]
		a.DecodeProblem(t, status, kind)
		if status == http.StatusServiceUnavailable && a.Header.Get("Retry-After") == "" {
			t.Errorf("%s %s: no Retry-After", method, path)
		}
	}
	ask(want.create, http.MethodPost, "/profiles", create("created"), "Idempotency-Key: "+ids["kept"])
	ask(want.get, http.MethodGet, "/profiles/"+ids["kept"], nil)
	ask(want.list, http.MethodGet, "/profiles", nil)
	ask(want.baseline, http.MethodPost, "/profiles/"+ids["kept"]+"/baseline", nil)
	ask(want.remove, http.MethodDelete, "/profiles/"+ids["deleted"], nil)
	ask(want.ready, http.MethodGet, "/readyz", nil)
	switched.set(noFault)

	// the client sends again what was not acknowledged, while connections recover
	again := func(method, path string, body any, headers ...string) {
		t.Helper()
		for until := time.Now().Add(longestHang); ; time.Sleep(100 * time.Millisecond) {
			a := s.Send(t, method, path, body, headers...)
			switch {
			case a.StatusCode < http.StatusBadRequest, method == http.MethodDelete && a.StatusCode == http.StatusNotFound:
				return
			case a.StatusCode < http.StatusInternalServerError, time.Now().After(until):
				t.Fatalf("%s %s again: %s: %s", method, path, a.Status, a.Data)
			}
		}
	}
	again(http.MethodPost, "/profiles", create("created"), "Idempotency-Key: "+ids["kept"])
	again(http.MethodPost, "/profiles/"+ids["kept"]+"/baseline", nil)
	again(http.MethodDelete, "/profiles/"+ids["deleted"], nil)
	for n, repairs := range []store.Repairs{store.Finish, store.Report} {
		found, err := s.Kept.Sweep(t.Context(), -time.Hour, repairs)
		if err != nil || n > 0 && len(found) > 0 {
			t.Errorf("a sweep: %+v, %v", found, err)
		}
		for _, p := range found {
			if !p.Repaired {
				t.Errorf("not repaired: %+v", p)
			}
		}
	}
	got := names(t, s)
	if got["kept"] != 1 || got["created"] != 1 || len(got) != 2 {
		t.Errorf("afterwards there are %v", got)
	}
	var b struct {
		ProfileID string `json:"profile_id"`
	}
	s.Send(t, http.MethodGet, "/profiles/"+ids["kept"]+"/baseline", nil).Decode(t, http.StatusOK, &b)
	if b.ProfileID != ids["kept"] {
		t.Errorf("the baseline is %s", b.ProfileID)
	}
	if strings.Contains(s.Log.String(), `"msg":"panic"`) {
		t.Error("a request has panicked")
	}
}
