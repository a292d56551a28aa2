package compile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
)

// imports of a deployment, and the most common deployment.
const imports = `import (
	"github.com/temporal-dsql/temporal-dsql/adapters/helm"
	"github.com/temporal-dsql/temporal-dsql/modifiers"
	"github.com/temporal-dsql/temporal-dsql/presets"
	"github.com/temporal-dsql/temporal-dsql/schema"
)

`

// instances are the deployments below that import something wrong, or what they do not
// use.
var instances = []string{"partly", "unused"}

// An engine evaluates packages again for its first compile, and keeps them from the second
// on: the results are the same.
func TestLaterCompilesSayTheSame(t *testing.T) {
	files := map[string]string{
		"cue.mod/module.cue": "module: \"acme.example/infra@v0\"\nlanguage: version: \"v0.17.0\"\n",
		"team/team.cue":      "package team\n\nworkers: 12\nwrong: int & \"text\"\n",
		"fine/fine.cue":      "package fine\n\nlimits: \"frontend.rps\": 4000\n",

		"d/plain/deployment.yaml": "name: plain\npreset: mid-scale\nmodifier: orchestrator\noverrides: {frontend.rps: 5000}\nadapters: [helm]\n",
		"d/simple/d.cue": "package d\n\n" + imports + `schema.#Deployment & {preset: presets["mid-scale"], ` +
			`modifier: modifiers["batch-processor"], adapters: "helm": helm.#Adapter, overrides: "frontend.rps": ` +
			`5000}` + "\n",
		"d/embedded/d.cue": "package d\n\nimport (\n\t\"strings\"\n" +
			"\t\"github.com/temporal-dsql/temporal-dsql/presets\"\n" +
			"\ts \"github.com/temporal-dsql/temporal-dsql/schema\"\n)\n\ns.#Deployment\n" +
			"name: strings.ToLower(\"UPPER\")\npreset: presets.starter\n_n: 3\n" +
			"overrides: \"history.replicas\": _n + 1\n",
		"d/lets/d.cue": "package d\n\nimport (\n\t\"github.com/temporal-dsql/temporal-dsql/presets\"\n" +
			"\t\"github.com/temporal-dsql/temporal-dsql/schema\"\n)\n\nlet n = 7\n" +
			"schema.#Deployment & {preset: presets.starter, overrides: \"sdk.worker_count\": n}\n",
		"d/two/a.cue": "package d\n\nimport \"github.com/temporal-dsql/temporal-dsql/schema\"\n\nlet n = 7\n" +
			"schema.#Deployment\noverrides: \"sdk.worker_count\": n\n",
		"d/two/b.cue": "package d\n\nimport \"github.com/temporal-dsql/temporal-dsql/presets\"\n\n" +
			"let n = \"two\"\nname: n\npreset: presets.starter\n",
		"d/split/a.cue": "package d\n\nimport \"github.com/temporal-dsql/temporal-dsql/schema\"\n\nschema.#Deployment\nname: _name\n",
		"d/split/b.cue": "package d\n\nimport \"github.com/temporal-dsql/temporal-dsql/presets\"\n\n" +
			"_name: \"split\"\npreset: presets[\"high-throughput\"]\n",
		"d/own/d.cue": "package d\n\nimport (\n\t\"acme.example/infra/fine\"\n" +
			"\t\"github.com/temporal-dsql/temporal-dsql/presets\"\n" +
			"\t\"github.com/temporal-dsql/temporal-dsql/schema\"\n)\n\n" +
			"schema.#Deployment & {preset: presets.starter, overrides: fine.limits}\n",
		"d/partly/d.cue": "package d\n\nimport (\n\t\"acme.example/infra/team\"\n" +
			"\t\"github.com/temporal-dsql/temporal-dsql/presets\"\n" +
			"\t\"github.com/temporal-dsql/temporal-dsql/schema\"\n)\n\n" +
			"schema.#Deployment & {preset: presets.starter, overrides: \"sdk.worker_count\": team.workers}\n",
		"d/built/d.cue": "@if(never)\npackage d\n\nimport (\n" +
			"\t\"github.com/temporal-dsql/temporal-dsql/presets\"\n" +
			"\t\"github.com/temporal-dsql/temporal-dsql/schema\"\n)\n\n" +
			"schema.#Deployment & {preset: presets.starter}\n",
		"d/refused/d.cue": "package d\n\n" + imports + `schema.#Deployment & {preset: presets["mid-scale"], ` +
			`modifier: modifiers["batch-processor"], adapters: "helm": helm.#Adapter, overrides: {"frontend.rsp": ` +
			`5000, "history.shards": 3, "history.replicas": "many"}}` + "\n",

		"d/misspelt/d.cue": "package d\n\nimport (\n\t\"github.com/temporal-dsql/temporal-dsql/presets\"\n" +
			"\t\"github.com/temporal-dsql/temporal-dsql/schema\"\n)\n\n" +
			"schema.#Deployment & {preset: presets.starter, override: \"frontend.rps\": 5000}\n",
		"d/mistyped/d.cue": "package d\n\nimport (\n\t\"github.com/temporal-dsql/temporal-dsql/presets\"\n" +
			"\t\"github.com/temporal-dsql/temporal-dsql/schema\"\n)\n\n" +
			"schema.#Deployment & {preset: presets.starter, temporal_version: 1.31, waivers: [{rule: 3}]}\n",
		"d/nopreset/d.cue": "package d\n\nimport \"github.com/temporal-dsql/temporal-dsql/schema\"\n\nschema.#Deployment & {name: \"none\"}\n",
		"d/absent/d.cue": "package d\n\nimport (\n\t\"github.com/temporal-dsql/temporal-dsql/presets\"\n" +
			"\t\"github.com/temporal-dsql/temporal-dsql/schema\"\n)\n\n" +
			"schema.#Deployment & {preset: presets.huge}\n",
		"d/unknown/d.cue": "package d\n\nimport \"github.com/temporal-dsql/temporal-dsql/schema\"\n\n" +
			"schema.#Deployment & {preset: presets.starter}\n",
		"d/unused/d.cue": "package d\n\n" + imports + "schema.#Deployment & {preset: presets.starter}\n",
		"d/imported/d.cue": "package d\n\nimport (\n\t\"acme.example/infra/nothing\"\n" +
			"\t\"github.com/temporal-dsql/temporal-dsql/schema\"\n)\n\n" +
			"schema.#Deployment & {preset: nothing.starter}\n",
		"d/syntax/d.cue": "package d\n\nschema.#Deployment & {preset:\n",
		"d/conflict/d.cue": "package d\n\nimport (\n\t\"github.com/temporal-dsql/temporal-dsql/presets\"\n" +
			"\t\"github.com/temporal-dsql/temporal-dsql/schema\"\n)\n\n" +
			"schema.#Deployment & {preset: presets.starter, overrides: \"frontend.rps\": 5000}\n" +
			"overrides: \"frontend.rps\": 6000\n",
		"d/names/a.cue": "package a\n\nx: 1\n",
		"d/names/b.cue": "package b\n\nx: 1\n",
		"d/other/d.cue": "package d\n\nx: 1\n",
		"up/up.cue":     "package d\n\noverrides: \"frontend.rps\": 7000\n",
		"up/below/d.cue": "package d\n\nimport (\n\t\"github.com/temporal-dsql/temporal-dsql/presets\"\n" +
			"\t\"github.com/temporal-dsql/temporal-dsql/schema\"\n)\n\nschema.#Deployment\n" +
			"preset: presets.starter\n",
		"d/plainly/d.yaml": "preset: enormous\n",
		"d/tool/d.cue": "package d\n\nimport (\n\t\"github.com/temporal-dsql/temporal-dsql/presets\"\n" +
			"\t\"github.com/temporal-dsql/temporal-dsql/schema\"\n)\n\n" +
			"schema.#Deployment & {preset: presets.starter}\n",
		"d/tool/d_tool.cue": "package d\n\ncommand: nothing: {}\n",
	}
	root := t.TempDir()
	for name, text := range files {
		name = filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	all, err := filepath.Glob(filepath.Join(root, "d", "*"))
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, filepath.Join(root, "up", "below"), filepath.Join(root, "d", "plainly", "d.yaml"))
	var paths []string
	for _, n := range rapidtest.Choose(len(all)) {
		paths = append(paths, all[n])
	}

	first := map[string]resolved{}
	for _, path := range paths {
		result, err := engineAt(t, root).Resolve(compile.Request{Path: path})
		first[path] = resolved{result, err}
	}
	// (a scope for some compiles is not that for many)
	for _, expect := range []func(*compile.Engine){
		func(e *compile.Engine) { e.ExpectMany() },
		func(e *compile.Engine) { e.ExpectSome() },
	} {
		warm := engineAt(t, root)
		expect(warm)
		simple := filepath.Join(root, "d", "simple")
		for range 2 {
			if _, err := warm.Resolve(compile.Request{Path: simple}); err != nil {
				t.Fatal(err)
			}
		}
		compareResolved(t, warm, paths, first)
	}
}

