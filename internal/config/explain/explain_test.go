package explain_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	dsql "github.com/temporal-dsql/temporal-dsql"
	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/check"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/explain"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
)

// A world is all that explanations are made from.
type world struct {
	*compile.Engine
	explain.Reference
	presets   []registry.Preset
	versions  registry.Versions
	catalogue []registry.Key
	judge     *policy.Rules
}

// theWorld is the one that tests share, since loading it takes long; otherWorld has another engine.
var theWorld, otherWorld = sync.OnceValues(loadWorld), sync.OnceValues(loadWorld)

func sharedWorld(t interface{ Fatal(...any) }) world { return getWorld(t, theWorld) }

func getWorld(t interface{ Fatal(...any) }, load func() (world, error)) world {
	w, err := load()
	rapidtest.FailOnError(t, err)
	return w
}

func loadWorld() (w world, err error) {
	w.Engine = compile.Embedded()
	w.ExpectMany()
	get := func(read func() error) {
		if err == nil {
			err = read()
		}
	}
	get(func() (err error) { w.Reference.Registry, err = w.Parameters(); return err })
	get(func() (err error) { w.presets, err = w.Presets(); return err })
	get(func() (err error) { w.Modifiers, err = w.Engine.Modifiers(); return err })
	get(func() (err error) { w.versions, err = w.Versions(); return err })
	get(func() (err error) { w.catalogue, err = w.Keys(""); return err })
	get(func() (err error) { w.Metrics, err = w.Engine.Metrics(); return err })
	get(func() (err error) { w.Quotas, w.Margins, err = w.Limits(); return err })
	get(func() (err error) { w.Rules, err = policy.DescribeGuardRails(dsql.Files, ""); return err })
	get(func() (err error) {
		w.judge, err = policy.PrepareGuardRails(context.Background(), dsql.Files)
		return err
	})
	return w, err
}

// draw draws what a user may ask for: a preset, a modifier, versions, overrides.
func (w world) draw(t *rapid.T) compile.Request {
	r := compile.Request{
		Preset:          rapid.SampledFrom(w.presets).Draw(t, "preset").Name,
		TemporalVersion: rapid.SampledFrom(w.versions.TemporalServers).Draw(t, "server"),
		PluginVersion:   rapid.SampledFrom(w.versions.PluginGenerations).Draw(t, "plugin"),
		SDKs:            []string{}, Platforms: []string{},
	}
	if m := rapid.IntRange(-1, len(w.Modifiers)-1).Draw(t, "modifier"); m >= 0 {
		r.Modifier = w.Modifiers[m].Name
	}
	for _, o := range rapid.SliceOfNDistinct(rapid.SampledFrom(overrides), 0, 4, keyOf).Draw(t, "overrides") {
		given, err := w.ParseOverride(o)
		rapidtest.FailOnError(t, err)
		r.Overrides = append(r.Overrides, given)
	}
	return r
}

// evaluation holds what explanations of a request are made from.
type evaluation struct {
	explanation *compile.Explanation
	resolved    *artefact.Result
	fired       []policy.Finding
	bare        *artefact.Result // of the request without its overrides
	// anew evaluates the request again, in another world
	anew func() (evaluation, error)
}

func (w world) evaluate(req compile.Request) (e evaluation, err error) {
	if e.explanation, err = w.Explain(req); err != nil {
		return e, err
	}
	if e.resolved, err = w.Resolve(req); err != nil {
		return e, err
	}
	bare := req
	bare.Overrides = nil
	if e.bare, err = w.Resolve(bare); err != nil {
		return e, err
	}
	e.fired, err = w.judge.Evaluate(context.Background(), e.explanation.JSON)
	return e, err
}

// requests holds the requests that all properties choose from: an account takes as long as several compiles.
var requests = rapidtest.NewPool(rapid.Custom(func(t *rapid.T) compile.Request {
	return sharedWorld(t).draw(t)
}), func(req compile.Request) (evaluation, error) {
	w, err := theWorld()
	if err != nil {
		return evaluation{}, err
	}
	e, err := w.evaluate(req)
	e.anew = sync.OnceValues(func() (evaluation, error) {
		other, err := otherWorld()
		if err != nil {
			return evaluation{}, err
		}
		return other.evaluate(req)
	})
	return e, err
})

