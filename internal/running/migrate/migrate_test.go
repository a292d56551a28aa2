package migrate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/config/scaffold"
	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configfile"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/migrate"
)

var (
	presets   = []string{"starter", "mid-scale", "high-throughput"}
	modifiers = []string{"", "simple-crud", "orchestrator", "batch-processor", "long-running"}
)

// the module that deployments are written into, and the engine of all tests
var (
	root   string
	engine *compile.Engine
)

// TestMain lays down the module, and removes it.
func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	var err error
	root, err = os.MkdirTemp("", "infra")
	must(err)
	defer func() { _ = os.RemoveAll(root) }()
	module, err := scaffold.NewModule("example.com/infra")
	must(err)
	must(os.Mkdir(filepath.Join(root, "cue.mod"), 0o755))
	must(os.WriteFile(filepath.Join(root, "cue.mod", "module.cue"), module, 0o644))
	engine, err = compile.New(root)
	must(err)
	engine.EvaluateWhole()
	// a case of a property takes several compiles
	return rapidtest.RunFewer(m, 8)
}

func readSettings(t rapid.TB, dir string, files map[string]deployed.Format) []deployed.Setting {
	t.Helper()
	var all []deployed.Setting
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for n := range files {
			if !yield(n) {
				return
			}
		}
	}) {
		f, err := configfile.Read(context.Background(), filepath.Join(dir, name), files[name])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f.Settings...)
	}
	return all
}

// compileDraft writes a draft into a folder and compiles it.
func compileDraft(t rapid.TB, e *compile.Engine, dir string, draft scaffold.Draft) *artefact.Result {
	t.Helper()
	text, err := scaffold.DraftCUE(e, draft)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "deployment.cue"), string(text))
	result, err := e.Compile(compile.Request{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func writeFile(t rapid.TB, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// What is implied to be redundant is exactly what can be left out: all of it at
// once changes no value, and leaving out any other override does.
func TestP12Redundant(t *testing.T) {
	e := engine
	known, err := e.Parameters()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]string{}
	for _, p := range known {
		kinds[p.Key] = p.Kind
	}
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		r := migrate.Request{
			Preset:   rapid.SampledFrom(presets).Draw(t, "preset"),
			Modifier: rapid.SampledFrom(modifiers).Draw(t, "modifier"),
			Temporal: rapid.SampledFrom([]string{"1.29", "1.32"}).
				Draw(t, "server"),
			Plugin: rapid.SampledFrom([]string{"1", "2"}).Draw(t, "plugin"),
		}
		base, err := e.Resolve(
			compile.Request{Preset: r.Preset, Modifier: r.Modifier, TemporalVersion: r.Temporal, PluginVersion: r.Plugin},
		)
		if err != nil {
			t.Fatal(err)
		}
		values := base.Profile.Values()
		env, dynamic := drawSettings(t, known, values)
		env += "TEMPORAL_SQL_USER=admin\n"
		dynamic += "history.shardUpdateMinInterval:\n- value: 5m\n"
		writeFile(t, filepath.Join(dir, "server.env"), env)
		writeFile(t, filepath.Join(dir, "dynamic.yaml"), dynamic)
		r.Settings = readSettings(t, dir, map[string]deployed.Format{"server.env": deployed.Env, "dynamic.yaml": deployed.DynamicConfig})

		translation, err := migrate.TranslateSettings(t.Context(), e, r)
		if err != nil {
			t.Fatal(err)
		}
		sorted, err := migrate.ClassifySettings(t.Context(), e, r)
		if err != nil {
			t.Fatal(err)
		}
		status := map[string]migrate.Status{}
		for _, i := range sorted.Items {
			if i.Status == migrate.Changed || i.Status == migrate.Redundant {
				status[i.Target] = i.Status
			}
		}
		without := func(dropped func(string) bool) map[string]any {
			q := translation.Request
			q.Overrides = slices.DeleteFunc(slices.Clone(q.Overrides), func(o compile.Override) bool { return dropped(o.Key) })
			out, err := e.Resolve(q)
			if err != nil {
				t.Fatal(err)
			}
			found := map[string]any{"history.shardUpdateMinInterval": "5m"} // the server's default
			for k, v := range out.Profile.Values() {
				found[k] = v
			}
			return found
		}
		same := func(a, b map[string]any) bool {
			for k := range a {
				if !registry.EqualValues(kinds[k], a[k], b[k]) {
					return false
				}
			}
			return len(a) == len(b)
		}
		all := without(func(string) bool { return false })
		if !same(all, without(func(k string) bool { return status[k] == migrate.Redundant })) {
			t.Errorf("leaving out all that is redundant changes something:\n%+v", sorted.Items)
		}
		for key, s := range status {
			if changes := !same(all, without(func(k string) bool { return k == key })); changes != (s == migrate.Changed) {
				t.Errorf("%s is %s; leaving it out changes something: %v", key, s, changes)
			}
		}
		for _, o := range translation.Request.Overrides {
			if status[o.Key] == "" {
				t.Errorf("%s is an override without an item", o.Key)
			}
		}
	})
}

