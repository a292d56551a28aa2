package compile_test

import (
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"math"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
)

var (
	presets   = []string{"starter", "mid-scale", "high-throughput", "very-high-throughput"}
	modifiers = []string{"", "simple-crud", "orchestrator", "batch-processor", "long-running"}
	plugins   = []string{"1", "2"}
)

// Most cases are compiles: half of rapid's usual number.
func TestMain(m *testing.M) { os.Exit(rapidtest.RunFewer(m, 2)) }

// sharedEngine is warm for all tests but the first: a first compile costs as much as ten
// later ones.
var sharedEngine = sync.OnceValue(func() *compile.Engine {
	engine := compile.Embedded()
	engine.ExpectMany()
	return engine
})

// servers returns each catalogued line, which is its newest patch, and its oldest patch.
var servers = sync.OnceValue(func() []string {
	known, err := sharedEngine().Versions()
	if err != nil {
		panic(err)
	}
	all := slices.Clone(known.TemporalServers)
	for _, line := range known.TemporalServers {
		all = append(all, known.TemporalPatches[line][0])
	}
	return all
})

// overrides that any adopter might write, each within its range
var topologies = map[string]*rapid.Generator[string]{
	"target_state_transitions_per_sec":     number(1, 20000),
	"target_workflow_completion_rate":      number(1, 5000),
	"max_e2e_workflow_latency_ms":          number(10, 60000),
	"history.replicas":                     number(1, 60),
	"matching.replicas":                    number(1, 40),
	"frontend.replicas":                    number(1, 40),
	"worker.replicas":                      number(1, 10),
	"sdk.worker_count":                     number(1, 200),
	"matching.numTaskqueueReadPartitions":  number(1, 200),
	"matching.numTaskqueueWritePartitions": number(1, 200),
	"deployment.rolling_surge":             number(0, 100),
	"visibility.store":                     rapid.SampledFrom([]string{"opensearch", "elasticsearch", "postgres", "mysql"}),
	"history.shards":                       rapid.SampledFrom([]string{"512", "1024", "4096", "16384"}),
	"workload.typical_workflow_runtime":    rapid.SampledFrom([]string{"500ms", "2s", "5m", "36h"}),
}

func number(low, high int) *rapid.Generator[string] {
	return rapid.Map(rapid.IntRange(low, high), func(n int) string { return fmt.Sprint(n) })
}

type drawn struct {
	compile.Request
	given map[string]string
}

func draw(t *rapid.T, e *compile.Engine) drawn {
	d := drawn{given: map[string]string{}}
	d.Preset = rapid.SampledFrom(presets).Draw(t, "preset")
	d.Modifier = rapid.SampledFrom(modifiers).Draw(t, "modifier")
	d.TemporalVersion = rapid.SampledFrom(servers()).Draw(t, "server")
	d.PluginVersion = rapid.SampledFrom(plugins).Draw(t, "plugin")
	d.SDKs, d.Platforms = []string{}, []string{}
	keys := make([]string, 0, len(topologies))
	for k := range topologies {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 0, 4, rapid.ID).Draw(t, "overridden") {
		d.given[k] = topologies[k].Draw(t, k)
		o, err := e.ParseOverride(k + "=" + d.given[k])
		if err != nil {
			t.Fatal(err)
		}
		d.Overrides = append(d.Overrides, o)
	}
	return d
}

// drawServices gives single services values of their own, now and then.
func (d *drawn) drawServices(t *rapid.T) {
	if rapid.IntRange(0, 3).Draw(t, "have services their own values") > 0 {
		return
	}
	values := map[string]*rapid.Generator[any]{
		"persistence.maxConns":        rapid.IntRange(1, 900).AsAny(),
		"dsql.reservoir_enabled":      rapid.Bool().AsAny(),
		"dsql.reservoir_target_ready": rapid.IntRange(0, 900).AsAny(),
		"dsql.connection_rate_limit":  rapid.IntRange(1, 100).AsAny(),
	}
	keys := slices.Sorted(maps.Keys(values))
	services := []string{"history", "matching", "frontend", "worker"}
	for _, service := range rapid.SliceOfNDistinct(rapid.SampledFrom(services), 1, 4, rapid.ID).Draw(t, "services") {
		for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 1, 3, rapid.ID).Draw(t, service) {
			d.SetServiceValue(service, key, values[key].Draw(t, key))
		}
	}
}

