package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/measure"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
)

// TestLargeRequestsAreRejectedEarly checks that large requests are rejected before they
// use much memory.
func TestLargeRequestsAreRejectedEarly(t *testing.T) {
	s := world.Serve(t, embedded(t))
	s.Send(t, post, "/profiles", request(nil)).Decode(t, 201, nil) // makes what lasts
	var made api.Metadata
	s.Send(t, post, "/profiles", request(nil)).Decode(t, 201, &made)
	var whole behaviour.Profile
	s.Send(t, get, "/profiles/"+made.ID, nil).Decode(t, 200, &whole)
	s.Send(t, remove, "/profiles/"+made.ID, nil).Decode(t, 204, nil)
	// import is the profile with something more in it
	with := func(change func(p *behaviour.Profile)) string {
		p := whole
		p.Telemetry = maps.Clone(p.Telemetry)
		change(&p)
		data, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	summaries := func(n int) func(p *behaviour.Profile) {
		return func(p *behaviour.Profile) {
			one := p.Telemetry["throughput"]["workflows_started_per_sec"]
			more := map[string]behaviour.Summary{}
			for i := range n {
				more[fmt.Sprint("m", i)] = one
			}
			p.Telemetry["more"] = more
		}
	}
	var files []map[string]any
	for i := range 400 {
		files = append(files, map[string]any{"name": fmt.Sprintf("f%d.env", i), "content": fmt.Sprintf("VAR_%d=1\n", i)})
	}
	var ports strings.Builder
	ports.WriteString("services:\n")
	for i := range 300 {
		fmt.Fprintf(&ports, "  s%d: {environment: {A: 1}, ports: ['1-65535:1-65535']}\n", i)
	}
	for _, c := range []struct {
		name, path string
		body       any
		status     int
		kind, says string
		most       uint64 // MiB
	}{
		{"400 files", "/profiles", request(map[string]any{"config": files}), 400, "configuration-source",
			"more than the limit of 100 configuration files", 64},
		{"deep options", "/profiles", request(map[string]any{"worker_options": json.RawMessage(strings.Repeat(`{"a":`, 100) + "1" +
			strings.Repeat("}", 100))}), 413, "too-large", "more than the limit of 64 levels", 16},
		{"bytes", "/profiles/import", with(func(p *behaviour.Profile) { p.Label = strings.Repeat("x", int(budget.ProfileBytes.Most)) }), 413,
			"too-large", "more than the limit of 4194304 bytes of names and texts", 16},
		{"spaces", "/profiles/import", "{" + strings.Repeat(" ", int(budget.ProfileBytes.Most)+1) + "}", 413, "too-large", "too large", 128},
		{"summaries", "/profiles/import", with(summaries(501)), 413, "too-large", "more than the limit of 500 summaries", 256},
		{"points", "/profiles/import", with(summaries(5000)), 413, "too-large", "", 128},
		{"values", "/profiles/import", `{"config_snapshot":{"dynamic_config":{"a":[` + strings.Repeat("1,", 8<<20/2) + `1]}}}`, 413,
			"too-large", "config_snapshot: more than the limit of 60000 values", 16},
		{"unknown values", "/profiles/import", `{"a":[` + strings.Repeat("1,", 8<<20/2) + `1]}`, 413,
			"too-large", "more than the limit of 500000 values", 64},
	} {
		body, err := json.Marshal(c.body)
		if text, ok := c.body.(string); ok {
			body = []byte(text)
		}
		if err != nil {
			t.Fatal(err)
		}
		var answer *apitest.Response
		n := measure.Allocated(func() { answer = s.Send(t, post, c.path, body) }) >> 20 // MiB
		p := answer.DecodeProblem(t, c.status, c.kind)
		if !strings.Contains(p.Detail, c.says) {
			t.Errorf("%s: %q does not say %q", c.name, p.Detail, c.says)
		}
		if n > c.most {
			t.Errorf("%s: %d MiB allocated for %d KiB", c.name, n, len(body)>>10)
		}
	}
	// what expands, but is not asked for, costs nothing
	n := measure.Allocated(func() {
		s.Send(t, post, "/profiles", request(map[string]any{"config": []any{map[string]any{"name": "compose.yaml",
			"content": ports.String()}}})).Decode(t, 201, nil)
	}) >> 20
	if n > 512 {
		t.Errorf("ranges of ports: %d MiB allocated", n)
	}
	// what the service itself makes at most can be imported
	full := with(summaries(400))
	n = measure.Allocated(func() { s.Send(t, post, "/profiles/import", full).Decode(t, 201, nil) }) >> 20
	if t.Logf("an import of %d KiB takes %d MiB", len(full)>>10, n); n > 512 {
		t.Errorf("an import of %d KiB takes %d MiB", len(full)>>10, n)
	}
}

// TestImportsHaveSlotsOfTheirOwn checks that a creation that waits for its Prometheus keeps no
// import from being read.
func TestImportsHaveSlotsOfTheirOwn(t *testing.T) {
	under, goOn := make(chan struct{}), make(chan struct{})
	s := world.Serve(t, embedded(t), upstream(world.InterceptPrometheus(t, func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/query_range") {
			select {
			case under <- struct{}{}:
			default:
			}
			<-goOn
		}
		return false
	})), func(s *apitest.Setup) { s.Record.Concurrency = 1 })
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Send(t, post, "/profiles", request(nil)).Decode(t, 201, nil)
	}()
	<-under
	answer := s.Send(t, post, "/profiles/import", "{}")
	close(goOn)
	<-done
	answer.DecodeProblem(t, 400, "invalid-request")
}
