package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/cli"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile/compiletest"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts/verdictstest"
	"github.com/temporal-dsql/temporal-dsql/internal/prometheustest"
)

// schemas are those that schema export writes, compiled.
func schemas(t *testing.T, args ...string) func(name string) *jsonschema.Schema {
	t.Helper()
	dir := t.TempDir()
	run(t, append([]string{"schema", "export", "--out", dir}, args...)...)
	c := jsonschema.NewCompiler()
	return func(name string) *jsonschema.Schema {
		t.Helper()
		s, err := c.Compile(filepath.Join(dir, name+".schema.json"))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

func parse(t *testing.T, data []byte) any {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// profiles are what the profile commands print, of a history of two metrics.
func profiles(t *testing.T) map[string][]byte {
	t.Helper()
	var history strings.Builder
	start := time.Date(2026, 1, 15, 10, 0, 0, 0, time.UTC)
	for _, series := range []string{"dsql_pool_open", "state_transition_count_count"} {
		fmt.Fprintf(&history, "# TYPE %s unknown\n", series)
		for i := range 60 {
			fmt.Fprintf(&history, "%s %d %d\n", series, 100+i, start.Unix()+int64(15*i))
		}
	}
	prometheus, err := prometheustest.Start(history.String() + "# EOF\n")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := prometheus.Stop(); err != nil {
			t.Error(err)
		}
	}()
	data := t.TempDir()
	out := map[string][]byte{"profile-create": run(t, "profile", "create", "a", "--cluster", "c", "--from", "2026-01-15T10:00:00Z", "--to",
		"2026-01-15T10:15:00Z",
		"--prometheus-url", prometheus.URL, "--data-dir", data, "-o", "json")}
	var made struct{ ID string }
	if err := json.Unmarshal(out["profile-create"], &made); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"get", "baseline"} {
		out["profile-"+command] = run(t, "profile", command, made.ID, "--data-dir", data, "-o", "json")
	}
	out["profile-list"] = run(t, "profile", "list", "--data-dir", data, "-o", "json")
	// a document without a row
	other := t.TempDir()
	if err := os.CopyFS(filepath.Join(other, "documents"), os.DirFS(filepath.Join(data, "documents"))); err != nil {
		t.Fatal(err)
	}
	out["profile-sweep"] = run(t, "profile", "sweep", "--repair", "--grace", "0s", "--data-dir", other, "-o", "json")
	out["profile-tables"] = run(t, "profile", "tables", "dsql", "-o", "json")
	out["assess"] = verdict(t, "assess", "--cluster", "c", "--from", "2026-01-15T10:20:00Z", "--to", "2026-01-15T10:35:00Z", "--preset",
		"starter",
		"--prometheus-url", prometheus.URL, "--data-dir", data, "-o", "json")
	if err := json.Unmarshal(out["assess"], &made); err != nil {
		t.Fatal(err)
	}
	out["assess-get"] = verdict(t, "assess", "get", made.ID, "--data-dir", data, "-o", "json")
	out["assess-list"] = run(t, "assess", "list", "--data-dir", data, "-o", "json")
	return out
}

// verdict is the output of a command that can also exit with a negative or inconclusive verdict.
func verdict(t *testing.T, args ...string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := cli.Run(context.Background(), args, &stdout, &stderr, cli.NoVariables)
	if code != 0 && code != 1 && code != 4 || stderr.Len() > 0 {
		t.Fatalf("%v exits with %d: %s", args, code, stderr.String())
	}
	return stdout.Bytes()
}

// asJSON is a YAML file as JSON.
func asJSON(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := yaml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	if data, err = json.Marshal(doc); err != nil {
		t.Fatal(err)
	}
	return data
}

// TestOutputsMatchSchemas checks that outputs and files match their schemas, and that a
// renamed or missing field does not.
func TestOutputsMatchSchemas(t *testing.T) {
	t.Cleanup(compiletest.ShareEngines())
	schema := schemas(t)
	dir := filepath.Join(t.TempDir(), "infra")
	out := filepath.Join(t.TempDir(), "out")
	documents := map[string][]byte{"init": run(t, "init", dir, "--preset", "mid-scale", "-o", "json")}
	deployment := filepath.Join(dir, "profiles", "mid-scale")
	for name, args := range map[string][]string{
		"compile":         {"compile", "mid-scale", "--modifier", "orchestrator", "--override", "history.replicas=8", "--out", out},
		"dashboards":      {"dashboards", "starter", "--dialect", "tally"},
		"capacity":        {"capacity", "starter"},
		"describe-preset": {"describe-preset", "starter"},
		"diff":            {"diff", "starter", "mid-scale"},
		"explain-key":     {"explain", "--key", "persistence.maxConns", "mid-scale"},
		"explain-preset":  {"explain", "--preset", "mid-scale"},
		"explain-profile": {"explain", "--profile", deployment},
		"explain-rule":    {"explain", "--rule", "max_idle_equals_max_conns"},
		"gate":            {"gate", deployment},
		"init-upgrade":    {"init", "--upgrade", dir},
		"keys":            {"keys", "matching."},
		"list-adapters":   {"list-adapters"},
		"list-metrics":    {"list-metrics"},
		"list-modifiers":  {"list-modifiers"},
		"list-presets":    {"list-presets"},
		"size":            {"size", "--transitions", "480"},
		"schema-list":     {"schema", "list"},
		"token-new":       {"token", "new", "grafana"},
		"version":         {"version"},
	} {
		documents[name] = run(t, append(args, "-o", "json")...)
	}
	documents["lint"] = run(t, "lint", filepath.Join(out, "dynamic_config.yaml"), "-o", "json")
	documents["migrate"] = run(t, "migrate", "--env-file", filepath.Join(out, "dsql.env"), "-o", "json")
	observed, facts := filepath.Join(t.TempDir(), "observed.json"), filepath.Join(t.TempDir(), "facts.json")
	observe(t, observed)
	troubled := filepath.Join(t.TempDir(), "troubled.json")
	observe(t, troubled, "resources.cpu_utilization.history=0.95")
	documents["recommend"] = run(t, "recommend", troubled, "-o", "json")
	documents["conformance"] = run(t, "conformance", observed, "--facts", facts, "-o", "json")
	documents["profile-compare"] = run(t, "profile", "compare", observed, troubled, "-o", "json")
	data, err := os.ReadFile(facts)
	if err != nil {
		t.Fatal(err)
	}
	documents["conformance-facts"] = data
	for _, name := range []string{"profile", "trace", "manifest", "dsql_plugin"} {
		data, err := os.ReadFile(filepath.Join(out, name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		documents[name] = data
	}
	maps.Copy(documents, profiles(t))
	documents["deployment"] = []byte(`{"$schema": "x", "name": "a", "preset": "mid-scale", "modifier": null, "temporal_version": "1.31",
		"overrides": {"history.shards": 512, "visibility.store": "opensearch", "frontend.keepAliveMinTime": "30s"}, "adapters": ["go", "helm"],
		"site": {"endpoint": "x.example.com"}, "raised_quotas": {"connections_per_cluster": 20000},
		"waivers": [{"rule": "a", "reason": "b", "owner": "c", "expires": "2030-01-01"}]}`)
	documents["service"] = asJSON(t, filepath.Join(repository, "docs/service.example.yaml"))
	documents["overrides"] = []byte(`{"history.replicas": 8}`)

	var all []struct{ Name string }
	if err := json.Unmarshal(documents["schema-list"], &all); err != nil {
		t.Fatal(err)
	}
	for _, x := range all {
		t.Run(x.Name, func(t *testing.T) {
			data, ok := documents[x.Name]
			if !ok {
				t.Fatal("no document is held against it")
			}
			s := schema(x.Name)
			if want := "https://github.com/temporal-dsql/temporal-dsql/schemas/" + x.Name +
				".schema.json"; strings.TrimSuffix(s.ID, "#") != want && !strings.HasPrefix(s.Location, want) {
				t.Errorf("its id is %q at %s, not %s", s.ID, s.Location, want)
			}
			if err := s.Validate(parse(t, data)); err != nil {
				t.Fatalf("%v\n%.500s", err, data)
			}
			for _, wrong := range []string{`3`, `{"no_such_field": 3}`, `[{"no_such_field": 3}]`} {
				if s.Validate(parse(t, []byte(wrong))) == nil {
					t.Errorf("it takes %s", wrong)
				}
			}
		})
	}
}

// observe writes a behaviour profile of a conforming cluster, but for some levels.
func observe(t *testing.T, name string, changes ...string) {
	t.Helper()
	levels, err := verdictstest.Changes(changes)
	if err != nil {
		t.Fatal(err)
	}
	p, err := verdictstest.Profile(compile.Embedded(), compile.Request{Preset: "mid-scale"}, levels)
	if err != nil {
		t.Fatal(err)
	}
	p.ID = fmt.Sprintf("0193a5f2-0000-7000-8000-%012d", 1+len(changes))
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestDeploymentSchemaRejects checks that an editor marks what the compiler rejects.
func TestDeploymentSchemaRejects(t *testing.T) {
	s := schemas(t, "--temporal-version", "1.31")("deployment")
	for _, right := range []string{
		`{"preset": "starter", "overrides": {"history.shards": 512}}`,
		`{"preset": "starter", "site": {"region": "eu-west-1", "endpoint": "${ID}.dsql.eu-west-1.on.aws", "elasticsearch": ` +
			`{"host": "es.internal"}, "user": "admin", "mysql": {"password": "${MYSQL_PASSWORD}"}}}`,
	} {
		if err := s.Validate(parse(t, []byte(right))); err != nil {
			t.Error(err)
		}
	}
	for _, wrong := range []string{
		`{}`, `{"preset": "midscale"}`, `{"preset": "starter", "modifer": "orchestrator"}`, `{"preset": "starter", "modifier": "batch"}`,
		`{"preset": "starter", "temporal_version": 1.31}`, `{"preset": "starter", "temporal_version": "1.20"}`,
		`{"preset": "starter", "overrides": {"history.shards": "many"}}`, `{"preset": "starter", "overrides": {"history.shards": 0}}`,
		`{"preset": "starter", "overrides": {"histry.shards": 512}}`, `{"preset": "starter", "overrides": {"dsql.max_conn_lifetime": "60"}}`,
		`{"preset": "starter", "overrides": {"visibility.store": "paper"}}`, `{"preset": "starter", "overrides": {"visibility.store": "dsql"}}`,
		`{"preset": "starter", "site": {"user": "${DB_USER}"}}`, `{"preset": "starter", "site": {"endpont": "x"}}`,
		`{"preset": "starter", "site": {"region": "eu-west-1a"}}`, `{"preset": "starter", "site": {"elasticsearch": {"host": "https://es"}}}`,
		`{"preset": "starter", "site": {"postgres": {"port": "5432"}}}`,
		`{"preset": "starter", "adapters": ["rust"]}`, `{"preset": "starter", "waivers": [{"rule": "x"}]}`,
		// not a key of this server
		`{"preset": "starter", "overrides": {"activity.enableCallbacks": true}}`,
	} {
		if s.Validate(parse(t, []byte(wrong))) == nil {
			t.Errorf("it takes %s", wrong)
		}
	}
}
