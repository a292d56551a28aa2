package gate_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/gate"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// Whatever is in a profile that is to be judged, its waivers included, and in the
// one that runs, the gate has findings about it or an error that names it.
func FuzzProfile(f *testing.F) {
	result, err := compile.Embedded().Compile(compile.Request{Preset: "starter", SDKs: []string{}, Platforms: []string{}})
	if err != nil {
		f.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(result.JSON, &fields); err != nil {
		f.Fatal(err)
	}
	fields["waivers"] = []any{
		map[string]any{"rule": "pool_too_small", "reason": "x", "owner": "y", "expires": "2026-02-30"},
		map[string]any{},
	}
	waived, err := json.Marshal(fields)
	if err != nil {
		f.Fatal(err)
	}
	const small = `{"tuning_params": [{"key": "history.shards", "value": 512}, {"key": "persistence.maxConns", "value": ` +
		`"many"}], "limits": {}, "margins": 1}`
	f.Add(string(result.JSON), string(waived))
	f.Add(string(waived), string(result.JSON))
	f.Add(small, small)
	f.Add(`{"slo_params": [{"key": "a", "value": {}}], "waivers": [{"expires": 3}]}`, "{}")
	f.Add("[", "null")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, profile, running string) {
		names := map[string]string{filepath.Join(dir, "profile.json"): profile, filepath.Join(dir, "running.json"): running}
		for name, text := range names {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		answer, err := gate.Run(context.Background(), gate.Request{
			Paths: []string{
				filepath.Join(dir, "profile.json"),
			},
			Against: filepath.Join(dir, "running.json"),
			Today:   time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC),
		})
		var input *source.Error
		switch {
		case err != nil && (!errors.As(err, &input) || !strings.Contains(err.Error(), dir)):
			t.Fatalf("%v names no file", err)
		case err == nil && len(answer.Subjects) != 1:
			t.Fatalf("%d are judged", len(answer.Subjects))
		}
	})
}
