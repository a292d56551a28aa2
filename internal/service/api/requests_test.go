package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
)

func TestRequestIDs(t *testing.T) {
	s := world.Serve(t, store.Options{DataDir: t.TempDir()})
	for id, kept := range map[string]bool{"abc-123": true, "a/b:c=+._": true, "a b": false, "a\"b": false, strings.Repeat("a", 129): false,
		"": false} {
		a := s.Send(t, http.MethodGet, "/profiles/none", nil, "X-Request-Id: "+id)
		if got := a.Header.Get("X-Request-Id"); (got == id) != kept || got == "" {
			t.Errorf("%q is %q", id, got)
		}
		a.DecodeProblem(t, 404, "not-found")
	}
	for line := range strings.Lines(s.Log.String()) {
		var said map[string]any
		if err := json.Unmarshal([]byte(line), &said); err != nil {
			t.Fatal(err)
		}
		if said["request_id"] == "abc-123" {
			if said["route"] != "/profiles/{id}" || said["path"] != "/profiles/none" || said["status"] != 404.0 ||
				said["problem"] != "urn:temporal-dsql:problem:not-found" {
				t.Error(line)
			}
			return
		}
	}
	t.Error("the request is not in the log")
}

// Long paths are refused before they cost anything.
func TestLongPathsAreRefused(t *testing.T) {
	s := world.Serve(t, store.Options{DataDir: t.TempDir()})
	long := strings.Repeat("a", 50_000)
	for _, path := range []string{"/profiles/" + long, "/creations/" + long, "/ui/parameters/" + long, "/" + long} {
		if p := s.Send(t, http.MethodGet, path, nil).DecodeProblem(t, http.StatusRequestURITooLong, "too-large"); len(p.Detail) > 200 {
			t.Errorf("%d bytes of detail", len(p.Detail))
		}
	}
	if strings.Contains(s.Log.String(), strings.Repeat("a", 1000)) {
		t.Error("the log has the whole path")
	}
}

// TestPanics checks that a panic is answered with a problem and that the service keeps
// running.
func TestPanics(t *testing.T) {
	s := world.Serve(t, store.Options{DataDir: t.TempDir()}, func(s *apitest.Setup) { s.Server.Recorder = faulty{} })
	p := s.Send(t, http.MethodPost, "/profiles", apitest.ProfileBody(nil)).DecodeProblem(t, 500, "internal")
	if strings.Contains(p.Detail, "hunter2") {
		t.Error(p.Detail)
	}
	if log := s.Log.String(); !strings.Contains(log, `"msg":"panic"`) || !strings.Contains(log, "faulty") {
		t.Error(log)
	}
	s.Send(t, http.MethodGet, "/profiles", nil).Decode(t, 200, nil)
}

type faulty struct{}

func (faulty) Create(context.Context, record.Request) (apitest.Metadata, error) {
	panic("faulty: hunter2")
}
func (faulty) Progress(string) (record.Progress, bool) { return record.Progress{}, false }
func (faulty) Clusters() []string                      { return nil }
func (faulty) EnterImport() (func(), error)            { return func() {}, nil }