// resolved is what an engine makes of a deployment.
type resolved struct {
	*artefact.Result
	err error
}

// compareResolved resolves deployments with a warm engine, twice, and compares the results with those of new engines.
func compareResolved(t *testing.T, warm *compile.Engine, paths []string, byNew map[string]resolved) {
	t.Helper()
	for _, path := range paths {
		first, err := byNew[path].Result, byNew[path].err
		for range 2 {
			built := warm.Built()
			later, laterErr := warm.Resolve(compile.Request{Path: path})
			if name := filepath.Base(path); slices.Contains(instances, name) != (warm.Built() > built) {
				t.Errorf("%s: CUE keeps it: %v", name, warm.Built() > built)
			}
			if diff := cmp.Diff(fmt.Sprint(err), fmt.Sprint(laterErr)); diff != "" {
				t.Errorf("%s: %s", path, diff)
			}
			if err != nil || laterErr != nil {
				continue
			}
			if diff := cmp.Diff(string(first.JSON), string(later.JSON)); diff != "" {
				t.Errorf("%s: %s", path, diff)
			}
			if diff := cmp.Diff(first.Violations, later.Violations); diff != "" {
				t.Errorf("%s: %s", path, diff)
			}
			for _, key := range []string{"frontend.rps", "history.shards", "no.such.key"} {
				if first.FindPlace([]string{key}) != later.FindPlace([]string{key}) {
					t.Errorf("%s: %s is at %v, and then at %v", path, key, first.FindPlace([]string{key}), later.FindPlace([]string{key}))
				}
			}
		}
	}
}

