package compile_test

import (
	"encoding/json"
	"flag"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
)

// An operation is a call of an engine, with its result.
type operation func(*compile.Engine) (any, error)

// operations are calls of each kind that a service or a command makes of an engine.
// Between them they name servers of each line, listed and unlisted patches, keys of
// the registry, of the catalogue and of neither.
func operations(t *testing.T) map[string]operation {
	request := func(preset, modifier, server string, overrides ...string) func(*compile.Engine) (compile.Request, error) {
		return func(e *compile.Engine) (compile.Request, error) {
			r := compile.Request{
				Preset:          preset,
				Modifier:        modifier,
				TemporalVersion: server,
				PluginVersion:   "2",
				SDKs:            []string{},
				Platforms:       []string{},
			}
			for _, given := range overrides {
				o, err := e.ParseOverride(given)
				if err != nil {
					return r, err
				}
				r.Overrides = append(r.Overrides, o)
			}
			return r, nil
		}
	}
	compiled := func(of func(*compile.Engine) (compile.Request, error)) operation {
		return func(e *compile.Engine) (any, error) {
			r, err := of(e)
			if err != nil {
				return nil, err
			}
			return e.Compile(r)
		}
	}
	partitions := request("starter", "", "1.29", "matching.numTaskqueueReadPartitions=35")
	running := []settings.RunningSetting{
		{Kind: "dynamic_config", File: "dc.yaml", Service: "history", Key: "callback.inspectSourceHeader", Value: true, Known: true},
		{Kind: "dynamic_config", File: "dc.yaml", Service: "history", Key: "history.comesTomorrow", Value: 5, Known: true},
		{Kind: "dynamic_config", File: "dc.yaml", Service: "matching", Key: "matching.numTaskqueueReadPartitions", Value: 8, Known: true},
		{
			Kind:    "variable",
			File:    ".env",
			Service: "history",
			Key:     "DSQL_RESERVOIR_ENABLED",
			Value:   "true",
			Known:   true,
			As:      settings.ParseReadings("true"),
		},
	}
	return map[string]operation{
		"keys of a line":  func(e *compile.Engine) (any, error) { return e.Keys("1.30") },
		"keys of a patch": func(e *compile.Engine) (any, error) { return e.Keys("1.31.2") },
		"every key":       func(e *compile.Engine) (any, error) { return e.Keys("") },
		"parameters":      func(e *compile.Engine) (any, error) { return e.Parameters() },
		"a key explained": func(e *compile.Engine) (any, error) { return e.FindDefinition("callback.inspectsourceheader") },
		"lint": func(e *compile.Engine) (any, error) {
			return settings.Lint(t.Context(), e.Module, running, "1.30.5", "2")
		},
		"lint of newer": func(e *compile.Engine) (any, error) {
			return settings.Lint(t.Context(), e.Module, running, "1.99", "1")
		},
		"migrate": func(e *compile.Engine) (any, error) {
			return settings.FindMeanings(t.Context(), e.Module, running, "1.32.99", "2")
		},
		"partitions":     compiled(partitions),
		"topology":       compiled(request("mid-scale", "orchestrator", "1.30.4", "history.replicas=7", "frontend.rps=5000")),
		"key of a patch": compiled(request("starter", "", "1.30.7", "callback.inspectSourceHeader=true", "history.shards=1024")),
		"key of a later": compiled(request("starter", "", "1.30.4", "callback.inspectSourceHeader=true")),
		"key of newer":   compiled(request("high-throughput", "batch-processor", "1.99.1", "history.comesTomorrow=5", "frontend.rps=9000")),
		"unknown key":    compiled(request("starter", "", "1.32", "history.comesTomorrow=5")),
		"refused":        compiled(request("starter", "", "latest", "history.shards=3", "system.clusterMetadataRefreshInterval=1")),
		"every file": func(e *compile.Engine) (any, error) {
			r, err := partitions(e)
			if err != nil {
				return nil, err
			}
			r.SDKs, r.Platforms = nil, nil
			return e.Compile(r)
		},
		"profile": func(e *compile.Engine) (any, error) {
			r, err := partitions(e)
			if err != nil {
				return nil, err
			}
			return e.Resolve(r)
		},
		"account": func(e *compile.Engine) (any, error) {
			r, err := partitions(e)
			if err != nil {
				return nil, err
			}
			return e.Explain(r)
		},
	}
}

// Whatever an engine did before, each call gives what it gives on a new engine: a
// service keeps its engines. An engine costs more than a call, so that a few long
// sequences stand for the many short ones of rapid.
func TestReusedEnginesSayTheSame(t *testing.T) {
	all := operations(t)
	names := slices.Sorted(maps.Keys(all))
	run := func(e *compile.Engine, name string) string {
		out, err := all[name](e)
		if err != nil {
			return "error: " + err.Error()
		}
		data, err := json.MarshalIndent(out, "", " ")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return string(data)
	}
	fresh := map[string]string{}
	runOnNew := func(name string) string {
		if _, ok := fresh[name]; !ok {
			fresh[name] = run(compile.Embedded(), name)
			if strings.HasPrefix(fresh[name], "error: ") {
				t.Errorf("%s fails on a new engine: %s", name, fresh[name])
			}
		}
		return fresh[name]
	}
	for _, n := range rapidtest.Choose(len(names)) {
		runOnNew(names[n])
	}
	seed := rapidFlag(t, "rapid.seed")
	if seed == 0 {
		seed = rand.Uint64()
	}
	for i := range max(1, rapidFlag(t, "rapid.checks")/12) {
		draw := rand.New(rand.NewPCG(seed, i))
		e := compile.Embedded()
		var before []string
		for range 15 {
			name := names[draw.IntN(len(names))]
			if diff := cmp.Diff(runOnNew(name), run(e, name)); diff != "" {
				t.Fatalf("%q after %q (-rapid.seed=%d), - new engine, + this one:\n%s", name, before, seed, diff)
			}
			before = append(before, name)
		}
	}
}

// rapidFlag reads a number that rapid takes from its flag or the environment.
func rapidFlag(t *testing.T, name string) uint64 {
	n, err := strconv.ParseUint(flag.Lookup(name).Value.String(), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