func keyOf(override string) string {
	key, _, _ := strings.Cut(override, "=")
	return key
}

var overrides = []string{
	"target_state_transitions_per_sec=90", "target_state_transitions_per_sec=4000", "history.replicas=3", "history.replicas=30",
	"history.shards=2048", "sdk.worker_count=3", "visibility.store=postgres", "matching.numTaskqueueReadPartitions=24",
	"persistence.maxConns=40", "persistence.maxIdleConns=3", "dsql.reservoir_enabled=true", "dsql.reservoir_lifetime_jitter=9m",
	"limit.blobSize.error=500000", "dsql.connection_rate_limit=50", "frontend.keepAliveMinTime=30s", "FRONTEND.rps=3333",
	"workload.typical_workflow_runtime=36h", "system.enableActivityEagerExecution=true", "deployment.rolling_surge=0",
}

// A page is an explanation as text.
type page interface {
	Text(w io.Writer, style report.Style)
}

func textOf(p page) string {
	var out bytes.Buffer
	p.Text(&out, report.Style{})
	return out.String()
}

func jsonOf(t interface{ Fatal(...any) }, doc any) string {
	var out bytes.Buffer
	rapidtest.FailOnError(t, report.Encode(&out, "json", doc))
	return out.String()
}

// P22: a key is explained in full: what it is, what it takes, its value and
// layer, and for a derived one the formula with numbers that give the value.
func TestP22KeyIsExplainedInFull(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	keys := make([]string, 0, len(w.Reference.Registry)+len(w.catalogue))
	for _, p := range w.Reference.Registry {
		keys = append(keys, p.Key)
	}
	curated := len(keys)
	for _, k := range w.catalogue {
		keys = append(keys, k.Key)
	}
	rapid.Check(t, func(t *rapid.T) {
		req, of := requests.Draw(t, "request")
		explanation := of.explanation
		values, traces := of.resolved.Profile.Values(), map[string]artefact.Trace{}
		for _, tr := range explanation.Trace {
			traces[tr.ParameterKey] = tr
		}
		// half of the keys from the registry, some in another case
		at := rapid.IntRange(0, curated-1)
		if rapid.Bool().Draw(t, "of the catalogue") {
			at = rapid.IntRange(curated, len(keys)-1)
		}
		key := keys[at.Draw(t, "key")]
		if rapid.Bool().Draw(t, "in capitals") {
			key = strings.ToUpper(key)
		}
		d, err := w.FindDefinition(key)
		rapidtest.FailOnError(t, err)
		k := explain.NewKey(d, explanation, w.Rules, req.Preset, "named")

		if !strings.EqualFold(k.Key, key) || k.Purpose == "" || k.Classification == "" || k.Kind == "" || k.Rationale == "" {
			t.Fatalf("%s is explained in part: %+v", key, k)
		}
		if k.Deployment.Preset != req.Preset || k.Deployment.Modifier != req.Modifier ||
			k.Deployment.TemporalVersion != req.TemporalVersion {
			t.Fatalf("%s is explained in %+v", key, k.Deployment)
		}
		if value, ok := values[k.Key]; ok {
			tr := traces[k.Key]
			if jsonOf(t, k.Value) != jsonOf(t, value) || k.Source != tr.Source || !slices.Equal(k.Chain, tr.DerivationChain) {
				t.Fatalf("%s is %v by %s, and a compile makes it %v by %s", key, k.Value, k.Source, value, tr.Source)
			}
			if (k.Source == "derived") != (tr.Formula != "") {
				t.Fatalf("%s has the formula %q", key, tr.Formula)
			}
			if k.Source == "derived" {
				p22Formula(t, k, tr, values)
			}
			if k.Source == "override" && jsonOf(t, k.Before) != jsonOf(t, tr.BaseValue) {
				t.Fatalf("%s was %v before, not %v", key, tr.BaseValue, k.Before)
			}
		} else if d.Parameter != nil {
			t.Fatalf("%s is a parameter without a value", key)
		}
		for _, p := range w.Reference.Registry {
			if p.Key != k.Key {
				continue
			}
			if k.Allowed != p.Allowed || k.Change != p.Change || !slices.Equal(k.ActsOn, p.ActsOn) ||
				k.Read.DynamicConfig+k.Read.Static+k.Read.Deployment == "" && len(k.Read.Environment)+len(k.Read.SDK) == 0 {
				t.Fatalf("%s is not as the registry has it: %+v", key, k)
			}
			for _, r := range w.Rules {
				if r.Reads(p.Key) != slices.ContainsFunc(k.GuardRails, func(x explain.RuleRef) bool { return x.Name == r.Name }) {
					t.Fatalf("%s: whether %s reads it", key, r.Name)
				}
			}
		}
		for _, row := range w.catalogue {
			if row.Key == k.Key {
				p22Server(t, k, row, w.versions)
			}
		}
	})
}

