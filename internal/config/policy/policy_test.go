package policy_test

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/google/go-cmp/cmp"

	dsql "github.com/temporal-dsql/temporal-dsql"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile/compiletest"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
)

// theRules and theEngine are those of all tests
var (
	theRules  = sync.OnceValues(func() (*policy.Rules, error) { return policy.PrepareGuardRails(context.Background(), dsql.Files) })
	theEngine = sync.OnceValue(func() *compile.Engine {
		engine := compile.Embedded()
		engine.ExpectMany()
		return engine
	})
)

func guardrails(t testing.TB) *policy.Rules {
	t.Helper()
	rules, err := theRules()
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// P28: every shipped preset and modifier, on every server and plugin
// generation, compiles without a finding.
func TestShippedPresetsHaveNoFinding_P28(t *testing.T) {
	rules, e := guardrails(t), theEngine()
	names, err := compiletest.ListNames(e)
	if err != nil {
		t.Fatal(err)
	}
	versions, err := e.Versions()
	if err != nil {
		t.Fatal(err)
	}
	var cases []compile.Request
	for _, p := range names.Presets {
		for _, m := range names.Modifiers {
			for i, server := range versions.TemporalServers {
				plugin := versions.PluginGenerations[i%len(versions.PluginGenerations)]
				cases = append(cases, compile.Request{Preset: p, Modifier: m, TemporalVersion: server, PluginVersion: plugin})
			}
		}
	}
	for _, n := range rapidtest.Choose(len(cases)) {
		r := cases[n]
		out, err := e.Resolve(r)
		if err != nil {
			t.Fatal(err)
		}
		found, err := rules.Evaluate(context.Background(), out.JSON)
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Violations) > 0 || len(found) > 0 {
			t.Errorf("%s %s on Temporal %s, plugin %s: %v %v", r.Preset, r.Modifier, r.TemporalVersion, r.PluginVersion,
				out.Violations, found)
		}
	}
}

func judge(t *rapid.T, e *compile.Engine, rules *policy.Rules, preset string, overrides ...string) []policy.Finding {
	r := compile.Request{Preset: preset}
	for _, arg := range overrides {
		o, err := e.ParseOverride(arg)
		if err != nil {
			t.Fatal(err)
		}
		r.Overrides = append(r.Overrides, o)
	}
	out, err := e.Resolve(r)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Violations) > 0 {
		t.Fatalf("violations: %v", out.Violations)
	}
	found, err := rules.Evaluate(context.Background(), out.JSON)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// P8, R5.5: idle connections that differ from the maximum are an error, always.
func TestIdleMustEqualMax_P8(t *testing.T) {
	rules, e := guardrails(t), theEngine()
	rapid.Check(t, func(t *rapid.T) {
		preset := rapid.SampledFrom([]string{"starter", "mid-scale", "high-throughput"}).Draw(t, "preset")
		open := rapid.IntRange(1, 100).Draw(t, "max")
		idle := rapid.IntRange(0, 100).Draw(t, "idle")
		found := judge(t, e, rules, preset, "persistence.maxConns="+floatValue(open), "persistence.maxIdleConns="+floatValue(idle))
		refused := slices.ContainsFunc(found, func(f policy.Finding) bool {
			return f.RuleName == "max_idle_equals_max_conns" && f.Severity == policy.Error
		})
		if refused != (open != idle) {
			t.Fatalf("max %d, idle %d: refused is %v", open, idle, refused)
		}
	})
}

// P9: each error that is provoked is reported, whatever else is wrong.
func TestEveryErrorIsReported_P9(t *testing.T) {
	rules, e := guardrails(t), theEngine()
	// overrides on high-throughput that break one rule each, and no other of these
	broken := map[string]string{
		"dsql.reservoir_target_ready=0":           "reservoir_target_zero",
		"dsql.distributed_rate_limiter_table=":    "distributed_rate_limiter_table_missing",
		"dsql.distributed_rate_limiter_limit=200": "distributed_rate_limit_over_quota",
		"persistence.maxIdleConns=1":              "max_idle_equals_max_conns",
		"dsql.reservoir_lifetime_jitter=1s":       "thundering_herd_risk",
		"dsql.token_bucket_rate=200":              "token_bucket_over_quota",
		"limit.blobSize.error=2000000":            "payload_over_column_limit",
		"matching.numTaskqueueReadPartitions=8":   "read_partitions_below_write",
		"dsql.slot_block_count=9000":              "slot_blocks_over_connection_limit",
		"sdk.workflow_task_pollers=300":           "pollers_exceed_slots",
		"dsql.slot_block_renew_interval=5m":       "lease_renewal_over_ttl",
	}
	args := make([]string, 0, len(broken))
	for arg := range broken {
		args = append(args, arg)
	}
	slices.Sort(args)
	rapid.Check(t, func(t *rapid.T) {
		chosen := rapid.SliceOfNDistinct(rapid.SampledFrom(args), 1, len(args), rapid.ID).Draw(t, "broken")
		var got []string
		for _, f := range judge(t, e, rules, "high-throughput", chosen...) {
			if f.Severity == policy.Error {
				got = append(got, f.RuleName)
			}
			if f.Message == "" || f.Remedy == "" || len(f.ParameterKeys) == 0 {
				t.Fatalf("incomplete: %+v", f)
			}
		}
		var want []string
		for _, arg := range chosen {
			want = append(want, broken[arg])
		}
		// a reservoir of none has no connections that could end together
		if slices.Contains(want, "reservoir_target_zero") {
			want = slices.DeleteFunc(want, func(rule string) bool { return rule == "thundering_herd_risk" })
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("reported %v, want %v", got, want)
		}
	})
}