// drawn are an environment and a dynamic config that set a few parameters, to what
// they would be anyway or to something else.
func drawSettings(t *rapid.T, known []registry.Parameter, values map[string]any) (env, dynamic string) {
	dynamic = "# what runs\n"
	for _, p := range rapid.SliceOfNDistinct(
		rapid.SampledFrom(known), 1, 5, func(p registry.Parameter) string { return p.Key },
	).Draw(t, "parameters") {
		value := values[p.Key]
		if rapid.Bool().Draw(t, "another "+p.Key) {
			value = drawOther(t, p, value)
		}
		for _, v := range p.Env {
			env += fmt.Sprintf("%s=%v\n", v.Name, value)
		}
		if p.DynamicConfig != "" {
			text, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			dynamic += fmt.Sprintf("%s:\n- value: %s\n", p.DynamicConfig, text)
		}
	}
	return env, dynamic
}

// another is a value that a parameter takes, most often not the one that it has.
func drawOther(t *rapid.T, p registry.Parameter, value any) any {
	switch p.Kind {
	case "bool":
		return rapid.Bool().Draw(t, p.Key)
	case "duration":
		low, err1 := time.ParseDuration(fmt.Sprint(p.Min))
		high, err2 := time.ParseDuration(fmt.Sprint(p.Max))
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		return time.Duration(rapid.Int64Range(int64(low/time.Millisecond), int64(high/time.Millisecond)).
			Draw(t, p.Key) * int64(time.Millisecond)).
			String()
	case "int", "float":
		low, lowOk := p.Min.(int)
		high, highOk := p.Max.(int)
		if !lowOk || !highOk {
			return value
		}
		if strings.Contains(p.Allowed, "power of two") {
			return 1 << rapid.IntRange(0, 14).Draw(t, p.Key)
		}
		return rapid.IntRange(low, min(high, low+200)).Draw(t, p.Key)
	}
	return value
}

// What a compile writes, read back as what runs and compiled again, is the same
// environment and the same dynamic config, whatever file it is read from and
// whatever preset it is put on.
func TestRoundTrip(t *testing.T) {
	core := map[string]deployed.Format{
		"dsql.env":            deployed.Env,
		"dynamic_config.yaml": deployed.DynamicConfig,
		"server_config.yaml":  deployed.Server,
	}
	tasks := map[string]deployed.Format{"ecs-task-definition-worker.json": deployed.ECS}
	for _, service := range []string{"frontend", "history", "matching", "worker"} {
		tasks["ecs-service-"+service+".json"] = deployed.ECS
	}
	platforms := []map[string]deployed.Format{
		{"compose.override.yaml": deployed.Compose, "dynamic_config.yaml": deployed.DynamicConfig, "server_config.yaml": deployed.Server},
		tasks,
		{"helm-values.yaml": deployed.Helm},
	}
	e := engine
	// every preset alone, and each modifier with one of them
	for _, i := range rapidtest.Choose(len(presets) + len(modifiers) - 1) {
		m, p := max(0, i-len(presets)+1), i
		if m > 0 {
			p = m % len(presets)
		}
		preset, modifier := presets[p], modifiers[m]
		t.Run(preset+" "+modifier, func(t *testing.T) {
			dir := filepath.Join(root, fmt.Sprintf("round%d", m*len(presets)+p))
			before, err := e.Compile(compile.Request{Preset: preset, Modifier: modifier, SDKs: []string{}})
			if err != nil {
				t.Fatal(err)
			}
			for name, text := range before.Files {
				writeFile(t, filepath.Join(dir, name), text)
			}
			testMove(t, e, before, migrate.Request{Settings: readSettings(t, dir, core)}, filepath.Join(dir, "core"))
			// the platforms in turn
			platform := readSettings(t, dir, platforms[(m+p)%len(platforms)])
			testMove(t, e, before, migrate.Request{Settings: platform}, filepath.Join(dir, "platform"))
			testMove(
				t,
				e,
				before,
				migrate.Request{Settings: readSettings(t, dir, core), Preset: preset, Modifier: modifier},
				filepath.Join(dir, "same"),
			)
		})
	}
}

func testMove(t *testing.T, e *compile.Engine, before *artefact.Result, r migrate.Request, dir string) {
	t.Helper()
	sorted, err := migrate.ClassifySettings(t.Context(), e, r)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range sorted.Items {
		if i.Status == migrate.Conflict || i.Status == migrate.Invalid || i.Status == migrate.Unread {
			t.Errorf("%s: %+v", dir, i)
		}
		if r.Preset != "" && i.Status == migrate.Changed {
			t.Errorf("%s: on its own preset, nothing changes: %+v", dir, i)
		}
	}
	if r.Preset != "" {
		return // with no override, it is the preset itself
	}
	draft, err := sorted.Draft(e, "moved", sorted.Preset, sorted.Modifier, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := scaffold.DraftCUE(e, draft)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "deployment.cue"), string(text))
	after, err := e.Compile(compile.Request{Path: dir})
	if err != nil || len(after.Violations) > 0 {
		t.Fatal(err, after, string(text))
	}
	for _, name := range []string{"dsql.env", "dynamic_config.yaml", "server_config.yaml"} {
		if a, b := settingLines(before.Files[name]), settingLines(after.Files[name]); a == "" || a != b {
			t.Errorf("%s: %s was\n%s\nand is\n%s\nby\n%s", dir, name, a, b, text)
		}
	}
}

// settingLines returns the settings of a file, without its comments.
func settingLines(text string) string {
	var all []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			all = append(all, line)
		}
	}
	return strings.Join(all, "")
}