// compiled are random requests with all files of their results, for properties of any result. Modes of the plugin are
// switched on and off.
var compiled = rapidtest.NewPool(rapid.Custom(func(t *rapid.T) drawn {
	e := sharedEngine()
	d := draw(t, e)
	d.SDKs, d.Platforms = nil, nil
	for _, key := range modeSwitches {
		value := rapid.SampledFrom([]string{"", "true", "false"}).Draw(t, key)
		if value == "" || key == "dsql.token_bucket_enabled" && d.PluginVersion == "1" {
			continue
		}
		d.give(t, e, key, value)
	}
	return d
}), func(d drawn) (*artefact.Result, error) {
	out, err := sharedEngine().Compile(d.Request)
	if err == nil && len(out.Violations) > 0 {
		err = fmt.Errorf("violations: %+v", out.Violations)
	}
	return out, err
})

func mustCompile(t *rapid.T, e *compile.Engine, r compile.Request) *artefact.Result {
	out, err := e.Compile(r)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Violations) > 0 {
		t.Fatalf("violations: %+v", out.Violations)
	}
	return out
}

// checkCompiles checks a property of any compile.
func checkCompiles(t *testing.T, check func(t *rapid.T, d drawn, out *artefact.Result)) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		d, out := compiled.Draw(t, "request")
		check(t, d, out)
	})
}

// knownParameters returns the registry.
func knownParameters(t *testing.T) []registry.Parameter {
	t.Helper()
	known, err := sharedEngine().Parameters()
	if err != nil {
		t.Fatal(err)
	}
	return known
}

func paramsByKey(out *artefact.Result) map[string]artefact.ResolvedParameter {
	params := map[string]artefact.ResolvedParameter{}
	for _, p := range out.Profile.Params() {
		params[p.Key] = p
	}
	return params
}

// P1: each parameter is in one list, that of its classification.
func TestClassificationIsUnique_P1(t *testing.T) {
	byKey := map[string]registry.Parameter{}
	for _, p := range knownParameters(t) {
		byKey[p.Key] = p
	}
	checkCompiles(t, func(t *rapid.T, _ drawn, out *artefact.Result) {
		seen := map[string]bool{}
		for _, p := range out.Profile.Params() {
			if seen[p.Key] {
				t.Fatalf("%s is listed twice", p.Key)
			}
			seen[p.Key] = true
			if p.Classification != byKey[p.Key].Classification {
				t.Fatalf("%s is %s in the profile and %s in the registry", p.Key, p.Classification, byKey[p.Key].Classification)
			}
		}
	})
}

// P2: every parameter is resolved, and within the range of its own definition.
func TestEveryParameterIsResolvedInItsRange_P2(t *testing.T) {
	known := knownParameters(t)
	checkCompiles(t, func(t *rapid.T, _ drawn, out *artefact.Result) {
		params := paramsByKey(out)
		for _, p := range known {
			r, ok := params[p.Key]
			if !ok || r.Value == nil || r.Source == "" {
				t.Fatalf("%s is not resolved: %+v", p.Key, r)
			}
			if low, high, ok := bounds(p); ok && (measure(r.Value) < low || measure(r.Value) > high) {
				t.Fatalf("%s is %v, and takes %s", p.Key, r.Value, p.Allowed)
			}
		}
	})
}

// P3: few parameters are for the user to decide.
func TestFewParametersAreSurfaced_P3(t *testing.T) {
	checkCompiles(t, func(t *rapid.T, _ drawn, out *artefact.Result) {
		if n := len(out.Profile.SLOParams) + len(out.Profile.TopologyParams); n > 15 {
			t.Fatalf("%d parameters are surfaced", n)
		}
	})
}

