package grafana

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/canvas"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// folder has the files as they are shipped.
const folder = "../../grafana"

// dashboards are the shipped ones, by file name.
func dashboards(t *testing.T) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "dashboards", "*.json"))
	if err != nil || len(names) < 7 {
		t.Fatalf("%d dashboards, %v", len(names), err)
	}
	all := map[string][]byte{}
	for _, name := range names {
		if all[filepath.Base(name)], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// A dashboard has nothing that Grafana's published schema does not know, and all
// that it demands; so has the panel with the button.
func TestSchema_R14(t *testing.T) {
	for name, data := range dashboards(t) {
		var d dashboard.Dashboard
		if err := d.UnmarshalJSONStrict(withoutPrometheusAnnotations(t, data)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var panels struct {
			Panels []struct {
				Type    string
				Options json.RawMessage
			}
		}
		if err := json.Unmarshal(data, &panels); err != nil {
			t.Fatal(err)
		}
		buttons := 0
		for _, p := range panels.Panels {
			if p.Type == "canvas" {
				var o canvas.Options
				if err := o.UnmarshalJSONStrict(p.Options); err != nil {
					t.Errorf("%s: the canvas: %v", name, err)
				}
				buttons++
			}
		}
		if buttons != 1 {
			t.Errorf("%s has %d canvases, want the one with the button", name, buttons)
		}
	}
}

// withoutPrometheusAnnotations leaves out what an annotation has for its data source,
// Prometheus: the schema is of what all data sources have.
func withoutPrometheusAnnotations(t *testing.T, data []byte) []byte {
	t.Helper()
	var d map[string]any
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	for _, a := range d["annotations"].(map[string]any)["list"].([]any) {
		for _, of := range []string{"step", "titleFormat", "textFormat"} {
			delete(a.(map[string]any), of)
		}
	}
	out, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// What Grafana does not know is refused: the check above can fail.
func TestSchemaRefuses(t *testing.T) {
	for _, data := range []string{
		`{"schemaVersion": 39, "templating": {}, "annotations": {}, "pannels": []}`,
		`{"schemaVersion": "39", "templating": {}, "annotations": {}}`,
	} {
		if err := new(dashboard.Dashboard).UnmarshalJSONStrict([]byte(data)); err == nil {
			t.Errorf("%s is taken", data)
		}
	}
}
