package api_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
)

const (
	get    = http.MethodGet
	post   = http.MethodPost
	remove = http.MethodDelete
)

// request asks for the whole window, with what is different; what is nil is left out.
func request(different map[string]any) map[string]any {
	r := map[string]any{"name": "n", "cluster_id": "eu", "time_window_start": apitest.Start, "time_window_end": apitest.End}
	for name, value := range different {
		if r[name] = value; value == nil {
			delete(r, name)
		}
	}
	return r
}

func TestInvalidRequests(t *testing.T) {
	s := world.Serve(t, embedded(t), func(s *apitest.Setup) { s.Server.MaxBody = 4096 })
	hour := func(h float64) time.Time { return apitest.Start.Add(time.Duration(h * float64(time.Hour))) }
	for _, c := range []struct {
		name   string
		body   any
		status int
		kind   string
		says   string
	}{
		{"over 24 hours", request(map[string]any{"time_window_end": hour(24.001)}), 400, "window", "24h0m3.6s long"},
		{"ends before it starts", request(map[string]any{"time_window_end": hour(-1)}), 400, "window",
			"ends at 2026-03-01T08:00:00Z and starts at"},
		{"ends where it starts", request(map[string]any{"time_window_end": hour(0)}), 400, "window", "ends at"},
		{"in the future", request(map[string]any{"time_window_start": time.Now(), "time_window_end": time.Now().Add(time.Hour)}), 400, "window",
			"in the future"},
		{"too short for a rate", request(map[string]any{"time_window_end": hour(0.001)}), 400, "window", "shorter than"},
		{"no start", request(map[string]any{"time_window_start": nil}), 400, "invalid-request", "time_window_start"},
		{"a start that is no time", request(map[string]any{"time_window_start": "-2h"}), 400, "invalid-request", "body.time_window_start"},
		{"no name", request(map[string]any{"name": nil}), 400, "invalid-request", "name"},
		{"a name of spaces", request(map[string]any{"name": "  "}), 400, "invalid-request", "name is missing"},
		{"an empty cluster", request(map[string]any{"cluster_id": ""}), 400, "invalid-request", "cluster_id"},
		{"a label that no index takes", request(map[string]any{"label": strings.Repeat("a", 256)}), 400, "invalid-request", "256 bytes"},
		{
			"a namespace that no matcher takes", request(map[string]any{"namespace": "a\x00"}), 400,
			"invalid-request", "namespace is not valid text",
		},
		{"a preset that there is not", request(map[string]any{"preset_name": "mid-scal"}), 400, "invalid-request", `unknown preset "mid-scal"`},
		{"a generation that there is not", request(map[string]any{"dsql_plugin_version": "9"}), 400, "invalid-request",
			`no generation "9" of the plugin`},
		{
			"a misspelt field", request(map[string]any{"cluster_ids": "x"}), 400, "invalid-request",
			"body.cluster_ids: unexpected property: did you mean cluster_id?",
		},
		{"a field that there is not", request(map[string]any{"time_window": "1h"}), 400, "invalid-request", "body.time_window"},
		{"no JSON", "name: n", 400, "invalid-request", "invalid character"},
		{"nothing", "", 400, "invalid-request", "body"},
		{"too much", request(map[string]any{"label": strings.Repeat("a", 5000)}), 413, "too-large", ""},
	} {
		p := s.Send(t, post, "/profiles", c.body).DecodeProblem(t, c.status, c.kind)
		if !strings.Contains(p.Detail, c.says) {
			t.Errorf("%s: %q does not say %q", c.name, p.Detail, c.says)
		}
	}
	if p := s.Send(t, post, "/profiles", request(map[string]any{"preset_name": "mid-scal"})).DecodeProblem(t, 400,
		"invalid-request"); !strings.HasPrefix(p.Remedy, "did you mean mid-scale? one of ") {
		t.Error(p.Remedy)
	}
	s.Send(t, post, "/profiles", request(nil), "Content-Type: text/plain").DecodeProblem(t, 415, "invalid-request")
	s.Send(t, post, "/profiles", request(nil), "Idempotency-Key: "+strings.Repeat("k", 256)).DecodeProblem(t, 400, "invalid-request")
	cursor := "MTc3MjM1NTYwMDAwMDAwMDAwMCAw"
	for query, says := range map[string]string{
		"clusters=eu": "query.clusters: unknown query parameter: did you mean cluster?",
		"zzz=eu":      "query.zzz: unknown query parameter", "cluster=a&cluster=b": "query.cluster: expected one value, found 2",
		"from=yesterday": "query.from", "to=": "query.to: expected a value, found none",
		"baseline=maybe": "query.baseline", "baseline=": "expected a value",
		"limit=0": "query.limit", "limit=501": "query.limit", "limit=x": "query.limit", "cursor=" + cursor: "cursor is not valid",
	} {
		if p := s.Send(t, get, "/profiles?"+query, nil).DecodeProblem(t, 400, "invalid-request"); !strings.Contains(p.Detail, says) {
			t.Errorf("%s: %q does not say %q", query, p.Detail, says)
		}
	}
	for _, body := range []string{"", "{}", "[]", `{"id":"x"}`} {
		s.Send(t, post, "/profiles/import", body).DecodeProblem(t, 400, "invalid-request")
	}
	if p := s.Send(t, post, "/profiles/import", `{"telemetri":{}}`).DecodeProblem(t, 400,
		"invalid-request"); p.Detail != `unknown field "telemetri": did you mean telemetry?` {
		t.Error(p.Detail)
	}
	s.Send(t, get, "/nowhere", nil).DecodeProblem(t, 404, "not-found")
	s.Send(t, http.MethodPut, "/profiles", nil).DecodeProblem(t, 405, "method-not-allowed")
	// no GET changes anything: what does, is not there by GET
	s.Send(t, get, "/profiles/import", nil).DecodeProblem(t, 404, "not-found")
	if found := s.Send(t, get, "/profiles", nil); strings.TrimSpace(string(found.Data)) != `{"profiles":[]}` {
		t.Errorf("something was kept: %s", found.Data)
	}
}