// P4: the dynamic config is YAML, and has every dynamic-config parameter, except those that the trace says are not
// written. P30: the pinned server has each key, of
// that kind.
func TestDynamicConfigIsComplete_P4_P30(t *testing.T) {
	known, kinds := knownParameters(t), map[string]map[string]string{}
	for _, server := range servers() {
		keys, err := sharedEngine().Keys(server)
		if err != nil {
			t.Fatal(err)
		}
		kinds[server] = map[string]string{}
		for _, k := range keys {
			kinds[server][k.Key] = k.Kind
		}
	}
	checkCompiles(t, func(t *rapid.T, d drawn, out *artefact.Result) {
		params := paramsByKey(out)
		var dynamic map[string][]struct{ Value any }
		if err := yaml.Unmarshal([]byte(out.Files["dynamic_config.yaml"]), &dynamic); err != nil {
			t.Fatal(err)
		}
		unwritten := map[string]bool{}
		for _, tr := range out.Trace {
			last := tr.DerivationChain[len(tr.DerivationChain)-1]
			unwritten[tr.ParameterKey] = strings.HasPrefix(last, "not written: "+tr.ParameterKey+" ")
		}
		for _, p := range known {
			if p.DynamicConfig == "" {
				continue
			}
			entry, ok := dynamic[p.DynamicConfig]
			if unwritten[p.Key] {
				if ok {
					t.Fatalf("%s is %v in the dynamic config, and the trace says that it is not written", p.DynamicConfig, entry)
				}
				continue
			}
			if !ok || len(entry) != 1 || fmt.Sprint(entry[0].Value) != text(params[p.Key].Value) {
				t.Fatalf("%s is %v in the dynamic config, %v in the profile", p.DynamicConfig, entry, params[p.Key].Value)
			}
		}
		for key, entry := range dynamic {
			kind, ok := kinds[d.TemporalVersion][key]
			if !ok || !isKind(entry[0].Value, kind) {
				t.Fatalf("%s = %v is %q in Temporal %s", key, entry[0].Value, kind, d.TemporalVersion)
			}
		}
	})
}

// P5: an override in range is the final value.
func TestOverridesTakePrecedence_P5(t *testing.T) {
	checkCompiles(t, func(t *rapid.T, d drawn, out *artefact.Result) {
		params := paramsByKey(out)
		for k, want := range d.given {
			if got := params[k]; text(got.Value) != want || got.Source != "override" {
				t.Fatalf("%s was overridden with %s and is %+v", k, want, got)
			}
		}
	})
}

// P6: the reasons name the preset and every override.
func TestReasonsNamePresetAndOverrides_P6(t *testing.T) {
	checkCompiles(t, func(t *rapid.T, d drawn, out *artefact.Result) {
		why := out.Files["why.md"]
		for _, want := range append([]string{d.Preset, "## Safety values"}, keysOf(d.given)...) {
			if !strings.Contains(why, want) {
				t.Fatalf("why.md lacks %q", want)
			}
		}
	})
}

// P10: a config profile goes to JSON and to YAML and comes back equal.
func TestProfilesSurviveJSONAndYAML_P10(t *testing.T) {
	checkCompiles(t, func(t *rapid.T, _ drawn, out *artefact.Result) {
		var fromJSON, fromYAML artefact.Profile
		if err := json.Unmarshal([]byte(out.Files["profile.json"]), &fromJSON); err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal([]byte(out.Files["profile.yaml"]), &fromYAML); err != nil {
			t.Fatal(err)
		}
		if a, b := canonical(t, fromJSON), canonical(t, fromYAML); a != b {
			t.Fatalf("JSON and YAML differ:\n%s\n%s", a, b)
		}
		// and nothing of the file is lost on the way
		var file, typed any
		if err := json.Unmarshal([]byte(out.Files["profile.json"]), &file); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(canonical(t, fromJSON)), &typed); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(file, typed) {
			t.Fatalf("profile.json and its type differ:\n%v\n%v", file, typed)
		}
		again, err := yaml.Marshal(fromJSON)
		if err != nil {
			t.Fatal(err)
		}
		var back artefact.Profile
		if err := yaml.Unmarshal(again, &back); err != nil || canonical(t, back) != canonical(t, fromJSON) {
			t.Fatalf("a profile does not survive YAML (%v)", err)
		}
	})
}

// Each trace ends in the value that the profile has.
func TestTracesEndInTheProfile(t *testing.T) {
	checkCompiles(t, func(t *rapid.T, _ drawn, out *artefact.Result) {
		params := paramsByKey(out)
		if len(out.Trace) != len(out.Profile.Params()) {
			t.Fatalf("%d traces for %d parameters", len(out.Trace), len(out.Profile.Params()))
		}
		for _, tr := range out.Trace {
			p := params[tr.ParameterKey]
			if !reflect.DeepEqual(tr.FinalValue, p.Value) || tr.Source != p.Source || len(tr.DerivationChain) == 0 {
				t.Fatalf("the trace of %s does not end in %+v: %+v", p.Key, p, tr)
			}
		}
	})
}

