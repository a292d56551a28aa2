package policy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/rego"

	dsql "github.com/temporal-dsql/temporal-dsql"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
)

// connectionTwins are the quantities of the schema that policies compute too, for values that no
// compile has resolved, and the Rego for each.
var connectionTwins = map[string]string{
	"instances":             "instances(facts)",
	"peak_instances":        "peak_instances(facts)",
	"reservoir_connections": "reservoir(facts)",
	"slot_connections":      "slots(facts)",
	"instance_connections":  "per_instance(facts)",
	"steady_connections":    "steady(facts)",
	"peak_connections":      "peak(facts)",
	"waiting_connections":   "waiting(facts)",
	"start_connections":     "at_start(facts)",
	"cold_fill_seconds":     "fill_seconds(facts, connections.at_start(facts))",
	"cut_refill_seconds":    `fill_seconds(facts, facts["persistence.maxConns"])`,
	"open_queue_seconds":    "queue_seconds(facts)",
}

// Policies and formulas give the same numbers of connections, in whole connections and seconds.
func TestConnectionsOfPoliciesEqualTheFormulas(t *testing.T) {
	ctx, e := context.Background(), theEngine()
	var fields []string
	for name, call := range connectionTwins {
		call = strings.ReplaceAll(call, "facts", "input.facts")
		fields = append(fields, fmt.Sprintf("%q: connections.%s", name, call))
	}
	options := []func(*rego.Rego){rego.Imports([]string{"data.lib.connections"}), rego.Query("x := {" + strings.Join(fields, ", ") + "}")}
	for _, name := range []string{"policies/lib/connections/connections.rego", "policies/lib/words/words.rego"} {
		text, err := dsql.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		options = append(options, rego.Module(name, string(text)))
	}
	query, err := rego.New(options...).PrepareForEval(ctx)
	if err != nil {
		t.Fatal(err)
	}
	presets, err := e.Presets()
	if err != nil {
		t.Fatal(err)
	}
	versions, err := e.Versions()
	if err != nil {
		t.Fatal(err)
	}
	type combination struct {
		preset, generation string
		overrides          []string
	}
	var cases []combination
	for _, p := range presets {
		for _, generation := range versions.PluginGenerations {
			for _, overrides := range [][]string{
				nil,
				{"dsql.reservoir_enabled=false"},
				{"dsql.reservoir_enabled=true", "dsql.reservoir_low_watermark=70", "deployment.rolling_surge=30"},
				{"dsql.distributed_rate_limiter_enabled=true"},
				{"dsql.distributed_rate_limiter_enabled=false", "history.replicas=40"},
				{"deployment.rolling_surge=30", "services"},
			} {
				cases = append(cases, combination{p.Name, generation, overrides})
			}
		}
	}
	for _, n := range rapidtest.Choose(len(cases)) {
		c := cases[n]
		t.Run(fmt.Sprint(c.preset, " ", c.generation, " ", c.overrides), func(t *testing.T) {
			r := compile.Request{Preset: c.preset, PluginVersion: c.generation}
			for _, text := range c.overrides {
				if text == "services" {
					r.SetServiceValue("history", "persistence.maxConns", 70)
					r.SetServiceValue("worker", "dsql.reservoir_enabled", true)
					r.SetServiceValue("worker", "dsql.reservoir_target_ready", 90)
					continue
				}
				o, err := e.ParseOverride(text)
				if err != nil {
					t.Fatal(err)
				}
				r.Overrides = append(r.Overrides, o)
			}
			account, err := e.Explain(r)
			if err != nil {
				t.Fatal(err)
			}
			facts := maps.Clone(account.Profile.Values())
			facts["limits"], facts["margins"] = account.Profile.Limits, account.Profile.Margins
			if account.Profile.Services != nil {
				facts["services"] = account.Profile.Services
			}
			results, err := query.Eval(ctx, rego.EvalInput(map[string]any{"dsql_plugin_version": c.generation, "facts": facts}))
			if err != nil || len(results) != 1 {
				t.Fatal(results, err)
			}
			computed := results[0].Bindings["x"].(map[string]any)
			for name := range connectionTwins {
				got, err := computed[name].(json.Number).Float64()
				if err != nil {
					t.Fatal(name, err)
				}
				if want := fmt.Sprint(account.Needs[name].Value); fmt.Sprint(math.Ceil(got)) != want {
					t.Errorf("%s is %v in Rego, and %s in CUE", name, got, want)
				}
			}
		})
	}
}