// TestBodiesAreNotRepeated checks that problems do not repeat the request's body, which
// can contain secrets.
func TestBodiesAreNotRepeated(t *testing.T) {
	s := world.Serve(t, embedded(t))
	for _, body := range []any{
		request(map[string]any{"config": "hunter2"}), request(map[string]any{"worker_options": "hunter2"}),
		request(map[string]any{"config": []any{map[string]any{"name": 1, "content": "hunter2"}}}), request(map[string]any{"token": "hunter2"}),
	} {
		if a := s.Send(t, post, "/profiles", body); a.StatusCode != 400 || strings.Contains(string(a.Data)+s.Log.String(), "hunter2") {
			t.Errorf("%s\n%s", a.Data, s.Log)
		}
	}
}

// TestImportsWithSecrets checks that a service's profile can be imported elsewhere, and
// one with a secret cannot.
func TestImportsWithSecrets(t *testing.T) {
	s := world.Serve(t, embedded(t))
	var m apitest.Metadata
	s.Send(t, post, "/profiles", request(map[string]any{"config": []any{
		map[string]any{"name": "server.env", "content": "TEMPORAL_SQL_MAX_CONNS=50\nTEMPORAL_SQL_PASSWORD=hunter2hunter2\n"},
		map[string]any{"name": "dynamic_config.yaml", "content": "frontend.rps:\n- value: 3000\n"},
	}})).Decode(t, 201, &m)
	var p behaviour.Profile
	s.Send(t, get, "/profiles/"+m.ID, nil).Decode(t, 200, &p)
	p.ID = "0199a5f2-0000-7000-8000-000000000000"
	s.Send(t, post, "/profiles/import", p).Decode(t, 201, nil)
	p.ID = "0199a5f2-0000-7000-8000-000000000001"
	p.Config.Environment[""]["TEMPORAL_SQL_PASSWORD"] = "hunter2hunter2"
	p.Config.WorkerOptions = map[string]any{"note": "AKIAIOSFODNN7EXAMPLE"}
	said := s.Send(t, post, "/profiles/import", p).DecodeProblem(t, 400, "secrets")
	for _, path := range []string{"server_environment.(all).TEMPORAL_SQL_PASSWORD", "worker_options.note"} {
		if !strings.Contains(said.Detail, path) {
			t.Errorf("%s is not told: %s", path, said.Detail)
		}
	}
	if strings.Contains(said.Detail+s.Log.String(), "hunter2") {
		t.Error("the secret is told")
	}
}

