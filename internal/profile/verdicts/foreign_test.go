package verdicts_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
)

// Whatever a behaviour profile says that somebody brings in, it is refused, or it is
// the same when it is read again, and is compared and judged without a fault;
// what it has no number of is never conforming.
func FuzzImported(f *testing.F) {
	w := newWorld(f)
	p := w.profile(f, "starter")
	for name, all := range p.Telemetry {
		for metric := range all {
			if metric != "state_transitions_per_sec" {
				delete(all, metric)
			}
		}
		if len(all) == 0 {
			delete(p.Telemetry, name)
		}
	}
	whole, err := json.Marshal(p)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(
		[]byte(
			`{"id": "a", "name": "b", "cluster_id": "c", "created_at": "2026-11-24T10:00:00Z", "time_window_start": ` +
				`"2026-11-24T08:00:00Z", "time_window_end": "2026-11-24T09:00:00Z", "telemetry": {"x": {"y": ` +
				`{"status": "ok"}}}, "config_snapshot": {"config_profile": {}}}`,
		),
	)
	f.Add([]byte(`{"telemetry": {"latency": {"persistence_latency_p99": {"series": [[1, 2], [1e300, null]]}}}}`))
	comparer, err := compare.New(w.engine)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var got, again behaviour.Profile
		if json.Unmarshal(data, &got) != nil || got.Check() != nil {
			return
		}
		text, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &again); err != nil {
			t.Fatalf("%v, of %s", err, text)
		}
		if twice, err := json.Marshal(again); err != nil || string(twice) != string(text) {
			t.Fatalf("read again it differs (%v):\n%s", err, cmp.Diff(string(text), string(twice)))
		}
		other := p
		other.ID = got.ID + "b"
		if _, err := comparer.Compare(got, other, compare.Options{}); err != nil {
			t.Fatal(err)
		}
		held, err := w.Conformance(context.Background(), got, verdicts.Target{Preset: "starter"})
		if err == nil && len(got.Telemetry) == 0 && held.Label == "conforming" {
			t.Fatal("without telemetry it conforms")
		}
	})
}