// P27: a derived value is a function of the inputs that its trace names, and of nothing else.
func TestDerivedFollowsItsInputs_P27(t *testing.T) {
	seen := map[string]string{}
	rapid.Check(t, func(t *rapid.T) {
		_, out := compiled.Draw(t, "request")
		for _, tr := range out.Trace {
			if tr.Source != "derived" {
				continue
			}
			if len(tr.Inputs) == 0 || tr.Formula == "" {
				t.Fatalf("%s is derived from nothing", tr.ParameterKey)
			}
			inputs, err := json.Marshal(tr.Inputs)
			if err != nil {
				t.Fatal(err)
			}
			at := tr.ParameterKey + string(inputs)
			got := text(tr.FinalValue)
			if before, ok := seen[at]; ok && before != got {
				t.Fatalf("%s was %s and is %s with the same inputs %s", tr.ParameterKey, before, got, inputs)
			}
			seen[at] = got
		}
	})
}

// P9, R5.8: as many constraint violations are reported as there are wrong overrides.
func TestEveryViolationIsReported_P9(t *testing.T) {
	e := sharedEngine()
	wrong := map[string]string{
		"history.replicas=0":             "out_of_range",
		"history.shards=1000":            "out_of_range",
		"sdk.worker_count=several":       "wrong_type",
		"dsql.token_duration=soon":       "wrong_type",
		"visibility.store=dsql":          "out_of_range",
		"no.such.key=1":                  "unknown_parameter",
		"dsql.reservoir_enabled=1":       "wrong_type",
		"matching.rps=2.5":               "wrong_type",
		"dsql.max_conn_lifetime=61m":     "out_of_range",
		"persistence.maxConns=\"fifty\"": "wrong_type",
	}
	all := keysOf(wrong)
	rapid.Check(t, func(t *rapid.T) {
		r := compile.Request{Preset: rapid.SampledFrom(presets).Draw(t, "preset"), SDKs: []string{}, Platforms: []string{}}
		chosen := rapid.SliceOfNDistinct(rapid.SampledFrom(all), 1, len(all), rapid.ID).Draw(t, "wrong")
		want := []string{}
		for _, arg := range chosen {
			o, err := e.ParseOverride(arg)
			if err != nil {
				t.Fatal(err)
			}
			r.Overrides = append(r.Overrides, o)
			key, _, _ := strings.Cut(arg, "=")
			want = append(want, wrong[arg]+" "+key)
		}
		out, err := e.Compile(r)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, v := range out.Violations {
			got = append(got, v.RuleName+" "+strings.Join(v.ParameterKeys, " "))
			if v.Remedy == "" || v.Severity != "error" || v.Pos.IsZero() {
				t.Fatalf("incomplete: %+v", v)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			t.Fatalf("reported %v, want %v", got, want)
		}
		if out.Files != nil {
			t.Fatal("there are files in spite of violations")
		}
	})
}

// P7: every adapter renders validly named, non-empty files over every shipped preset and
// modifier.
func TestAdaptersRender_P7(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, out := compiled.Draw(t, "request")
		adapters := map[string]bool{}
		for _, s := range out.Snippets {
			adapters[s.Adapter] = true
			if strings.TrimSpace(s.Content) == "" || !strings.HasSuffix(s.Content, "\n") {
				t.Fatalf("%s of %s is empty or ends within a line", s.Filename, s.Adapter)
			}
			if s.Filename != path.Base(s.Filename) || strings.ContainsAny(s.Filename, ` \:`) {
				t.Fatalf("%s names a file %q", s.Adapter, s.Filename)
			}
			if strings.HasSuffix(s.Filename, ".json") && !json.Valid([]byte(s.Content)) {
				t.Fatalf("%s is no JSON:\n%s", s.Filename, s.Content)
			}
			if strings.Contains(s.Content, "_|_") || strings.Contains(s.Content, "%!") {
				t.Fatalf("%s has a hole in it:\n%s", s.Filename, s.Content)
			}
		}
		if len(adapters) != 9 {
			t.Fatalf("%d adapters rendered: %v", len(adapters), adapters)
		}
		if _, err := parser.ParseFile(
			token.NewFileSet(),
			"worker_options.go",
			out.Files["worker_options.go"],
			parser.AllErrors,
		); err != nil {
			t.Fatal(err)
		}
	})
}