// Files are stock cue's, byte for byte, whatever an engine has compiled before: the order
// of their fields, too (P29, R4.7). Every preset meets every modifier, and every site.
func TestLaterCompilesWriteTheSame(t *testing.T) {
	warm := sharedEngine()
	if _, err := warm.Compile(compile.Request{Preset: "starter"}); err != nil {
		t.Fatal(err)
	}
	sites := []map[string]any{
		nil,
		{"endpoint": "abc.dsql.eu-west-1.on.aws", "region": "eu-west-1"},
		{
			"postgres": map[string]any{"host": "db.example", "user": "temporal", "ca_file": "/etc/ssl/ca.pem"},
			"ecs":      map[string]any{"cpu": 2048, "memory": 8192},
		},
		{"user": "admin", "image": "registry.example/temporal:1", "elasticsearch": map[string]any{"host": "search.example"}},
	}
	requests := rapid.Custom(func(t *rapid.T) drawn { return draw(t, warm) })
	// a cold engine takes over a second: each pair once, everything else in turn
	for _, i := range rapidtest.Choose(len(presets) * len(modifiers)) {
		r := requests.Example(i).Request
		r.Preset, r.Modifier = presets[i%len(presets)], modifiers[i%len(modifiers)]
		r.TemporalVersion, r.PluginVersion = servers()[i%len(servers())], plugins[i/len(servers())%len(plugins)]
		r.SDKs, r.Platforms, r.Site = nil, nil, sites[i%len(sites)]
		if i%3 == 0 {
			r.SetServiceValue("history", "dsql.connection_rate_limit", 3)
			r.SetServiceValue("worker", "dsql.token_duration", "10m")
		}
		first, err := compile.Embedded().Compile(r)
		if err != nil {
			t.Fatal(err)
		}
		later, err := warm.Compile(r)
		if err != nil {
			t.Fatal(err)
		}
		if len(first.Violations) > 0 || len(first.Files) == 0 {
			t.Fatalf("%+v: %+v", r, first.Violations)
		}
		if diff := cmp.Diff(first.Files, later.Files) + cmp.Diff(first.Snippets, later.Snippets); diff != "" {
			t.Fatalf("%s with %q (-first +later):\n%s", r.Preset, r.Modifier, diff)
		}
	}
}

func engineAt(t *testing.T, dir string) *compile.Engine {
	t.Helper()
	e, err := compile.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