// p22Formula: each input has the value that the trace has, and is what it says.
func p22Formula(t *rapid.T, k explain.Key, tr artefact.Trace, values map[string]any) {
	d := k.Derivation
	if d == nil || d.Formula != tr.Formula || jsonOf(t, d.Value) != jsonOf(t, k.Value) || len(d.Inputs) != len(tr.Inputs) {
		t.Fatalf("the formula of %s is not that of the trace: %+v, %+v", k.Key, d, tr)
	}
	all := slices.Clone(d.Inputs)
	quantities := map[string]any{}
	for _, q := range k.Quantities {
		quantities[q.Name] = q.Value
		all = append(all, q.Inputs...)
	}
	for _, in := range d.Inputs {
		if jsonOf(t, in.Value) != jsonOf(t, tr.Inputs[in.Name]) {
			t.Fatalf("%s: %s is %v, and %v in the trace", k.Key, in.Name, in.Value, tr.Inputs[in.Name])
		}
	}
	for _, in := range all {
		switch in.Kind {
		case compile.InputParameter:
			if jsonOf(t, values[in.RefersTo]) != jsonOf(t, in.Value) || in.Layer == "" {
				t.Fatalf("%s: %s is said to be %s, which is %v and not %v", k.Key, in.Name, in.RefersTo, values[in.RefersTo], in.Value)
			}
		case compile.InputNeed:
			if jsonOf(t, quantities[in.RefersTo]) != jsonOf(t, in.Value) {
				t.Fatalf("%s: %s is said to be %s, which is %v and not %v", k.Key, in.Name, in.RefersTo, quantities[in.RefersTo], in.Value)
			}
		case compile.InputQuota:
			if in.Source == "" || in.AsOf == "" || in.Unit == "" {
				t.Fatalf("%s: quota %s has no source or date", k.Key, in.RefersTo)
			}
		case compile.InputMargin:
			if in.Source == "" || in.Unit == "" {
				t.Fatalf("%s: margin %s has no source", k.Key, in.RefersTo)
			}
		case compile.InputChoice, compile.InputServerDefault, compile.InputPlugin, compile.InputWorkload, compile.InputDatabase,
			compile.InputMeasurement:
			if in.RefersTo == "" {
				t.Fatalf("%s: %s is nothing's", k.Key, in.Name)
			}
		default:
			t.Fatalf("%s: nobody knows what %s is", k.Key, in.Name)
		}
	}
}

func p22Server(t *rapid.T, k explain.Key, row registry.Key, versions registry.Versions) {
	servers := versions.TemporalServers
	if k.Server == nil || k.Server.Precedence != row.Precedence || len(k.Server.History) != len(servers) {
		t.Fatalf("%s: what the server knows is missing: %+v", k.Key, k.Server)
	}
	for i, h := range k.Server.History {
		if h.Version != servers[i] || h.Has != slices.Contains(row.Versions, h.Version) {
			t.Fatalf("%s: whether Temporal %s has it", k.Key, servers[i])
		}
		release, _ := versions.Release(h.Version)
		then := row.AsOf(release)
		if h.Has &&
			(jsonOf(t, h.Default) != jsonOf(t, then.Default) || h.Expr != then.Expr || h.Kind != then.Kind ||
				len(h.Constrained) != len(then.Constrained)) {
			t.Fatalf("%s: Temporal %s has %+v, not %+v", k.Key, h.Version, then, h)
		}
	}
}

