package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/service/config"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

var engine = compile.Embedded()

// TestDocumentedExample checks that the example of the documentation is a complete
// configuration.
func TestDocumentedExample(t *testing.T) {
	t.Chdir("../../..")
	c, err := config.Read(engine, "docs/service.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "0.0.0.0:8686" || c.Tokens != "docs/tokens" || time.Duration(c.Limits.Drain) != 30*time.Second ||
		c.Limits.Body != 1<<20 {
		t.Errorf("%+v", c)
	}
	if diff := cmp.Diff([]string{"payments", "staging"}, c.ClusterIDs()); diff != "" {
		t.Error(diff)
	}
	payments, staging := c.Clusters["payments"], c.Clusters["staging"]
	if p := payments.Prometheus; p.URL != c.Prometheus.URL || p.SigV4 == nil || p.Matchers["cluster"] != "payments" ||
		time.Duration(p.ScrapeInterval) != 15*time.Second {
		t.Errorf("%+v", p)
	}
	if p := staging.Prometheus; p.URL != "http://prometheus.staging:9090" || p.SigV4 != nil || len(p.Matchers) > 0 {
		t.Errorf("another Prometheus is %+v", p)
	}
	from := payments.Sources
	if from.Profile != "docs/build/payments" || len(from.ECS[0].Services) != 5 || from.Temporal.TLS.KeyFile != "docs/client.key" {
		t.Errorf("%+v", from)
	}
	if staging.Sources.Stated.TemporalServer != "1.31.2" || staging.Sources.Files[0].Path != "docs/staging/compose.yaml" ||
		payments.Assess == nil {
		t.Errorf("%+v", staging.Sources)
	}
}

// TestNotationsAreEqual checks that CUE, YAML and JSON give the same configuration; CUE
// can compute values.
func TestNotationsAreEqual(t *testing.T) {
	dir := t.TempDir()
	var first *config.Config
	for name, text := range map[string]string{
		"a.yaml": "data_dir: data\nprometheus: {url: http://h:9090}\nclusters: {a: {namespaces: [x]}, b: {namespaces: [x]}}\n",
		"a.json": `{"$schema": "service.schema.json", "data_dir": "data", "prometheus": {"url": "http://h:9090"}, ` +
			`"clusters": {"a": {"namespaces": ["x"]}, "b": {"namespaces": ["x"]}}}`,
		"a.cue": "data_dir: \"data\"\nlet host = \"h\"\nprometheus: url: \"http://\\(host):9090\"\nclusters: {for id in [\"a\", \"b\"] " +
			"{(id): namespaces: [\"x\"]}}\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Read(engine, path)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if first == nil {
			first = c
		}
		if diff := cmp.Diff(first, c); diff != "" || c.DataDir != filepath.Join(dir, "data") || len(c.Clusters) != 2 {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestErrorsHavePositions checks that all errors are reported at once, with position,
// suggestion and allowed values.
func TestErrorsHavePositions(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, x := range map[string]struct {
		text string
		want []string
	}{
		"a.yaml": {`listne: 127.0.0.1:8686
data_dir: ""
database: postgres://app:hunter2@h/db
prometheus:
  url: prometheus:9090
  scrape_interval: 15
clusters:
  prod:
    sources:
      files:
        - {path: a.yaml, format: toml}
        - {file: a.yaml}
      temporal: {address_: "a:1"}
    assess: {every: 5x, window: 1h}
  "bad name!": {}
limits: {body: 10}
`, []string{
			"a.yaml:1:1: listne: unknown field (did you mean listen? allowed: bucket, clusters, cors,",
			`a.yaml:2:1: data_dir: "" is not allowed (folder of the embedded store`,
			"a.yaml:3:1: database: this is not allowed (index of profiles: postgres://… or dsql://ENDPOINT, without a password",
			`a.yaml:5:3: prometheus.url: "prometheus:9090" is not allowed (URL: http://HOST:9090`,
			"a.yaml:6:3: prometheus.scrape_interval: 15 has no unit (write 15s for seconds: scrape interval: a duration in whole seconds, " +
				"such as 15s)",
			"a.yaml:11:26: clusters.prod.sources.files.0.format: this is not allowed (use one of dynamic-config, env, compose, ecs, helm, " +
				"server-config)",
			"a.yaml:12:12: clusters.prod.sources.files.1.file: unknown field (allowed: format, path, service)",
			"a.yaml:13:18: clusters.prod.sources.temporal.address_: unknown field (did you mean address? allowed: address, api_key_file, tls)",
			`a.yaml:14:14: clusters.prod.assess.every: "5x" is not allowed (interval: a duration, such as 5m, of at least 10s)`,
			`a.yaml:15:3: clusters: "bad name!" is not a valid name (letters, digits`,
			"a.yaml:16:10: limits.body: 10 is not allowed (size limit of a request in bytes: from 1 KiB to 1 GiB)",
		}},
		"often.yaml": {`clusters:
  a: {assess: {every: 9s, window: 25h}}
  b: {assess: {every: 10s, window: 24h}}
  c: {assess: {every: -1m, window: 0s}}
  d: {assess: {every: 15m, window: 1h, except: [resources.memory_utilization, resources.memory]}}
`, []string{
			`often.yaml:2:16: clusters.a.assess.every: 9s is not allowed (interval: a duration, such as 5m, of at least 10s)`,
			`often.yaml:2:27: clusters.a.assess.window: 25h is not allowed (window to compare: a duration, such as 1h, from 1s to 24h)`,
			`often.yaml:4:16: clusters.c.assess.every: -1m is not allowed`,
			`often.yaml:4:28: clusters.c.assess.window: 0s is not allowed`,
			`often.yaml:5:79: clusters.d.assess.except.1: this is not allowed (did you mean resources.memory_utilization? ` +
				`use one of throughput.workflows_started_per_sec, `,
		}},
		"half.yaml": {"clusters: {a: {assess: {every: 15m}}}\n",
			[]string{"half.yaml:1:16: clusters.a.assess.window is missing (window to compare: a duration"}},
		"nothing.yaml": {`listen: 127.0.0.1:65536
limits: {drain: -5s}
prometheus: {timeout: 0s, matchers: {cluster: ""}}
`, []string{
			`nothing.yaml:1:1: listen: "127.0.0.1:65536" is not allowed`,
			`nothing.yaml:2:10: limits.drain: "-5s" is not allowed (how long to wait for requests in flight`,
			`nothing.yaml:3:14: prometheus.timeout: "0s" is not allowed (timeout of one query`,
			`nothing.yaml:3:38: prometheus.matchers.cluster: "" is not allowed`,
		}},
		"b.yaml": {"oidc: {issuer: https://id.example.com}\n",
			[]string{"b.yaml:1:1: oidc.audience is missing (audience that a token must be for)"}},
		"c.cue": {"listen: \"127.0.0.1:1\"\nlimits: creates: 0\n",
			[]string{"c.cue:2:9: limits.creates: 0 is not allowed (profiles created concurrently: from 1 to 1000)"}},
		"d.yaml": {"listen: [\n", []string{"d.yaml:"}},
		"e.toml": {"listen = 1\n", []string{`e.toml has extension ".toml" (allowed: .cue, .yaml, .yml, .json)`}},
		"f.json": {"[]", []string{"f.json:1:1:"}},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(name, []byte(x.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := config.Read(engine, name)
			var in *source.Error
			if !errors.As(err, &in) {
				t.Fatalf("%v", err)
			}
			said := strings.ReplaceAll(err.Error(), in.Doing+": ", "")
			lines := strings.Split(said, "\n")
			if len(lines) != len(x.want) {
				t.Errorf("%d are wrong, not %d:\n%s", len(lines), len(x.want), said)
			}
			for _, want := range x.want {
				if !strings.Contains(said, want) {
					t.Errorf("there is no %q in\n%s", want, said)
				}
			}
			if strings.Contains(said, "hunter2") {
				t.Errorf("a secret is quoted in\n%s", said)
			}
		})
	}
	if _, err := config.Read(engine, "nowhere.yaml"); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("of a file that is not there: %v", err)
	}
}
