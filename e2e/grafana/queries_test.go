package grafana

import (
	"cmp"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/grafanatest"
)

// Every query that is shipped is one that Prometheus takes, and is answered with data
// by a cluster that runs: panels, annotations and variables of the dashboards, for
// one namespace and task queue and for all of them, and what each alert looks at. The
// button makes a profile of what is seen.
func TestDashboardsOfARunningCluster_R14(t *testing.T) {
	for _, of := range []struct {
		dialect string
		// what samples have for a label beside the exporter's own
		labels  string
		cluster string
	}{
		{"tally", "{}", ""},
		{"opentelemetry", "{cluster: eu}", "eu"},
	} {
		t.Run(of.dialect, func(t *testing.T) {
			c := run(t, of.dialect, of.labels, cmp.Or(of.cluster, "default"))
			all, err := grafanatest.ReadDashboards(filepath.Join(folder, "dashboards"))
			if err != nil {
				t.Fatal(err)
			}
			// enough for a rate, and for a window
			until(t, "half a minute of samples", func() bool {
				n, err := c.samples("up == 1", c.began, time.Now())
				return err == nil && n >= 4*30
			})
			c.buttons(t, all, of.dialect)
			until(t, "an assessment that compares", func() bool {
				n, err := c.samples("temporal_dsql_drift", c.began, time.Now())
				return err == nil && n > 0
			})
			button := all["behaviour-profiles.json"]
			until(t, "the service's own dashboard offers the cluster", func() bool {
				v, err := grafanatest.OpenDashboard(button, grafanatest.Values{From: c.began, To: time.Now()}, nil, c)
				return err == nil && slices.Contains(v.Options("namespace"), namespace)
			})
			c.made(t, button, map[string]string{"cluster_id": c.id, "namespace": namespace})

			asked := 0
			for name, d := range all {
				if name != "behaviour-profiles.json" && !strings.HasPrefix(name, "temporal-on-dsql-"+of.dialect+"-") {
					continue
				}
				for _, chosen := range []map[string]string{{}, {"namespace": namespace, "task_queue": taskQueue}} {
					asked += c.answers(t, name, d, of.cluster, chosen)
				}
			}
			if asked < 2*3*35 {
				t.Errorf("%d queries were asked", asked)
			}
			c.rules(t, of.dialect)
		})
	}
}

// answers asks every query of a dashboard, and counts them.
func (c *cluster) answers(t *testing.T, name string, d grafanatest.Dashboard, label string, chosen map[string]string) (asked int) {
	t.Helper()
	mine := map[string]string{}
	for k, v := range chosen {
		for _, of := range d.Templating.List {
			if of.Name == k {
				mine[k] = v
			}
		}
	}
	v, err := grafanatest.OpenDashboard(d, grafanatest.Values{From: c.began, To: time.Now(), Interval: scrape, Scrape: scrape}, mine, c)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if got := v.ExpandText("$cluster"); got != label && name != "behaviour-profiles.json" {
		t.Errorf("%s: the cluster is %q, want %q", name, got, label)
	}
	ask := func(what, expr string) {
		t.Helper()
		asked++
		filled := v.ExpandQuery(expr)
		// a series that has just begun needs a second sample
		n, err := c.samples(filled, v.From, time.Now())
		for end := time.Now().Add(20 * time.Second); err == nil && n == 0 && time.Now().Before(end); {
			time.Sleep(scrape)
			n, err = c.samples(filled, v.From, time.Now())
		}
		if err != nil || n == 0 {
			t.Errorf("%s, %v: %s: %d samples, %v: %s", name, mine, what, n, err, filled)
		}
	}
	for _, p := range d.Panels {
		for _, q := range p.Targets {
			ask(p.Title, q.Expr)
		}
	}
	for _, a := range d.Annotations.List {
		ask("annotation "+a.Name, a.Expr)
	}
	return asked
}

// button does what a browser does when the button of a dashboard is clicked: it asks
// whether it may, and then sends what the button has, filled in.
func (c *cluster) button(t *testing.T, d grafanatest.Dashboard, v grafanatest.Values, chosen map[string]string) (*http.Response, string) {
	t.Helper()
	b, err := d.Button()
	if err != nil {
		t.Fatal(err)
	}
	chosen = maps.Clone(chosen)
	chosen["service"] = c.service
	if v, err = grafanatest.OpenDashboard(d, v, chosen, c); err != nil {
		t.Fatal(err)
	}
	send := func(method string, body string, headers ...string) (*http.Response, string) {
		r, err := http.NewRequestWithContext(t.Context(), method, v.ExpandText(b.Endpoint), strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", grafanaOrigin)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		said, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		if got := answer.Header.Get("Access-Control-Allow-Origin"); got != grafanaOrigin {
			t.Errorf("%s %s: %s: allowed is the origin %q", method, r.URL, answer.Status, got)
		}
		return answer, string(said)
	}
	may, _ := send(
		http.MethodOptions,
		"",
		"Access-Control-Request-Method",
		b.Method,
		"Access-Control-Request-Headers",
		"content-type,x-grafana-action",
	)
	if may.StatusCode != http.StatusNoContent || may.Header.Get("Access-Control-Allow-Methods") != b.Method ||
		may.Header.Get("Access-Control-Allow-Headers") != "content-type,x-grafana-action" {
		t.Errorf("asked whether it may: %s, %v", may.Status, may.Header)
	}
	return send(b.Method, v.ExpandText(b.Data), "Content-Type", b.ContentType, "X-Grafana-Action", "1")
}

