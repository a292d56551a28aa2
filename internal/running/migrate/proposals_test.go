package migrate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/migrate"
)

// The presets that are proposed are those that an evaluation of every preset with every modifier finds.
func TestProposalsAreThoseOfAllPresets(t *testing.T) {
	e, dir := engine, t.TempDir()
	known, err := e.Parameters()
	if err != nil {
		t.Fatal(err)
	}
	bases := map[string]map[string]any{}
	for _, preset := range presets {
		base, err := e.Resolve(compile.Request{Preset: preset})
		if err != nil {
			t.Fatal(err)
		}
		bases[preset] = base.Profile.Values()
	}
	rapid.Check(t, func(t *rapid.T) {
		running := rapid.SampledFrom(presets).Draw(t, "running")
		env, dynamic := drawSettings(t, known, bases[running])
		files := map[string]deployed.Format{"server.env": deployed.Env, "dynamic.yaml": deployed.DynamicConfig}
		writeFile(t, filepath.Join(dir, "server.env"), env)
		writeFile(t, filepath.Join(dir, "dynamic.yaml"), dynamic+"frontend.keepAliveTime:\n- value: 60s\n")
		if rapid.Bool().Draw(t, "shards stated") {
			files["server.yaml"] = deployed.Server
			shards := bases[running]["history.shards"]
			writeFile(t, filepath.Join(dir, "server.yaml"), fmt.Sprintf("persistence:\n  numHistoryShards: %v\n", shards))
		}
		refused := rapid.SampledFrom(presets).Draw(t, "refused")
		check := func(_ context.Context, r *artefact.Result) (of report.Subject, _ error) {
			if r.Profile.PresetName == refused {
				of.Findings = make([]report.Finding, 1)
				of.Findings[0].RuleName = "refused"
			}
			return of, nil
		}
		r := migrate.Request{Settings: readSettings(t, dir, files), Preset: rapid.SampledFrom([]string{"", running}).Draw(t, "preset")}
		found, err := migrate.Run(t.Context(), e, r, check)
		if err != nil {
			t.Fatal(err)
		}
		all, err := found.ProposeFromAll(t.Context(), e, check)
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(found.Proposals)
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Fatalf("proposes %s\nnot %s", got, want)
		}
	})
}
