package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/cli"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
)

// run runs a command line that must succeed and stay silent on stderr.
func run(t interface{ Fatalf(string, ...any) }, args ...string) []byte {
	var stdout, stderr bytes.Buffer
	if code := cli.Run(context.Background(), args, &stdout, &stderr, func(string) string { return "" }); code != 0 || stderr.Len() > 0 {
		t.Fatalf("%v exits with %d: %s", args, code, stderr.String())
	}
	return stdout.Bytes()
}

// TestDescribePresetIsComplete_P11 checks that describe-preset shows every parameter once,
// under its classification, with a value and a rationale.
func TestDescribePresetIsComplete_P11(t *testing.T) {
	engine, err := compile.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	registry, err := engine.Parameters()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		args := []string{"describe-preset", rapid.SampledFrom([]string{"starter", "mid-scale", "high-throughput"}).Draw(t, "preset"), "-o",
			"json"}
		if m := rapid.SampledFrom([]string{"", "simple-crud", "orchestrator", "batch-processor", "long-running"}).Draw(t, "modifier"); m != "" {
			args = append(args, "--modifier", m)
		}
		args = append(args, "--plugin-version", rapid.SampledFrom([]string{"1", "2"}).Draw(t, "plugin"))
		var groups map[string]json.RawMessage
		if err := json.Unmarshal(run(t, args...), &groups); err != nil {
			t.Fatal(err)
		}
		shown := map[string]string{}
		for _, class := range []string{"slo", "topology", "safety", "tuning"} {
			var rows []struct {
				Key, Source, Rationale string
				Value                  any
			}
			if err := json.Unmarshal(groups[class], &rows); err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				if _, twice := shown[r.Key]; twice || r.Value == nil || r.Source == "" || r.Rationale == "" {
					t.Fatalf("%s is shown twice or in part: %+v", r.Key, r)
				}
				shown[r.Key] = class
			}
		}
		for _, p := range registry {
			if shown[p.Key] != p.Classification {
				t.Fatalf("%s is shown as %q, and is %s", p.Key, shown[p.Key], p.Classification)
			}
		}
		if len(shown) != len(registry) {
			t.Fatalf("%d of %d parameters are shown", len(shown), len(registry))
		}
	})
}

// TestDescribePresetIsDeterministic checks that the text of every preset is stable and
// names the preset.
func TestDescribePresetIsDeterministic(t *testing.T) {
	for _, preset := range []string{"starter", "mid-scale", "high-throughput"} {
		once, again := run(t, "describe-preset", preset), run(t, "describe-preset", preset)
		if !bytes.Equal(once, again) || !bytes.HasPrefix(once, fmt.Appendln(nil, preset)) {
			t.Errorf("%s differs from one time to the next", preset)
		}
	}
}