// R3.6: a modifier never takes a topology parameter under what the SLO needs.
func TestModifierKeepsTheFloor(t *testing.T) {
	e := sharedEngine()
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.IntRange(1, 20000).Draw(t, "rate")
		o, err := e.ParseOverride(fmt.Sprintf("target_state_transitions_per_sec=%d", rate))
		if err != nil {
			t.Fatal(err)
		}
		out, err := e.Resolve(compile.Request{
			Preset: rapid.SampledFrom(presets).
				Draw(t, "preset"),
			Modifier:  rapid.SampledFrom([]string{"simple-crud", "long-running"}).Draw(t, "modifier"),
			Overrides: []compile.Override{o},
		})
		if err != nil || len(out.Violations) > 0 {
			t.Fatal(err, out)
		}
		need := math.Ceil(
			float64(rate) * out.Profile.Margins["dispatches_per_transition"] / out.Profile.Margins["dispatches_per_partition"],
		)
		for _, p := range out.Profile.TopologyParams {
			if strings.HasSuffix(p.Key, "Partitions") && p.Value.(float64) < need {
				t.Fatalf("%s is %v, and %d st/s need %v", p.Key, p.Value, rate, need)
			}
		}
	})
}

// P5 for the whole catalogue: an override may name any key of the pinned server.
func TestAnyCatalogueKey_P5(t *testing.T) {
	e := sharedEngine()
	keys := map[string][]registry.Key{}
	for _, v := range servers() {
		all, err := e.Keys(v)
		if err != nil {
			t.Fatal(err)
		}
		keys[v] = all
	}
	values := map[string]string{
		"int":      "7",
		"float":    "0.25",
		"bool":     "true",
		"string":   "text",
		"duration": "90s",
		"list":     `["a"]`,
		"map":      `{"a":1}`,
		"struct":   `{}`,
	}
	rapid.Check(t, func(t *rapid.T) {
		version := rapid.SampledFrom(servers()).Draw(t, "server")
		key := rapid.SampledFrom(keys[version]).Filter(func(k registry.Key) bool { return !k.Curated }).Draw(t, "key")
		spelled := key.Key
		if rapid.Bool().Draw(t, "upper") {
			spelled = strings.ToUpper(spelled)
		}
		o, err := e.ParseOverride(spelled + "=" + values[key.Kind])
		if err != nil {
			t.Fatal(err)
		}
		out := mustCompile(
			t,
			e,
			compile.Request{
				Preset:          "starter",
				TemporalVersion: version,
				Overrides:       []compile.Override{o},
				SDKs:            []string{},
				Platforms:       []string{},
			},
		)
		var dynamic map[string][]struct{ Value any }
		if err := yaml.Unmarshal([]byte(out.Files["dynamic_config.yaml"]), &dynamic); err != nil {
			t.Fatal(err)
		}
		if len(dynamic[key.Key]) != 1 {
			t.Fatalf("%s is not in the dynamic config", key.Key)
		}
		if key.Classification != "tuning" {
			t.Fatalf("P1: %s is %q", key.Key, key.Classification)
		}
	})
}

