package apitest

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// Metadata describes a profile in a list.
type Metadata = behaviour.Metadata

func createProfile(t fatalReporter, s *Service, different map[string]any, headers ...string) Metadata {
	t.Helper()
	var m Metadata
	a := s.Send(t, http.MethodPost, "/profiles", ProfileBody(different), headers...)
	a.Decode(t, http.StatusCreated, &m)
	if a.Header.Get("Location") != "/profiles/"+m.ID {
		t.Fatalf("it is at %q", a.Header.Get("Location"))
	}
	return m
}

func getProfile(t fatalReporter, s *Service, id string) behaviour.Profile {
	t.Helper()
	var p behaviour.Profile
	s.Send(t, http.MethodGet, "/profiles/"+id, nil).Decode(t, http.StatusOK, &p)
	return p
}

type profilePage struct {
	Profiles   []json.RawMessage `json:"profiles"`
	NextCursor string            `json:"next_cursor"`
}

// listProfiles returns all pages.
func listProfiles(t fatalReporter, s *Service, query url.Values) (all []Metadata) {
	t.Helper()
	query = url.Values(http.Header(query).Clone())
	for {
		var p profilePage
		s.Send(t, http.MethodGet, "/profiles?"+query.Encode(), nil).Decode(t, http.StatusOK, &p)
		for _, raw := range p.Profiles {
			var m Metadata
			if err := json.Unmarshal(raw, &m); err != nil {
				t.Fatalf("%v", err)
			}
			for _, heavy := range []string{"telemetry", "config_snapshot", "collection"} {
				if strings.Contains(string(raw), `"`+heavy+`"`) {
					t.Fatalf("a listing carries more than metadata: %s", raw)
				}
			}
			all = append(all, m)
		}
		if p.NextCursor == "" {
			return all
		}
		query.Set("cursor", p.NextCursor)
	}
}

func testLife(t *testing.T, s *Service) {
	m := createProfile(t, s, map[string]any{"namespace": "payments", "label": "weekly"})
	if m.Name != "before the upgrade" || m.ClusterID != "eu" || m.Namespace != "payments" || m.Label != "weekly" ||
		!m.WindowStart.Equal(Start) || !m.WindowEnd.Equal(End) || m.IsBaseline {
		t.Errorf("%+v", m)
	}
	whole := s.Send(t, http.MethodGet, "/profiles/"+m.ID, nil)
	var p behaviour.Profile
	whole.Decode(t, http.StatusOK, &p)
	if diff := cmp.Diff(m, p.Metadata); diff != "" {
		t.Error(diff)
	}
	// calculated by hand: 10 a second in this namespace; the pool has no namespace label
	if s := p.Telemetry["throughput"]["workflows_started_per_sec"]; s.Status != behaviour.OK || math.Abs(*s.Mean-10) > 1e-9 ||
		s.Samples != 237 || s.Scope[0] != "namespace" {
		t.Errorf("%+v", s)
	}
	if s := p.Telemetry["dsql_pool"]["pool_open_count"]; s.Status != behaviour.OK || *s.P95 != 50 || s.Scope[0] != behaviour.Cluster {
		t.Errorf("%+v", s)
	}
	if s := p.Telemetry["dsql_pool"]["reservoir_size"]; s.Status != behaviour.NoData || !strings.Contains(s.Reason, "dsql_reservoir_size") {
		t.Errorf("%+v", s)
	}
	head := s.Send(t, http.MethodHead, "/profiles/"+m.ID, nil)
	for _, a := range []*Response{whole, head} {
		if a.StatusCode != http.StatusOK || a.Header.Get("Content-Length") != fmt.Sprint(len(whole.Data)) ||
			a.Header.Get("Content-Type") != "application/json" || a.Header.Get("ETag") != whole.Header.Get("ETag") {
			t.Errorf("%s: %v", a.Status, a.Header)
		}
	}
	tag := whole.Header.Get("ETag")
	if len(tag) < 3 || tag[0] != '"' {
		t.Errorf("the ETag is %s: not a strong one", tag)
	}
	for _, header := range []string{tag, `"other", ` + tag, "W/" + tag, "*"} {
		if same := s.Send(t, http.MethodGet, "/profiles/"+m.ID, nil, "If-None-Match: "+header); same.StatusCode != http.StatusNotModified ||
			len(same.Data) > 0 || len(same.Header["Content-Type"]) > 0 || same.Header.Get("ETag") != tag {
			t.Errorf("%s: %s, %d bytes", header, same.Status, len(same.Data))
		}
	}
	s.Send(t, http.MethodGet, "/profiles/"+m.ID, nil, `If-None-Match: "other"`).Decode(t, http.StatusOK, nil)
	if all := listProfiles(t, s, url.Values{"label": {"weekly"}}); len(all) != 1 || all[0].ID != m.ID {
		t.Errorf("%+v", all)
	}
	s.Send(t, http.MethodPost, "/profiles/"+m.ID+"/baseline", nil).Decode(t, http.StatusOK, nil)
	if again := s.Send(t, http.MethodGet, "/profiles/"+m.ID, nil, "If-None-Match: "+tag); again.StatusCode != http.StatusOK ||
		again.Header.Get("ETag") == tag {
		t.Errorf("the baseline is what it was: %s, %s", again.Status, again.Header.Get("ETag"))
	}
	s.Send(t, http.MethodDelete, "/profiles/"+m.ID, nil).DecodeProblem(t, http.StatusConflict, "is-baseline")
	other := createProfile(t, s, map[string]any{"namespace": "payments"})
	s.Send(t, http.MethodPost, "/profiles/"+other.ID+"/baseline", nil).Decode(t, http.StatusOK, nil)
	s.Send(t, http.MethodDelete, "/profiles/"+m.ID, nil).Decode(t, http.StatusNoContent, nil)
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		s.Send(t, method, "/profiles/"+m.ID, nil).DecodeProblem(t, http.StatusNotFound, "not-found")
	}
}