// made is a profile that the button of a dashboard has made of what is seen.
func (c *cluster) made(t *testing.T, d grafanatest.Dashboard, chosen map[string]string) profile {
	t.Helper()
	to := time.Now().Truncate(time.Second)
	from := to.Add(-20 * time.Second)
	answer, said := c.button(t, d, grafanatest.Values{From: from, To: to}, chosen)
	var p profile
	if err := json.Unmarshal([]byte(said), &p); err != nil || answer.StatusCode != http.StatusCreated {
		t.Fatalf("the button of %s: %s, %v: %s", d.Title, answer.Status, err, said)
	}
	want := profile{
		p.ID,
		"Grafana, " + iso(from) + " to " + iso(to),
		c.id,
		chosen["namespace"],
		chosen["task_queue"],
		chosen["label"],
		from.UTC(),
		to.UTC(),
	}
	if p != want {
		t.Errorf("the button of %s makes %+v, want %+v", d.Title, p, want)
	}
	return p
}

type profile struct {
	ID          string
	Name        string
	ClusterID   string `json:"cluster_id"`
	Namespace   string
	TaskQueue   string `json:"task_queue"`
	Label       string
	WindowStart time.Time `json:"time_window_start"`
	WindowEnd   time.Time `json:"time_window_end"`
}

func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// buttons clicks those of the dashboards: what is chosen goes along, all of a
// namespace is none in a profile, and what is wrong is told in the answer.
func (c *cluster) buttons(t *testing.T, all map[string]grafanatest.Dashboard, dialect string) {
	t.Helper()
	d := all["temporal-on-dsql-"+dialect+"-starter.json"]
	before := c.made(t, d, map[string]string{"namespace": namespace})
	c.made(t, d, map[string]string{"namespace": namespace, "task_queue": taskQueue, "label": `a "label"`})
	c.made(t, d, map[string]string{})

	now := time.Now()
	answer, said := c.button(t, d, grafanatest.Values{From: now.Add(-7 * 24 * time.Hour), To: now}, map[string]string{})
	if answer.StatusCode != http.StatusBadRequest || !strings.Contains(said, "at most 24h0m0s") {
		t.Errorf("a week: %s: %s", answer.Status, said)
	}

	// every metric of the catalogue is there
	var kept struct {
		Telemetry map[string]map[string]struct{ Status, Reason string } `json:"telemetry"`
	}
	c.ask(t, http.MethodGet, "/profiles/"+before.ID, &kept)
	metrics := 0
	for category, ms := range kept.Telemetry {
		for name, m := range ms {
			metrics++
			if m.Status == "no_data" {
				t.Errorf("%s.%s has no data in a profile: %s", category, name, m.Reason)
			}
		}
	}
	if metrics < 30 {
		t.Errorf("a profile has %d metrics", metrics)
	}
	var baseline json.RawMessage
	c.ask(t, http.MethodPost, "/profiles/"+before.ID+"/baseline", &baseline)
}

// rules asks for what each alert looks at. None of what must be there is missing.
func (c *cluster) rules(t *testing.T, dialect string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "rules", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, file := range files {
		base := filepath.Base(file)
		if base != "assessments.yaml" && !strings.Contains(base, "-"+dialect) {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var said struct {
			Groups []struct {
				Rules []struct{ Alert, Expr string }
			}
		}
		if err := yaml.Unmarshal(data, &said); err != nil {
			t.Fatal(err)
		}
		for _, g := range said.Groups {
			for _, r := range g.Rules {
				asked++
				for _, part := range parts(t, r.Expr) {
					if n, err := c.samples(part, c.began, time.Now()); err != nil || n == 0 {
						t.Errorf("%s, %s looks at what is not there: %d samples, %v: %s", base, r.Alert, n, err, part)
					}
				}
				// a scrape that comes late leaves a gap, which is no alert: that takes minutes
				if strings.HasSuffix(r.Alert, "Missing") {
					until(t, base+": nothing is missing: "+r.Expr, func() bool {
						now := time.Now()
						n, err := c.samples(r.Expr, now, now)
						return err == nil && n == 0
					})
				}
			}
		}
	}
	if asked < 80 {
		t.Errorf("%d rules", asked)
	}
	t.Logf("%d rules", asked)
}