// What depends on a key is exactly what a change of it can change.
func TestDependentsAreWhatChanges_P22(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		req, of := requests.Draw(t, "request")
		o := rapid.SampledFrom(overrides).Draw(t, "change")
		given, err := w.ParseOverride(o)
		rapidtest.FailOnError(t, err)
		d, err := w.FindDefinition(given.Key)
		rapidtest.FailOnError(t, err)
		before := of.explanation
		k := explain.NewKey(d, before, nil, req.Preset, "named")
		req.Overrides = append(slices.Clone(req.Overrides), given)
		after, err := w.Resolve(req)
		rapidtest.FailOnError(t, err)
		was, is := before.Profile.Values(), after.Profile.Values()
		if len(is) < len(was) {
			t.Fatalf("%d values before, and %d after", len(was), len(is))
		}
		for key, value := range is {
			if key == k.Key || jsonOf(t, was[key]) == jsonOf(t, value) {
				continue
			}
			if !slices.ContainsFunc(k.Dependents, func(x explain.Dependent) bool { return x.Key == key && x.Changes }) {
				t.Fatalf("%s changes %s from %v to %v, and is not said to", o, key, was[key], value)
			}
		}
	})
}

// P23: a preset is explained in full: every parameter under its classification,
// the chain that ends in its value, and what is promised.
func TestP23PresetIsExplainedInFull(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		req, of := requests.Draw(t, "request")
		explanation := of.explanation
		p := explain.NewPreset(explanation, w.Reference)
		values := explanation.Profile.Values()
		groups := map[string][]explain.Value{"slo": p.SLO, "topology": p.Topology, "safety": p.Locked, "tuning": p.Tuning}
		for _, b := range p.Promises {
			if b.Unit == "" || b.Doc == "" || b.Lower == nil && b.Upper == nil || b.Because == "" || b.Source == "" {
				t.Fatalf("a promise in part: %+v", b)
			}
		}
		if p.Summary == "" || len(p.Promises) == 0 || len(p.Choices) == 0 || p.Deployment.Preset != req.Preset ||
			(p.Modifier == "") != (req.Modifier == "") {
			t.Fatalf("%+v is explained in part", p.Deployment)
		}
		for _, x := range w.Reference.Registry {
			at := slices.IndexFunc(groups[x.Classification], func(v explain.Value) bool { return v.Key == x.Key })
			if at < 0 {
				t.Fatalf("%s is missing", x.Key)
			}
			v := groups[x.Classification][at]
			if jsonOf(t, v.Value) != jsonOf(t, values[x.Key]) || v.Rationale != x.Rationale || v.Purpose != x.Doc || len(v.Chain) == 0 ||
				(v.Source == "derived") && v.Derivation == nil {
				t.Fatalf("%s is explained in part: %+v", x.Key, v)
			}
		}
		// each quantity comes after those that it needs
		seen := map[string]bool{}
		for _, q := range p.Quantities {
			for _, in := range q.Inputs {
				if in.Kind == compile.InputNeed && !seen[in.RefersTo] {
					t.Fatalf("%s comes before %s", q.Name, in.RefersTo)
				}
			}
			seen[q.Name] = true
		}
		if len(seen) != len(explanation.Needs) {
			t.Fatalf("%d of %d quantities", len(seen), len(explanation.Needs))
		}
	})
}

// P24: a profile is explained in full: overrides with before and after, the
// guard rails that fired, the chain of each value that is no default.
func TestP24ProfileIsExplainedInFull(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		req, of := requests.Draw(t, "request")
		explanation, fired := of.explanation, slices.Clone(of.fired)
		for _, v := range explanation.Violations {
			fired = append(fired, check.ViolationFinding(v))
		}
		p := explain.NewProfile(explanation, w.Reference.Registry, fired, "here", "named")
		if p.Deployment.Preset != req.Preset || p.Deployment.Modifier != req.Modifier || len(p.Missing) > 0 ||
			len(p.Findings) != len(fired) {
			t.Fatalf("explained in part: %+v", p.Deployment)
		}
		accepted := 0
		for _, r := range explanation.Profile.Params() {
			if r.Source == "override" {
				accepted++
			}
			if shown := slices.ContainsFunc(
				p.Values,
				func(v explain.TracedValue) bool { return v.Key == r.Key && len(v.Chain) > 0 },
			); shown == (r.Source == "default") {
				t.Fatalf("whether %s (%s) is shown", r.Key, r.Source)
			}
		}
		if len(p.Overrides) != accepted {
			t.Fatalf("%d of %d overrides are shown", len(p.Overrides), accepted)
		}
		was := of.bare.Profile.Values()
		for _, o := range p.Overrides {
			if jsonOf(t, o.After) != jsonOf(t, explanation.Profile.Values()[o.Key]) {
				t.Fatalf("%s after: %v", o.Key, o.After)
			}
			// with one override alone, before is what the deployment has without it
			if before, ok := was[o.Key]; ok && len(p.Overrides) == 1 && jsonOf(t, before) != jsonOf(t, o.Before) {
				t.Fatalf("%s was %v before, not %v", o.Key, before, o.Before)
			}
		}
	})
}