// The configuration of an import has a limit, because each value is searched for secrets.
func TestImportsOfLargeConfigurations(t *testing.T) {
	s := world.Serve(t, embedded(t))
	var m apitest.Metadata
	s.Send(t, post, "/profiles", request(nil)).Decode(t, 201, &m)
	var p behaviour.Profile
	s.Send(t, get, "/profiles/"+m.ID, nil).Decode(t, 200, &p)
	p.ID = "0199a5f2-0000-7000-8000-000000000002"
	p.Config.WorkerOptions = map[string]any{"queues": slices.Repeat([]any{1}, 60_001)}
	if said := s.Send(t, post, "/profiles/import", p).DecodeProblem(t, 413, "too-large"); !strings.Contains(said.Detail,
		"config_snapshot: more than the limit of 60000 values in the configuration") {
		t.Errorf("refused with %s", said.Detail)
	}
	p.Config.WorkerOptions = map[string]any{"queues": slices.Repeat([]any{1}, 59_000)}
	s.Send(t, post, "/profiles/import", p).Decode(t, 201, nil)
}

func TestConfiguredClusters(t *testing.T) {
	s := world.Serve(t, embedded(t), func(s *apitest.Setup) {
		s.Record.Clusters = map[string]record.Cluster{"eu": {Namespaces: []string{"orders"}}, "us": {}}
	})
	if p := s.Send(t, post, "/profiles", request(map[string]any{"cluster_id": "ap"})).DecodeProblem(t, 400,
		"invalid-request"); !strings.Contains(p.Remedy, "eu, us") {
		t.Error(p.Remedy)
	}
	if p := s.Send(t, post, "/profiles", request(map[string]any{"namespace": "payments"})).DecodeProblem(t, 400,
		"invalid-request"); !strings.Contains(p.Remedy, "orders") {
		t.Error(p.Remedy)
	}
	s.Send(t, post, "/profiles", request(map[string]any{"namespace": "orders"})).Decode(t, 201, nil)
	if got := string(s.Send(t, get, "/clusters", nil).Data); !strings.Contains(got, `"id":"us","baselines":[],"configured":true`) ||
		!strings.Contains(got, `"accepts_any_cluster":false`) {
		t.Error(got)
	}
}

func upstream(url string) func(*apitest.Setup) {
	return func(s *apitest.Setup) { s.Telemetry.URL = url }
}

func TestPrometheusDown(t *testing.T) {
	nobody := httptest.NewServer(nil)
	nobody.Close()
	s := world.Serve(t, embedded(t), upstream(nobody.URL))
	if p := s.Send(t, post, "/profiles", request(nil)).
		DecodeProblem(t, 502, "upstream"); !strings.Contains(
		p.Detail,
		"connection refused",
	) {
		t.Error(p.Detail)
	}
	s.Send(t, post, "/profiles", request(map[string]any{"allow_partial": true})).DecodeProblem(t, 502, "upstream")
	s.Send(t, get, "/readyz", nil).Decode(t, 200, nil) // it serves what is stored
	s.Send(t, get, "/profiles", nil).Decode(t, 200, nil)

	refusing := world.InterceptPrometheus(t, func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/query_range") {
			http.Error(w, "the ingesters are full", http.StatusServiceUnavailable)
			return true
		}
		return false
	})
	s = world.Serve(t, embedded(t), upstream(refusing))
	if p := s.Send(t, post, "/profiles", request(nil)).DecodeProblem(t, 502, "upstream"); !strings.Contains(p.Detail,
		"the ingesters are full") {
		t.Error(p.Detail)
	}
}

// TestPartialProfile checks that a failed query fails the request, unless partial profiles
// are allowed.
func TestPartialProfile(t *testing.T) {
	s := world.Serve(t, embedded(t), upstream(world.InterceptPrometheus(t, func(w http.ResponseWriter, r *http.Request) bool {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if !bytes.Contains(body, []byte("dsql_pool_open")) {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprint(w, `{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory"}`)
		return true
	})))
	s.Send(t, post, "/profiles", request(nil)).DecodeProblem(t, 502, "upstream")
	var m apitest.Metadata
	s.Send(t, post, "/profiles", request(map[string]any{"allow_partial": true})).Decode(t, 201, &m)
	var p behaviour.Profile
	s.Send(t, get, "/profiles/"+m.ID, nil).Decode(t, 200, &p)
	if !p.Collection.Partial || len(p.Collection.Failed) != 1 || p.Telemetry["dsql_pool"]["pool_open_count"].Status != behaviour.NoData {
		t.Errorf("%+v", p.Collection)
	}
}

func TestNoPrometheus(t *testing.T) {
	s := world.Serve(t, embedded(t), upstream(""))
	if p := s.Send(t, post, "/profiles", request(nil)).DecodeProblem(t, 503, "not-configured"); !strings.Contains(p.Remedy,
		"--prometheus-url") {
		t.Error(p.Remedy)
	}
	s.Send(t, get, "/profiles", nil).Decode(t, 200, nil)
}