// R5: a rule whose inputs are missing says so; nothing passes silently.
func TestMissingInputsAreFindings(t *testing.T) {
	found, err := guardrails(t).Evaluate(context.Background(), []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, f := range found {
		said[f.RuleName] = true
		if !strings.Contains(f.Message, "cannot be evaluated") {
			t.Errorf("%s judges an empty profile: %s", f.RuleName, f.Message)
		}
	}
	// as many rules speak as there are
	files := 0
	topics, err := os.ReadDir("../../../policies/guardrails")
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range topics {
		if !topic.IsDir() {
			continue
		}
		rules, err := os.ReadDir("../../../policies/guardrails/" + topic.Name())
		if err != nil {
			t.Fatal(err)
		}
		files += len(rules)
	}
	if len(said) != files {
		t.Errorf("%d of %d rules speak", len(said), files)
	}
}

// Each parameter that can never change is compared with the running value, by a rule
// whose name says so.
func TestWhatIsImmutableIsHeld(t *testing.T) {
	parameters, err := theEngine().Parameters()
	if err != nil {
		t.Fatal(err)
	}
	rules, n := guardrails(t).All(), 0
	for _, p := range parameters {
		if p.Change != "immutable" {
			continue
		}
		n++
		if !slices.ContainsFunc(rules, func(r policy.Rule) bool {
			return strings.HasSuffix(r.Name, "_immutable") && r.Severity == policy.Error && slices.Contains(r.Parameters, p.Key)
		}) {
			t.Errorf("%s can never change, and no rule says so", p.Key)
		}
	}
	if n == 0 {
		t.Error("nothing is immutable: is the registry read?")
	}
}

// A policy that does not compile, or a profile that is no JSON, is an error with its place.
func TestUnreadable(t *testing.T) {
	if _, err := guardrails(t).Evaluate(context.Background(), []byte(`{`)); err == nil {
		t.Error("half a profile is judged")
	}
	tree := fstest.MapFS{
		"policies/lib/x/x.rego":               {Data: []byte("package lib.x\n")},
		"policies/guardrails/a/b/broken.rego": {Data: []byte("package guardrails.a.b\n\ndeny contains x if {\n")},
	}
	if _, err := policy.PrepareGuardRails(context.Background(), tree); err == nil || !strings.Contains(err.Error(), "broken.rego:") {
		t.Errorf("a broken policy gives %v", err)
	}
}

func floatValue(n int) string {
	data, _ := json.Marshal(n)
	return string(data)
}

// What a rule says of itself comes with its name, in one order.
func TestRulesSayWhatTheyAre(t *testing.T) {
	all := guardrails(t).All()
	names := make([]string, 0, len(all))
	for _, r := range all {
		names = append(names, r.Name)
		if r.Title == "" || r.Description == "" || r.Remedy == "" || len(r.Parameters) == 0 || r.Pos.Line == 0 {
			t.Errorf("incomplete: %+v", r)
		}
	}
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("names are not sorted and unique: %v", names)
	}
	i := slices.Index(names, "max_idle_equals_max_conns")
	if i < 0 || all[i].Severity != policy.Error ||
		all[i].Pos.File != "policies/guardrails/connections/max_idle_equals_max_conns/max_idle_equals_max_conns.rego" {
		t.Errorf("max_idle_equals_max_conns is not as its METADATA says: %+v", all)
	}
}

// A survey evaluates the rules whose inputs it has, and reports every rule that it
// leaves out.
func TestSurveyPreparesWhatSuffices(t *testing.T) {
	ctx := context.Background()
	rules := guardrails(t)
	survey, err := policy.NewSurvey(dsql.Files)
	if err != nil {
		t.Fatal(err)
	}
	names := func(all []policy.Rule) (names []string) {
		for _, r := range all {
			names = append(names, r.Name)
		}
		return names
	}
	all, left, err := survey.PrepareSufficient(ctx, func(string) bool { return true })
	if err != nil || len(left) > 0 {
		t.Fatalf("%v are left, %v", left, err)
	}
	if diff := cmp.Diff(names(rules.All()), names(all.All())); diff != "" {
		t.Errorf("with everything known (-guard rails +asked):\n%s", diff)
	}
	none, left, err := survey.PrepareSufficient(ctx, func(string) bool { return false })
	if err != nil || none != nil || len(left) != len(rules.All()) {
		t.Errorf("with nothing known, %d of %d are left, %v", len(left), len(rules.All()), err)
	}
	has := map[string]bool{"persistence.maxConns": true, "persistence.maxIdleConns": true}
	some, left, err := survey.PrepareSufficient(ctx, func(key string) bool { return has[key] })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"max_idle_equals_max_conns"}, names(some.All())); diff != "" {
		t.Errorf("with a pool known (-want +asked):\n%s", diff)
	}
	for _, u := range left {
		if len(u.Missing) == 0 || u.Rule == "" || u.Title == "" {
			t.Errorf("%+v does not say what is missing", u)
		}
	}
}
