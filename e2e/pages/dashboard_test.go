package pages

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/grafanatest"
)

// only answers the variables of a dashboard with one namespace and one task queue.
type only struct{ namespace, taskQueue string }

func (o only) LabelValues(selector, label string) ([]string, error) {
	// all of them is no value, of which a profile could be
	if strings.Contains(selector, `=".*"`) {
		return nil, nil
	}
	switch label {
	case "namespace":
		return []string{o.namespace}, nil
	case "taskqueue":
		return []string{o.taskQueue}, nil
	}
	return nil, nil
}

func (only) QueryResult(string) ([]string, error) { return []string{`{id="eu-west-1"} 1 0`}, nil }

// look opens a shipped dashboard on a window, for one namespace.
func look(t *testing.T, service string, window [2]time.Time) (grafanatest.Dashboard, grafanatest.Values) {
	t.Helper()
	all, err := grafanatest.ReadDashboards(filepath.Join("..", "..", "grafana", "dashboards"))
	if err != nil {
		t.Fatal(err)
	}
	d := all["temporal-on-dsql-tally-mid-scale.json"]
	v, err := grafanatest.OpenDashboard(
		d,
		grafanatest.Values{From: window[0], To: window[1]},
		map[string]string{"namespace": "payments", "label": "release 41", "service": service},
		only{"payments", "charges"},
	)
	if err != nil {
		t.Fatal(err)
	}
	return d, v
}

// What the button of a dashboard sends, a browser sends from Grafana's page to the
// service, where the service allows that page; and from no other.
func TestTheButtonOfADashboard_R14(t *testing.T) {
	grafana := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write(
			[]byte(`<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Grafana</title><main>A dashboard</main></html>`),
		)
	}))
	defer grafana.Close()
	press := func(b *browser, service string, window [2]time.Time) (status int, body string) {
		t.Helper()
		d, v := look(t, service, window)
		button, err := d.Button()
		if err != nil {
			t.Fatal(err)
		}
		// as Grafana does it: public/app/plugins/panel/canvas/editor/element/utils.ts
		script := fmt.Sprintf(
			`fetch(%q, {method: %q, headers: {"Content-Type": %q, "X-Grafana-Action": "1"}, body: %q}).then(async (r) => `+
				`JSON.stringify([r.status, await r.text()]), (e) => JSON.stringify([0, String(e)]))`,
			v.ExpandText(button.Endpoint),
			button.Method,
			button.ContentType,
			v.ExpandText(button.Data),
		)
		var answer [2]any
		if err := json.Unmarshal([]byte(evaluate[string](b, script)), &answer); err != nil {
			t.Fatal(err)
		}
		return int(answer[0].(float64)), answer[1].(string)
	}
	s := serve(t, "--cors-origin", grafana.URL)
	b := start(t, grafana.URL)
	b.open("/")
	status, said := press(b, s.URL, morning)
	var made struct {
		ID, Namespace, Label string
		ClusterID            string `json:"cluster_id"`
	}
	if err := json.Unmarshal(
		[]byte(said),
		&made,
	); err != nil || status != http.StatusCreated || made.Namespace != "payments" || made.ClusterID != "eu-west-1" ||
		made.Label != "release 41" {
		t.Fatalf("%d, %v: %s", status, err, said)
	}
	b.quiet("the button")
	if status, said = press(
		b,
		s.URL,
		[2]time.Time{morning[0].Add(-48 * time.Hour), morning[1]},
	); status != http.StatusBadRequest ||
		!strings.Contains(said, "at most 24h0m0s") {
		t.Errorf("two days: %d: %s", status, said)
	}
	b.expected("400")
	b.quiet("the button, refused")
	if status, said = press(b, serve(t).URL, morning); status != 0 {
		t.Errorf("a service that allows no origin answers %d: %s", status, said)
	}
}

// The links of a dashboard lead to the form, filled in: what comes of it is told,
// with the profile's id and its address, or in the words of the API.
func TestTheLinkOfADashboard_R14(t *testing.T) {
	s := serve(t)
	b := start(t, "")
	d, v := look(t, s.URL, morning)
	if d.Links[0].Title != "Create Behaviour Profile" {
		t.Fatalf("%+v", d.Links)
	}
	b.open(v.ExpandText(d.Links[0].URL))
	b.click("form button.primary")
	b.says("main .made", "Profile created.")
	id := evaluate[string](b, "document.querySelector('.made code').textContent")
	if at := b.path(); at != "/ui/profiles/"+id ||
		evaluate[string](b, "document.querySelector('.made a').href") != s.URL+"/ui/profiles/"+id {
		t.Errorf("the id is %s, at %s", id, at)
	}
	var kept struct{ Namespace, Label string }
	text, _, _ := s.fetch(t, "/profiles/"+id)
	if err := json.Unmarshal([]byte(text), &kept); err != nil || kept.Namespace != "payments" || kept.Label != "release 41" {
		t.Errorf("%v: %+v", err, kept)
	}
	b.look("made")

	d, v = look(t, s.URL, [2]time.Time{morning[0].Add(-48 * time.Hour), morning[1]})
	b.open(v.ExpandText(d.Links[0].URL))
	b.click("form button.primary")
	b.says("[role=alert]", "The window is 49h0m0s long")
	b.says("[role=alert]", "windows of at most 24h0m0s, one profile for each")
	b.expected("400")
	b.quiet("the link of a dashboard")
}
