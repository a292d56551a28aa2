package behaviour_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// profiles generates profiles that a server may have made.
func profiles() *rapid.Generator[behaviour.Profile] {
	return rapid.Custom(func(t *rapid.T) behaviour.Profile {
		text := rapid.StringN(0, 20, -1)
		name := rapid.StringMatching(`[a-z][a-z0-9-]{0,20}`)
		start := time.Unix(rapid.Int64Range(1_600_000_000, 2_000_000_000).Draw(t, "start"), 0).UTC()
		end := start.Add(time.Duration(rapid.IntRange(1, 86400).Draw(t, "seconds")) * time.Second)
		values := rapid.MapOfN(
			name,
			rapid.OneOf(
				rapid.Just[any](true),
				rapid.Map(text, func(s string) any { return s }),
				rapid.Map(rapid.Float64Range(-1e9, 1e9), func(f float64) any { return f }),
			),
			0,
			4,
		)
		p := behaviour.Profile{
			Metadata: behaviour.Metadata{
				ID:          name.Draw(t, "id"),
				Name:        name.Draw(t, "name"),
				Label:       text.Draw(t, "label"),
				ClusterID:   name.Draw(t, "cluster"),
				Namespace:   text.Draw(t, "namespace"),
				TaskQueue:   text.Draw(t, "task queue"),
				WindowStart: start,
				WindowEnd:   end,
				TemporalServerVersion: text.Draw(
					t,
					"server",
				),
				DSQLPluginVersion: text.Draw(t, "plugin"),
				WorkerCodeSHA:     text.Draw(t, "sha"),
				PresetName: text.Draw(
					t,
					"preset",
				),
				CreatedAt:  end.Add(time.Duration(rapid.Int64Range(0, 1e15).Draw(t, "later"))),
				IsBaseline: rapid.Bool().Draw(t, "baseline"),
			},
			Config: behaviour.Snapshot{
				DynamicConfig: values.Draw(
					t,
					"dynamic config",
				),
				WorkerOptions: values.Draw(t, "worker options"),
				PluginConfig:  values.Draw(t, "plugin"),
				Environment:   map[string]map[string]string{"": rapid.MapOfN(name, text, 0, 3).Draw(t, "environment")},
				Sources:       rapid.SliceOfN(text, 0, 3).Draw(t, "sources"),
				Redacted:      rapid.SliceOfN(text, 0, 3).Draw(t, "redacted"),
			},
			Telemetry: behaviour.Telemetry{},
			Collection: behaviour.Collection{
				Dialect:    name.Draw(t, "dialect"),
				Step:       15,
				RateWindow: 60,
				Quantiles:  behaviour.QuantileDefinition,
				Failed:     []string{},
				Warnings:   []string{text.Draw(t, "warning")},
				Infos:      []string{},
			},
		}
		if rapid.Bool().Draw(t, "config profile known") {
			p.Config.Profile = json.RawMessage(`{"preset_name":"starter"}`)
		}
		for range rapid.IntRange(0, 4).Draw(t, "metrics") {
			category := name.Draw(t, "category")
			if p.Telemetry[category] == nil {
				p.Telemetry[category] = map[string]behaviour.Summary{}
			}
			points := samples().Draw(t, "samples")
			for i := range points {
				points[i].Time = min(start.Unix()+int64(i), end.Unix())
			}
			s := behaviour.Summarise(points, 100)
			s.Unit, s.Kind, s.Query = "ms", "quantile", text.Draw(t, "query")
			p.Telemetry[category][name.Draw(t, "metric")] = s
		}
		return p
	})
}