// testComplete checks that a profile (P13, P14) has every field and a complete summary of each
// metric of the catalogue, for any window and filter.
func testComplete(t *testing.T, s *Service) {
	rapid.Check(t, func(t *rapid.T) {
		from := Start.Add(time.Duration(rapid.IntRange(-86400, 86400).Draw(t, "from")) * time.Second)
		asked := map[string]any{
			"name":              rapid.StringMatching(`[a-zA-Z0-9 ]{0,18}[a-z]`).Draw(t, "name"),
			"cluster_id":        rapid.SampledFrom([]string{"eu", "us", "Zürich"}).Draw(t, "cluster"),
			"time_window_start": from,
			"time_window_end":   from.Add(time.Duration(rapid.IntRange(360, 86400).Draw(t, "seconds")) * time.Second),
		}
		for name, values := range map[string][]string{
			"namespace": {"", "payments", "orders", "none"}, "task_queue": {"", "q", `a"b\c`}, "label": {"", "weekly"},
			"temporal_server_version": {"", "1.31.2"}, "worker_code_sha": {"", "0123abc"},
		} {
			if v := rapid.SampledFrom(values).Draw(t, name); v != "" {
				asked[name] = v
			}
		}
		m := createProfile(t, s, asked)
		p := getProfile(t, s, m.ID)
		if err := p.Check(); err != nil {
			t.Fatal(err)
		}
		field := func(name string) string { text, _ := asked[name].(string); return text }
		want := Metadata{
			ID: m.ID, Name: field("name"), ClusterID: field("cluster_id"), Namespace: field("namespace"), TaskQueue: field("task_queue"),
			Label:       field("label"),
			WindowStart: from, WindowEnd: asked["time_window_end"].(time.Time), TemporalServerVersion: field("temporal_server_version"),
			WorkerCodeSHA: field("worker_code_sha"), CreatedAt: m.CreatedAt,
		}
		if diff := cmp.Diff(want, p.Metadata); diff != "" {
			t.Fatalf("-want +got\n%s", diff)
		}
		if _, err := uuid.Parse(p.ID); err != nil || time.Since(p.CreatedAt) > time.Minute {
			t.Fatalf("%s of %s", p.ID, p.CreatedAt)
		}
		if p.Config.DynamicConfig == nil || p.Config.Environment == nil || p.Config.WorkerOptions == nil || p.Config.PluginConfig == nil ||
			p.Collection.Quantiles == "" || p.Collection.Partial {
			t.Fatalf("%+v, %+v", p.Config, p.Collection)
		}
		for _, m := range s.Metrics {
			if m.CountsStarts() {
				continue
			}
			category, name, _ := strings.Cut(m.Name, ".")
			seen := 0
			for key, summary := range p.Telemetry[category] {
				if key == name || m.Per != "" && strings.HasPrefix(key, name+".") {
					seen++
					if err := summary.Check(); err != nil || summary.Unit != m.Unit || summary.Kind != m.Kind {
						t.Fatalf("%s.%s: %+v: %v", category, key, summary, err)
					}
				}
			}
			if seen == 0 {
				t.Fatalf("%s is missing", m.Name)
			}
		}
	})
}