// What a compile wrote is explained as the deployment that it came from.
func TestWrittenProfileIsExplainedAlike_P24(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	for _, m := range w.Modifiers {
		req := compile.Request{Preset: "mid-scale", Modifier: m.Name, SDKs: []string{}, Platforms: []string{}}
		given, err := w.ParseOverride("history.replicas=9")
		rapidtest.FailOnError(t, err)
		req.Overrides = append(req.Overrides, given)
		explanation, err := w.Explain(req)
		rapidtest.FailOnError(t, err)
		compiled, err := w.Compile(req)
		rapidtest.FailOnError(t, err)
		out := t.TempDir()
		_, err = compiled.WriteFolder(out, time.Unix(0, 0))
		rapidtest.FailOnError(t, err)
		written, err := artefact.LoadArtefacts(out)
		rapidtest.FailOnError(t, err)
		one := explain.NewProfile(explanation, w.Reference.Registry, nil, "here", "named")
		other := explain.NewProfile(
			&compile.Explanation{Profile: written.Profile, Trace: written.Trace},
			w.Reference.Registry,
			nil,
			"here",
			"named",
		)
		if a, b := jsonOf(t, one), jsonOf(t, other); a != b {
			t.Errorf("with %s, what was written is explained otherwise:\n%s\n%s", m.Name, a, b)
		}
	}
}

// P25: the same question has the same answer, byte for byte.
// P26: text and JSON carry the same facts: each that is in the one is in the other.
func TestP25P26SameAnswerInBothForms(t *testing.T) {
	t.Parallel()
	w, other := sharedWorld(t), getWorld(t, otherWorld)
	rapid.Check(t, func(t *rapid.T) {
		req, of := requests.Draw(t, "request")
		anew, err := of.anew()
		rapidtest.FailOnError(t, err)
		key := rapid.SampledFrom(w.Reference.Registry).Draw(t, "parameter").Key
		if rapid.Bool().Draw(t, "of the catalogue") {
			key = rapid.SampledFrom(w.catalogue).Draw(t, "key").Key
		}
		rule := rapid.SampledFrom(w.Rules).Draw(t, "rule").Name
		ask := func(w world, of evaluation) []page {
			d, err := w.FindDefinition(key)
			rapidtest.FailOnError(t, err)
			at := slices.IndexFunc(w.Rules, func(r policy.Description) bool { return r.Name == rule })
			return []page{
				explain.NewKey(d, of.explanation, w.Rules, req.Preset, "named"),
				explain.NewPreset(of.explanation, w.Reference),
				explain.NewProfile(of.explanation, w.Reference.Registry, of.fired, "here", "named"),
				explain.NewRule("guard rail", w.Rules[at], w.Reference.Registry, w.Quotas, w.Margins),
			}
		}
		again := ask(other, anew)
		for i, doc := range ask(w, of) {
			text, data := textOf(doc), jsonOf(t, doc)
			if text != textOf(again[i]) || data != jsonOf(t, again[i]) {
				t.Fatalf("P25: asked twice, %T differs", doc)
			}
			var facts map[string]any
			rapidtest.FailOnError(t, json.Unmarshal([]byte(data), &facts))
			delete(facts, "schema_version") // it is about the JSON
			plain := strings.Join(strings.Fields(text), " ")
			said := map[string]bool{}
			leaves(facts, func(fact string) {
				said[fact] = true
				if !strings.Contains(plain, strings.Join(strings.Fields(fact), " ")) {
					t.Fatalf("P26: %T: the text lacks %q:\n%s", doc, fact, text)
				}
			})
			all := strings.Join(slices.Sorted(maps.Keys(said)), " ") + data
			for _, name := range names.FindAllString(text, -1) {
				if !strings.Contains(all, name) {
					t.Fatalf("P26: %T: the JSON lacks %q:\n%s", doc, name, data)
				}
			}
		}
	})
}