// No number of the server's has a meaning below zero, and none of them is without an end. 0 stops what the schema says
// that it stops, and nothing else.
func TestNumbersOfTheCatalogueEnd(t *testing.T) {
	e := sharedEngine()
	keys, err := e.Keys("1.32")
	if err != nil {
		t.Fatal(err)
	}
	type blocking struct {
		Keys     []string
		Unless   string
		Optional bool
	}
	table, err := cuemod.WithEvaluator(e.Module, func(e *cuemod.Evaluator) ([]blocking, error) {
		return cuemod.Table[[]blocking](e, "blockingKeys")
	})
	if err != nil {
		t.Fatal(err)
	}
	atZero := map[string]string{}
	for _, b := range table {
		isUnset := !slices.ContainsFunc(keys, func(k registry.Key) bool { return k.Key == b.Unless && fmt.Sprint(k.Default) != "0" })
		for _, key := range b.Keys {
			if isUnset && !b.Optional {
				atZero[key] = "blocking_value"
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SampledFrom(keys).Filter(func(k registry.Key) bool {
			return !k.Curated && slices.Contains([]string{"int", "float", "duration"}, k.Kind)
		}).Draw(t, "key")
		given := map[string]string{
			"int":      fmt.Sprint(rapid.IntMin(1).Draw(t, "n")),
			"float":    fmt.Sprint(rapid.Float64Range(1e-6, 1e6).Draw(t, "x")),
			"duration": time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "d")).String(),
		}[key.Kind]
		for text, want := range map[string]string{
			given: "", "0": atZero[key.Key], "-" + given: "negative_value", "92233720368547758080": "out_of_range",
		} {
			switch {
			case key.Kind == "duration" && text == "0":
				text = "0s"
			case key.Kind != "int" && want == "out_of_range":
				continue
			}
			o, err := e.ParseOverride(key.Key + "=" + text)
			if err != nil {
				t.Fatal(err)
			}
			out, err := e.Resolve(compile.Request{Preset: "starter", TemporalVersion: "1.32", Overrides: []compile.Override{o}})
			if err != nil {
				t.Fatal(err)
			}
			if got := rulesOf(out.Violations); got != want {
				t.Errorf("%s = %s: %q, not %q", key.Key, text, got, want)
			}
		}
	})
}

// Some names and texts would add lines to an env file, or be invalid on ECS.
func TestNamesThatArtefactsCanCarry(t *testing.T) {
	e := sharedEngine()
	for name, want := range map[string]string{
		"payments": "", "Payments_2-eu": "", "9": "", strings.Repeat("a", 64): "",
		strings.Repeat("a", 65): "invalid_name", "a\nEVIL=1": "invalid_name", "../x": "invalid_name",
		"a b": "invalid_name", "*/": "invalid_name", "-x": "invalid_name", "é": "invalid_name",
	} {
		out, err := e.Resolve(compile.Request{Preset: "starter", Name: name})
		if err != nil {
			t.Fatal(err)
		}
		if got := rulesOf(out.Violations); got != want {
			t.Errorf("name %q: %q, not %q", name, got, want)
		}
	}
	for table, want := range map[string]string{
		"": "", "leases.eu-1_a": "", "ab": "out_of_range", "a b c": "out_of_range", "abc\nEVIL=1": "out_of_range",
		"abc\n": "out_of_range",
	} {
		for _, key := range []string{"dsql.conn_lease_table", "dsql.distributed_rate_limiter_table"} {
			o, err := e.ParseOverride(key + "=" + table)
			if err != nil {
				t.Fatal(err)
			}
			out, err := e.Resolve(compile.Request{Preset: "starter", Overrides: []compile.Override{o}})
			if err != nil {
				t.Fatal(err)
			}
			if got := rulesOf(out.Violations); got != want {
				t.Errorf("%s = %q: %q, not %q", key, table, got, want)
			}
		}
	}
}

func rulesOf(violations []artefact.Violation) string {
	var names []string
	for _, v := range violations {
		names = append(names, v.RuleName)
	}
	return strings.Join(names, " ")
}

func keysOf(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	data, _ := json.Marshal(v)
	return string(data)
}

func canonical(t *rapid.T, p artefact.Profile) string {
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// bounds of a parameter that has them, durations in seconds.
func bounds(p registry.Parameter) (low, high float64, ok bool) {
	if p.Min == nil || p.Max == nil {
		return 0, 0, false
	}
	return measure(p.Min), measure(p.Max), true
}

func measure(v any) float64 {
	switch v := v.(type) {
	case string:
		d, err := time.ParseDuration(v)
		if err != nil {
			return math.NaN()
		}
		return d.Seconds()
	case float64:
		return v
	case int:
		return float64(v)
	case int64:
		return float64(v)
	}
	return math.NaN()
}

// isKind reports whether the server accepts a YAML value for a kind.
func isKind(v any, kind string) bool {
	switch v := v.(type) {
	case int:
		return kind == "int" || kind == "float"
	case float64:
		return kind == "float"
	case bool:
		return kind == "bool"
	case string:
		_, err := time.ParseDuration(v)
		return kind == "string" || kind == "duration" && err == nil
	}
	return false
}