// A sample after the window's end makes a profile invalid: no cluster has measured it yet.
func TestFutureSamplesAreInvalid(t *testing.T) {
	start := time.Unix(1_700_000_000, 0).UTC()
	p := behaviour.Profile{Metadata: behaviour.Metadata{
		ID: "a", Name: "a", ClusterID: "eu", WindowStart: start, WindowEnd: start.Add(time.Hour), CreatedAt: start.Add(time.Hour),
	}}
	for after, isValid := range map[time.Duration]bool{time.Hour: true, time.Hour + time.Second: false, 24 * time.Hour: false} {
		s := behaviour.Summarise([]behaviour.Point{{Time: start.Add(after).Unix(), Value: 1}}, 1)
		p.Telemetry = behaviour.Telemetry{"x": {"y": s}}
		if err := p.Check(); (err == nil) != isValid {
			t.Errorf("a sample %s after the start: %v", after, err)
		}
	}
}

// A profile has each field that R9 and R10 name, on the wire too, even where nothing is known.
func TestP13BehaviourProfileComplete(t *testing.T) {
	fields := strings.Fields(`id name cluster_id time_window_start time_window_end temporal_server_version
		dsql_plugin_version worker_code_sha config_snapshot telemetry created_at is_baseline collection`)
	rapid.Check(t, func(t *rapid.T) {
		p := profiles().Draw(t, "profile")
		if err := p.Check(); err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var wire map[string]json.RawMessage
		if err := json.Unmarshal(data, &wire); err != nil {
			t.Fatal(err)
		}
		for _, field := range fields {
			if _, ok := wire[field]; !ok {
				t.Fatalf("no %s: %s", field, data)
			}
		}
		for name, spoil := range map[string]func(*behaviour.Profile){
			"id":         func(p *behaviour.Profile) { p.ID = "" },
			"name":       func(p *behaviour.Profile) { p.Name = "" },
			"cluster_id": func(p *behaviour.Profile) { p.ClusterID = "" },
			"created_at": func(p *behaviour.Profile) { p.CreatedAt = time.Time{} },
			"window":     func(p *behaviour.Profile) { p.WindowEnd = p.WindowStart },
			"telemetry.x.y": func(p *behaviour.Profile) {
				p.Telemetry = behaviour.Telemetry{"x": {"y": behaviour.Summary{}}}
			},
		} {
			poor := p
			spoil(&poor)
			if err := poor.Check(); err == nil || !strings.Contains(err.Error(), name) {
				t.Fatalf("without %s: %v", name, err)
			}
		}
	})
}

func TestP18BehaviourProfileRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := profiles().Draw(t, "profile")
		var back behaviour.Profile
		same(t, p, &back)
		if diff := cmp.Diff(p, back); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestPointsThatAreNone(t *testing.T) {
	for _, text := range []string{`[1]`, `[1.5, 2]`, `[1, 2, 3]`, `{"t": 1}`, `[1, "NaN"]`, `["x", 1]`, `null`} {
		var p behaviour.Point
		if err := json.Unmarshal([]byte(text), &p); err == nil {
			t.Errorf("%s is read as %v", text, p)
		}
	}
}

func TestWindows_R9(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name       string
		start, end time.Time
		says       string
	}{
		{"an hour", now.Add(-time.Hour), now, ""},
		{"a day", now.Add(-24 * time.Hour), now, ""},
		{"over a day", now.Add(-24*time.Hour - time.Second), now, "24h0m1s long"},
		{"no start", time.Time{}, now, "no start"},
		{"no end", now, time.Time{}, "no end"},
		{"backwards", now, now.Add(-time.Hour), "ends at 2026-03-01T11:00:00Z and starts at 2026-03-01T12:00:00Z"},
		{"empty", now, now, "starts at"},
		{"future", now.Add(-time.Hour), now.Add(time.Minute), "in the future"},
	} {
		err := behaviour.CheckWindow(c.start, c.end, now)
		if c.says == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		var wrong *behaviour.WindowError
		var asked *behaviour.RequestError
		if !errors.As(err, &wrong) || !errors.As(err, &asked) || !strings.Contains(wrong.Message, c.says) || wrong.Remedy == "" {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