// testListing checks that a list (P15) has exactly the matching profiles, newest windows first.
func testListing(t *testing.T, s *Service) {
	var all []Metadata
	base := createProfile(t, s, nil)
	whole := getProfile(t, s, base.ID)
	s.Send(t, http.MethodDelete, "/profiles/"+base.ID, nil).Decode(t, http.StatusNoContent, nil)
	for i := range 60 {
		p := whole
		p.ID = uuid.NewString()
		p.Name, p.ClusterID, p.Namespace, p.TaskQueue, p.Label = fmt.Sprint(
			i,
		), []string{"eu", "us", "ap"}[i%3], []string{"", "orders"}[i/3%2],
			[]string{"", "q"}[i/6%2], []string{"", "weekly"}[i/12%2]
		p.WindowStart = Start.Add(time.Duration(i%7) * time.Hour)
		p.WindowEnd = p.WindowStart.Add(time.Hour)
		var m Metadata
		s.Send(t, http.MethodPost, "/profiles/import", p).Decode(t, http.StatusCreated, &m)
		all = append(all, m)
	}
	for _, i := range []int{0, 3, 7, 20} {
		s.Send(t, http.MethodPost, "/profiles/"+all[i].ID+"/baseline", nil).Decode(t, http.StatusOK, nil)
	}
	for i := range all {
		all[i] = getProfile(t, s, all[i].ID).Metadata
	}
	rapid.Check(t, func(t *rapid.T) {
		query, fits := url.Values{}, func(Metadata) bool { return true }
		narrow := func(name string, values []string, matches func(Metadata, string) bool) {
			v := rapid.SampledFrom(append([]string{"-"}, values...)).Draw(t, name)
			if v == "-" {
				return
			}
			before := fits
			query.Set(name, v)
			fits = func(m Metadata) bool { return before(m) && matches(m, v) }
		}
		narrow("cluster", []string{"eu", "us", "none"}, func(m Metadata, v string) bool { return m.ClusterID == v })
		narrow("namespace", []string{"", "orders"}, func(m Metadata, v string) bool { return m.Namespace == v })
		narrow("task_queue", []string{"", "q"}, func(m Metadata, v string) bool { return m.TaskQueue == v })
		narrow("label", []string{"", "weekly"}, func(m Metadata, v string) bool { return m.Label == v })
		narrow("baseline", []string{"true", "false"}, func(m Metadata, v string) bool { return fmt.Sprint(m.IsBaseline) == v })
		at := func(v string) time.Time {
			when, err := time.Parse(time.RFC3339, v)
			if err != nil {
				t.Fatalf("%v", err)
			}
			return when
		}
		times := []string{Start.Format(time.RFC3339), Start.Add(150 * time.Minute).Format(time.RFC3339), "2026-03-01T15:00:00+01:00"}
		narrow("from", times, func(m Metadata, v string) bool { return m.WindowEnd.After(at(v)) })
		narrow("to", times, func(m Metadata, v string) bool { return m.WindowStart.Before(at(v)) })
		narrow("limit", []string{"1", "7", "500"}, func(Metadata, string) bool { return true })
		want, got := map[string]Metadata{}, map[string]Metadata{}
		for _, m := range all {
			if fits(m) {
				want[m.ID] = m
			}
		}
		found := listProfiles(t, s, query)
		for i, m := range found {
			got[m.ID] = m
			if i > 0 &&
				(m.WindowStart.After(found[i-1].WindowStart) || m.WindowStart.Equal(found[i-1].WindowStart) && m.ID > found[i-1].ID) {
				t.Fatalf("%s comes after %s", m.WindowStart, found[i-1].WindowStart)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || len(found) != len(got) {
			t.Fatalf("%s lists %d: -want +got\n%s", query.Encode(), len(found), diff)
		}
	})
}

// testRoundTrip checks that a profile (P16, P18) is returned byte for byte, also after export,
// deletion and import.
func testRoundTrip(t *testing.T, s *Service) {
	rapid.Check(t, func(t *rapid.T) {
		options := map[string]any{}
		for _, name := range rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z_]{1,12}`), 0, 4, rapid.ID).Draw(t, "options") {
			options[name] = rapid.OneOf(rapid.Just[any](true), rapid.Just[any]("<a> & \"b\" ü"), rapid.Just[any](12.5)).Draw(t, name)
		}
		m := createProfile(t, s, map[string]any{
			"name": rapid.StringN(1, 40, 200).Filter(func(v string) bool {
				return strings.TrimSpace(v) != "" && !words.HasInvisible(v) && !redact.HasTextSecret(v)
			}).Draw(t, "name"), "worker_options": options,
			"time_window_start": Start.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond),
		})
		first := s.Send(t, http.MethodGet, "/profiles/"+m.ID, nil)
		var p behaviour.Profile
		first.Decode(t, http.StatusOK, &p)
		if diff := cmp.Diff(m, p.Metadata); diff != "" {
			t.Fatal(diff)
		}
		s.Send(t, http.MethodPost, "/profiles/import", first.Data).Decode(t, http.StatusCreated, nil) // the same profile
		s.Send(t, http.MethodDelete, "/profiles/"+m.ID, nil).Decode(t, http.StatusNoContent, nil)
		s.Send(t, http.MethodPost, "/profiles/import", first.Data).Decode(t, http.StatusCreated, nil)
		again := s.Send(t, http.MethodGet, "/profiles/"+m.ID, nil)
		if string(again.Data) != string(first.Data) || again.Header.Get("ETag") != first.Header.Get("ETag") {
			t.Fatalf("%s\nis now\n%s", first.Data, again.Data)
		}
		changed := p
		changed.Name += "!"
		s.Send(t, http.MethodPost, "/profiles/import", changed).DecodeProblem(t, http.StatusConflict, "conflict")
	})
}

func testIdempotency(t *testing.T, s *Service) {
	var mu sync.Mutex
	ids := map[string]bool{}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			var m Metadata
			if a := s.Send(t, http.MethodPost, "/profiles", ProfileBody(nil), "Idempotency-Key: once"); a.StatusCode != http.StatusCreated {
				t.Errorf("%s: %s", a.Status, a.Data)
			} else if err := json.Unmarshal(a.Data, &m); err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			ids[m.ID] = true
		})
	}
	all.Wait()
	if listed := listProfiles(t, s, nil); len(ids) != 1 || len(listed) != 1 {
		t.Errorf("%d profile ids, %d profiles listed", len(ids), len(listed))
	}
	s.Send(t, http.MethodPost, "/profiles", ProfileBody(map[string]any{"label": "other"}), "Idempotency-Key: once").DecodeProblem(t,
		http.StatusUnprocessableEntity, "idempotency-key-reused")
	createProfile(t, s, nil, "Idempotency-Key: "+strings.Repeat("k", 255)) // the maximum length
	createProfile(t, s, nil)
	if listed := listProfiles(t, s, nil); len(listed) != 3 {
		t.Errorf("%d profiles", len(listed))
	}
}