// names are what a text may not make up: keys, variables, numbers.
var names = regexp.MustCompile(`[A-Za-z]+(?:[._][A-Za-z0-9]+)+|\d+(?:\.\d+)?`)

// leaves visits the facts of a document: strings and numbers, and the names
// of the fields of maps. Switches only affect the wording.
func leaves(v any, visit func(string)) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			leaves(v[k], visit)
		}
	case []any:
		for _, x := range v {
			leaves(x, visit)
		}
	case string:
		if v != "" {
			visit(v)
		}
	case float64:
		data, _ := json.Marshal(v)
		visit(string(data))
	}
}

// Rules and constraints all have something to say.
func TestEveryRuleIsExplained(t *testing.T) {
	w := sharedWorld(t)
	constraints, err := w.Constraints()
	rapidtest.FailOnError(t, err)
	var all []explain.Rule
	for _, r := range w.Rules {
		all = append(all, explain.NewRule("guard rail", r, w.Reference.Registry, w.Quotas, w.Margins))
	}
	for name, c := range constraints {
		all = append(all, explain.NewConstraint(name, c))
	}
	for _, r := range all {
		if r.Title == "" || r.Rationale == "" || r.Remedy == "" || r.Severity == "" ||
			r.Kind == "guard rail" && (r.Computes == "" || len(r.Parameters) == 0) {
			t.Errorf("%s is explained in part: %+v", r.Name, r)
		}
		for _, p := range r.Parameters {
			if p.Purpose == "" {
				t.Errorf("%s reads %s, which nobody knows", r.Name, p.Key)
			}
		}
		for _, n := range r.Numbers {
			if n.Value == nil && n.Kind != "plan of the preset" && n.Kind != compile.InputNeed {
				t.Errorf("%s reads %s, which has no value", r.Name, n.Name)
			}
		}
	}
}

// Every constraint that a schema can violate is explained, what a gate finds too,
// and no other.
func TestEveryConstraintIsExplained(t *testing.T) {
	w := sharedWorld(t)
	constraints, err := w.Constraints()
	rapidtest.FailOnError(t, err)
	used := map[string]bool{}
	entries, err := dsql.Files.ReadDir("schema")
	rapidtest.FailOnError(t, err)
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		data, err := dsql.Files.ReadFile("schema/" + e.Name())
		rapidtest.FailOnError(t, err)
		for _, m := range regexp.MustCompile(`rule_name:\s*"([a-z_]+)"`).FindAllStringSubmatch(string(data), -1) {
			used[m[1]] = true
		}
	}
	// and what a gate and the readers of files find by themselves
	files, err := filepath.Glob("../gate/*.go")
	rapidtest.FailOnError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		rapidtest.FailOnError(t, err)
		pattern := `(?:RuleName: |rule: |cmp.Or\(.*, )"([a-z_]+)"`
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1) {
			used[m[1]] = true
		}
	}
	// and what the readers of a running configuration notice
	for name, pattern := range map[string]string{
		"../check/check.go":                  `RuleName: "([a-z_]+)"`,
		"../../running/deployed/deployed.go": `(?m)^\tRule\w+ *= "([a-z_]+)"`,
		"../../running/lint/clusters.go":     `newFinding\(linted, "([a-z_]+)"`,
		"../../running/lint/lint.go":         `newFinding\(linted, "([a-z_]+)"`,
		"../../running/lint/places.go":       `newFinding\(linted, "([a-z_]+)"`,
		"../../running/lint/stores.go":       `newFinding\(linted, "([a-z_]+)"`,
	} {
		text, err := os.ReadFile(name)
		rapidtest.FailOnError(t, err)
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1) {
			used[m[1]] = true
		}
	}
	if got, want := slices.Sorted(maps.Keys(constraints)), slices.Sorted(maps.Keys(used)); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("explained are %v, violated may be %v", got, want)
	}
}
