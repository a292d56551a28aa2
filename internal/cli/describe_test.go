package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/cli"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile/compiletest"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
)

// run runs a command line that must succeed and stay silent on stderr.
func run(t interface{ Fatalf(string, ...any) }, args ...string) []byte {
	var stdout, stderr bytes.Buffer
	if code := cli.Run(context.Background(), args, &stdout, &stderr, cli.NoVariables); code != 0 || stderr.Len() > 0 {
		t.Fatalf("%v exits with %d: %s", args, code, stderr.String())
	}
	return stdout.Bytes()
}

// TestDescribePresetIsComplete_P11 checks that describe-preset shows every parameter once,
// under its classification, with a value and a rationale.
func TestDescribePresetIsComplete_P11(t *testing.T) {
	t.Cleanup(compiletest.ShareEngines())
	engine := compile.Embedded()
	parameters, err := engine.Parameters()
	if err != nil {
		t.Fatal(err)
	}
	presets, err := engine.Presets()
	if err != nil {
		t.Fatal(err)
	}
	modifiers, err := engine.Modifiers()
	if err != nil {
		t.Fatal(err)
	}
	// each preset with each modifier, and each of both with every generation of the plugin
	var cases [][]string
	for i, p := range presets {
		cases = append(cases, []string{p.Name, "--plugin-version", strconv.Itoa(1 + i%2)})
		for k, m := range modifiers {
			cases = append(cases, []string{p.Name, "--modifier", m.Name, "--plugin-version", strconv.Itoa(1 + (i+k)%2)})
		}
	}
	for _, n := range rapidtest.Choose(len(cases)) {
		checkDescription(t, parameters, cases[n]...)
	}
}

// checkDescription describes a preset and compares the output with the registry.
func checkDescription(t *testing.T, parameters []registry.Parameter, args ...string) {
	t.Helper()
	var groups map[string]json.RawMessage
	if err := json.Unmarshal(run(t, append([]string{"describe-preset", "-o", "json"}, args...)...), &groups); err != nil {
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
				t.Errorf("%v: %s is shown twice or in part: %+v", args, r.Key, r)
			}
			shown[r.Key] = class
		}
	}
	for _, p := range parameters {
		if shown[p.Key] != p.Classification {
			t.Errorf("%v: %s is shown as %q, and is %s", args, p.Key, shown[p.Key], p.Classification)
		}
	}
	if len(shown) != len(parameters) {
		t.Errorf("%v: %d of %d parameters are shown", args, len(shown), len(parameters))
	}
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
