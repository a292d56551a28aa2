package snapshot_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
)

// Any content of a request becomes a snapshot without a secret, or the request is
// refused.
func FuzzGiven(f *testing.F) {
	seeds := map[string]string{
		"dynamic_config.yaml": "frontend.RPS: [{value: 2400}, {value: 1, constraints: {namespace: x}}]\n",
		"server.env":          "TEMPORAL_SQL_MAX_CONNS=50\nTEMPORAL_SQL_PASSWORD=hunter-2\nMOTTO=say hunter-2\n",
		"compose.yaml":        "services: {temporal-history: {environment: {A: b}, deploy: {replicas: 3}}}\n",
		"values.yaml":         "server: {replicaCount: 3}\n",
		"profile.json":        "",
	}
	result, err := engine.Compile(compile.Request{Preset: "starter", SDKs: []string{}, Platforms: []string{}})
	if err != nil {
		f.Fatal(err)
	}
	seeds["profile.json"] = string(result.JSON)
	for name, content := range seeds {
		f.Add(name, "", content)
	}
	f.Add("x", string(snapshot.Profile), `{"preset_name": "x", "safety_params": [{"key": "a"}], "waivers": [{}]}`)
	if text, err := os.ReadFile(filepath.Join("..", "deployed", "testdata", "task-definition.json")); err == nil {
		f.Add("task.json", string(deployed.ECS), string(text))
	}
	taker, taken := snapshot.New(compile.Embedded(), key), 0
	f.Fuzz(func(t *testing.T, name, format, content string) {
		// what an engine has evaluated it keeps
		if taken++; taken%100 == 0 {
			taker = snapshot.New(compile.Embedded(), key)
		}
		got, err := taker.Take(
			context.Background(),
			snapshot.Sources{Given: []snapshot.InlineFile{{Name: name, Format: deployed.Format(format), Content: content}}},
		)
		var wrong *snapshot.SourceError
		if err != nil {
			if !errors.As(err, &wrong) || wrong.Fault != snapshot.OfRequest {
				t.Fatalf("%q: %v", content, err)
			}
			return
		}
		for service, variables := range got.Config.Environment {
			for key, value := range variables {
				if redact.HasSecret(value) {
					t.Fatalf("%s of %q is kept: %q", key, service, value)
				}
			}
		}
		if !slices.IsSorted(got.Config.Unknown) {
			t.Fatalf("in no order: %q", got.Config.Unknown)
		}
	})
}
