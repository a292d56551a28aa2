package snapshot_test

import (
	stdcmp "cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/redacttest"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
)

// Several sources at once: the later wins, variables mean what the registry says,
// and everything that no source contains is listed as unknown.
func TestSourcesMakeOneSnapshot(t *testing.T) {
	got := take(t, snapshot.Sources{
		Files: []snapshot.File{
			{Path: file(t, "dynamic_config.yaml", `
frontend.RPS:
  - value: 2400
  - value: 1200
    constraints: {namespace: batch}
matching.rps: [{value: 1000}]
`)},
			{
				Path: file(
					t,
					"server.env",
					"TEMPORAL_SQL_MAX_CONNS=50\nDSQL_RESERVOIR_ENABLED=1\nDSQL_TOKEN_DURATION=14m\nDSQL_SLOT_BLOCK_SIZE=100\n",
				),
			},
			{Path: file(t, "compose.yaml", `
services:
  temporal-history:
    environment: {TEMPORAL_SQL_MAX_CONNS: 40, TEMPORAL_SQL_PASSWORD: hunter-2, MOTTO: say hunter-2, TEMPORAL_SQL_HOST: null}
    deploy: {replicas: 6}
  temporal-frontend:
    environment: {TEMPORAL_SQL_MAX_CONNS: 30}
  payments-worker:
    environment: {GIT_SHA: 9261a4c0f3b2d1e4a5968778695a4b3c2d1e0f9a}
`)},
		},
		Given: []snapshot.InlineFile{
			{Name: "override.yaml", Content: "matching.rps: [{value: 3000}]\n"},
			{Name: "history.env", Service: "temporal-history", Content: "TEMPORAL_SQL_MAX_CONNS=45\n"},
		},
		Stated: snapshot.StatedFacts{Versions: snapshot.Versions{TemporalServer: "1.31.2", Preset: "mid-scale"}},
	})
	c := got.Config
	if want := (snapshot.Versions{
		TemporalServer: "1.31.2", DSQLPlugin: "2", WorkerCodeSHA: "9261a4c0f3b2d1e4a5968778695a4b3c2d1e0f9a",
		Preset: "mid-scale",
	}); got.Versions != want {
		t.Errorf("versions: %+v, want %+v", got.Versions, want)
	}
	if diff := cmp.Diff(map[string]any{
		"frontend.rps": []any{
			map[string]any{"value": 2400.0},
			map[string]any{"value": 1200.0, "constraints": map[string]any{"namespace": "batch"}},
		},
		"matching.rps": []any{map[string]any{"value": 3000.0}},
	}, c.DynamicConfig); diff != "" {
		t.Errorf("dynamic config, wanted and got:\n%s", diff)
	}
	history := c.Environment["temporal-history"]
	if history["TEMPORAL_SQL_MAX_CONNS"] != "45" || c.Environment[""]["DSQL_TOKEN_DURATION"] != "14m" ||
		!strings.HasPrefix(history["TEMPORAL_SQL_PASSWORD"], "redacted:") || !strings.HasPrefix(history["MOTTO"], "redacted:") {
		t.Errorf("environment: %s", written(t, c.Environment))
	}
	if diff := cmp.Diff(
		map[string]any{"": 50.0, "temporal-history": 45.0, "temporal-frontend": 30.0},
		c.Parameters["persistence.maxConns"],
	); diff != "" {
		t.Errorf("persistence.maxConns, wanted and got:\n%s", diff)
	}
	for parameter, want := range map[string]any{
		"dsql.reservoir_enabled": true, "dsql.token_duration": "14m", "history.replicas": 6.0,
		"frontend.rps": 2400.0,
	} {
		if v := c.Parameters[parameter][""]; parameter != "frontend.rps" && v != want {
			t.Errorf("%s is %v, want %v", parameter, v, want)
		}
	}
	reservoir, _ := c.PluginConfig["reservoir"].(map[string]any)
	if reservoir["dsql.reservoir_enabled"] != true {
		t.Errorf("plugin config: %s", written(t, c.PluginConfig))
	}
	if want := []string{
		"server_environment.temporal-history.MOTTO",
		"server_environment.temporal-history.TEMPORAL_SQL_PASSWORD",
	}; !slices.Equal(
		c.Redacted,
		want,
	) {
		t.Errorf("redacted: %q, want %q", c.Redacted, want)
	}
	unknown := strings.Join(c.Unknown, "\n")
	contains(
		t,
		unknown,
		"config_profile: no source has it",
		"worker_options: no source has it",
		"server_environment.temporal-history.TEMPORAL_SQL_HOST is set elsewhere",
	)
	if strings.Contains(unknown, "version") {
		t.Errorf("unknown are:\n%s", unknown)
	}
	if len(c.Sources) != 5 || !strings.HasSuffix(c.Sources[4], "history.env (env, of the request)") {
		t.Errorf("sources: %q", c.Sources)
	}
	if text := written(t, got); strings.Contains(text, "hunter") {
		t.Errorf("a secret is left in %s", text)
	}
	if again := take(t, snapshot.Sources{}); len(again.Config.Unknown) < 6 {
		t.Errorf("of nothing, unknown are only %q", again.Config.Unknown)
	}
}

// A service of the chart without a count of its own has that of all.
func TestChartsSharedCount(t *testing.T) {
	got := take(
		t,
		snapshot.Sources{
			Given: []snapshot.InlineFile{{Name: "values.yaml", Content: "server: {replicaCount: 3, history: {replicaCount: 6}}\n"}},
		},
	)
	counts := map[string]any{}
	for _, parameter := range []string{"frontend.replicas", "history.replicas", "matching.replicas", "worker.replicas"} {
		counts[parameter] = got.Config.Parameters[parameter][""]
	}
	if diff := cmp.Diff(
		map[string]any{"frontend.replicas": 3.0, "history.replicas": 6.0, "matching.replicas": 3.0, "worker.replicas": 3.0},
		counts,
	); diff != "" {
		t.Errorf("replicas, wanted and got:\n%s", diff)
	}
}

// What a compile wrote is a source: the profile, and with its folder the settings
// that it has for every platform.
func TestCompiledProfile(t *testing.T) {
	result, err := engine.Compile(compile.Request{Preset: "high-throughput", SDKs: []string{}, Platforms: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := result.WriteFolder(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	folder := take(t, snapshot.Sources{Profile: dir})
	alone := take(t, snapshot.Sources{Profile: filepath.Join(dir, "profile.json")})
	text, err := os.ReadFile(filepath.Join(dir, "profile.json"))
	if err != nil {
		t.Fatal(err)
	}
	given := take(t, snapshot.Sources{Given: []snapshot.InlineFile{{Name: "profile.json", Content: string(text)}}})
	for name, got := range map[string]*snapshot.Snapshot{"folder": folder, "alone": alone, "given": given} {
		c := got.Config
		if got.Versions.Preset != "high-throughput" || got.Versions.DSQLPlugin != "2" || len(c.Profile) == 0 {
			t.Errorf("%s: %+v, %d bytes of profile", name, got.Versions, len(c.Profile))
		}
		for _, p := range result.Profile.Params() {
			if c.Parameters[p.Key] == nil {
				t.Errorf("%s: there is no %s", name, p.Key)
			}
		}
		if len(c.WorkerOptions) < 5 || len(c.PluginConfig) < 3 {
			t.Errorf("%s: worker options %v, plugin config %v", name, c.WorkerOptions, c.PluginConfig)
		}
		if len(c.Redacted) > 0 {
			t.Errorf("%s: %q are no secrets", name, c.Redacted)
		}
	}
	if len(folder.Config.DynamicConfig) < 10 || len(folder.Config.Environment[""]) < 10 || len(alone.Config.DynamicConfig) > 0 {
		t.Errorf(
			"a folder has %d keys and %d variables, a profile alone %d keys",
			len(folder.Config.DynamicConfig),
			len(folder.Config.Environment[""]),
			len(alone.Config.DynamicConfig),
		)
	}
	if diff := cmp.Diff(folder, alone.Config); diff == "" {
		t.Error("a folder says no more than its profile")
	}
}

// A source that cannot be read is an error that names it, whatever the cause. It never
// gives an empty part.
func TestWhatCannotBeReadIsAnError(t *testing.T) {
	for name, x := range map[string]struct {
		from  snapshot.Sources
		fault snapshot.Fault
		want  []string
	}{
		"no file": {
			snapshot.Sources{Files: []snapshot.File{{Path: "nowhere.yaml"}}}, snapshot.OfService,
			[]string{"read nowhere.yaml: ", "no such file"},
		},
		"no profile": {snapshot.Sources{Profile: "nowhere"}, snapshot.OfService, []string{"read config profile nowhere: "}},
		"no YAML": {snapshot.Sources{Given: []snapshot.InlineFile{{
			Name: "c.yaml", Content: "a: [", Format: deployed.DynamicConfig,
		}}}, snapshot.OfRequest, []string{"read c.yaml: ", "not valid YAML"}},
		"empty":    {snapshot.Sources{Given: []snapshot.InlineFile{{Name: "c.yaml"}}}, snapshot.OfRequest, []string{"the content is missing"}},
		"nameless": {snapshot.Sources{Given: []snapshot.InlineFile{{Content: "A=1"}}}, snapshot.OfRequest, []string{"the name is missing"}},
		"odd format": {
			snapshot.Sources{Given: []snapshot.InlineFile{{Name: "c", Format: "toml", Content: "A=1"}}},
			snapshot.OfRequest, []string{`format "toml" is not supported`},
		},
		"no such": {
			snapshot.Sources{Given: []snapshot.InlineFile{{Name: "p.json", Format: snapshot.Profile, Content: "{}"}}},
			snapshot.OfRequest, []string{"there are no parameters"},
		},
		"another file": {snapshot.Sources{Given: []snapshot.InlineFile{{
			Name: "c.yaml", Content: "services: {a: {env_file: /etc/passwd}}",
		}}}, snapshot.OfRequest, []string{"/etc/passwd, which is not available"}},
		"no region": {
			snapshot.Sources{ECS: []snapshot.ECS{{Cluster: "c", Services: []string{"s"}}}}, snapshot.OfService,
			[]string{"read ECS cluster c: ", "region"},
		},
		"nobody there": {
			snapshot.Sources{Temporal: &snapshot.Temporal{Address: "127.0.0.1:1", Timeout: 300 * time.Millisecond}},
			snapshot.OfUpstream, []string{"read Temporal frontend 127.0.0.1:1: "},
		},
		"no CA": {snapshot.Sources{Temporal: &snapshot.Temporal{
			Address: "127.0.0.1:1", TLS: &snapshot.TLS{CAFile: "nowhere.pem"},
		}}, snapshot.OfService, []string{"nowhere.pem"}},
		"key in clear": {
			snapshot.Sources{Temporal: &snapshot.Temporal{Address: "127.0.0.1:1", APIKeyFile: file(t, "k", "x")}},
			snapshot.OfService, []string{"requires TLS"},
		},
		"several wrong": {snapshot.Sources{
			Profile: "nowhere", Files: []snapshot.File{{Path: "gone.env"}},
		}, snapshot.OfService, []string{"nowhere", "gone.env"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, variable := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
				t.Setenv(variable, "")
			}
			t.Setenv("AWS_CONFIG_FILE", "/nowhere")
			taken, err := snapshot.New(engine, key).Take(context.Background(), x.from)
			var at *snapshot.SourceError
			if !errors.As(err, &at) || at.Fault != x.fault || taken != nil {
				t.Fatalf("%v, %+v", err, at)
			}
			contains(t, err.Error(), x.want...)
		})
	}
}

// formats of files that a secret can stand in, each with the file around it. The text of Compose doubles a dollar.
var secretPlaces = map[deployed.Format]func(all []redacttest.Case) any{
	deployed.Compose: func(all []redacttest.Case) any {
		services := map[string]any{}
		for i, k := range all {
			services[fmt.Sprintf("history-%d", i)] = map[string]any{
				"environment": map[string]any{k.Name: strings.ReplaceAll(k.Value, "$", "$$"), "TEMPORAL_SQL_MAX_CONNS": "50"},
			}
		}
		return map[string]any{"services": services}
	},
	deployed.DynamicConfig: func(all []redacttest.Case) any {
		keys := map[string]any{"frontend.rps": []any{map[string]any{"value": 1}}}
		for i, k := range all {
			keys[fmt.Sprintf("history.custom%d", i)] = []any{map[string]any{"value": map[string]any{k.Name: k.Value}}}
		}
		return keys
	},
	deployed.ECS: func(all []redacttest.Case) any {
		var containers []any
		for i, k := range all {
			containers = append(containers, map[string]any{
				"name": fmt.Sprintf("history-%d", i), "environment": []any{map[string]any{"name": k.Name, "value": k.Value}},
			})
		}
		return map[string]any{"containerDefinitions": containers}
	},
	deployed.Helm: func(all []redacttest.Case) any {
		env, inner := []any{}, []any{}
		for _, k := range all {
			env = append(env, map[string]any{"name": k.Name, "value": k.Value})
			inner = append(inner, map[string]any{k.Name: k.Value})
		}
		return map[string]any{"server": map[string]any{"additionalEnv": env, "config": map[string]any{"inner": inner}}}
	},
	deployed.Kubernetes: func(all []redacttest.Case) any {
		var containers []any
		for i, k := range all {
			containers = append(containers, map[string]any{
				"name": fmt.Sprintf("c%d", i), "image": "temporalio/server:1.31.0",
				"env": []any{map[string]any{"name": k.Name, "value": k.Value}},
			})
		}
		return map[string]any{
			"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": "temporal-history"},
			"spec": map[string]any{"template": map[string]any{"spec": map[string]any{"containers": containers}}},
		}
	},
	"options": nil, // the options of the workers, in the request
}

// placeSecrets returns the sources of a configuration with secrets in a file of a format, or in the options of workers.
func placeSecrets(t *testing.T, format deployed.Format, all []redacttest.Case) snapshot.Sources {
	t.Helper()
	if secretPlaces[format] == nil {
		options := map[string]any{}
		for i, k := range all {
			options[fmt.Sprintf("option %d", i)] = []any{map[string]any{k.Name: k.Value}}
		}
		return snapshot.Sources{Stated: snapshot.StatedFacts{WorkerOptions: options}}
	}
	text, err := yaml.Marshal(secretPlaces[format](all))
	if err != nil {
		t.Fatal(err)
	}
	return snapshot.Sources{Given: []snapshot.InlineFile{{Name: string(format), Format: format, Content: string(text)}}}
}

// No secret of the corpus is left in a snapshot, whatever the file it stands in. Each is in one place only: what another
// place gives away would hide it here.
func TestNoSecretSurvives(t *testing.T) {
	all := redacttest.Secrets(t)
	if len(all) < 400 {
		t.Fatalf("%d secrets", len(all))
	}
	formats := slices.Sorted(maps.Keys(secretPlaces))
	for _, shift := range rapidtest.Choose(len(formats)) { // by all of them, each secret is in each format
		by := map[deployed.Format][]redacttest.Case{}
		for i, k := range all {
			format := formats[(i+shift)%len(formats)]
			by[format] = append(by[format], k)
		}
		for format, some := range by {
			taken, err := snapshot.New(engine, key).Take(context.Background(), placeSecrets(t, format, some))
			if err != nil {
				t.Fatal(err)
			}
			left, err := yaml.Marshal(taken)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range some {
				if gone := stdcmp.Or(k.Gone, k.Value); len(gone) > 6 && strings.Contains(string(left), gone) {
					t.Errorf("%q of %s=%q in %s is left", gone, k.Name, k.Value, format)
				}
			}
			if found, err := snapshot.FindSecrets(t.Context(), taken.Config); err != nil || len(found) > 0 {
				t.Errorf("an import of it is refused: %q, %v", found, err)
			}
		}
	}
}

// What a variable with the name of a secret fills in is a secret under any name, even a plain word.
func TestVariablesBringSecrets(t *testing.T) {
	compose := "services: {history: {image: acme/server:1.30, environment: %s}}\n"
	for name, files := range map[string][]snapshot.InlineFile{
		"a default in an env file":      {{Name: "a.env", Content: "MOTTO=${DB_PASSWORD:-harbour}\n"}},
		"a variable of an env file":     {{Name: "a.env", Content: "DB_PASSWORD=harbour\nMOTTO=say ${DB_PASSWORD}\n"}},
		"a default in a Compose file":   {{Name: "compose.yaml", Content: fmt.Sprintf(compose, `{MOTTO: "${DB_PASSWORD:-harbour}"}`)}},
		"a default in a Compose list":   {{Name: "compose.yaml", Content: fmt.Sprintf(compose, `["MOTTO=a ${DB_PASSWORD-harbour}"]`)}},
		"a default after other text":    {{Name: "a.env", Content: "MOTTO=x:${SHOP}${API_TOKEN:-harbour}\nSHOP=1\n"}},
		"a default in a nested default": {{Name: "a.env", Content: "MOTTO=${SHOP:-${DB_PASSWORD:-harbour}}\n"}},
	} {
		got := take(t, snapshot.Sources{Given: files})
		if text := written(t, got); strings.Contains(text, "harbour") {
			t.Errorf("%s is left in %s", name, text)
		}
	}
	harmless := snapshot.InlineFile{Name: "a.env", Content: "MOTTO=${DB_PASSWORD_FILE:-/run/pw}${SHOP:-harbour}\n"}
	got := take(t, snapshot.Sources{Given: []snapshot.InlineFile{harmless}})
	if len(got.Config.Redacted) > 0 {
		t.Errorf("redacted: %q", got.Config.Redacted)
	}
}

// What a Secret of Kubernetes holds is one under any name, except for the settings that a program of the deployment reads.
func TestSecretsOfKubernetes(t *testing.T) {
	got, err := snapshot.New(engine, key).Take(t.Context(), snapshot.Sources{Given: []snapshot.InlineFile{{Name: "history.yaml", Content: `
apiVersion: v1
kind: Secret
metadata: {name: shared}
stringData: {TEMPORAL_SQL_MAX_CONNS: "1200", LOG_LEVEL: debug, MISC: oysterplanet, TEMPORAL_SQL_PASSWORD: quayside77}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: plain}
data: {MOTTO: oyster}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: history}
spec:
  template:
    spec:
      containers:
      - name: history
        image: temporalio/server:1.30.0
        env: [{name: OTHER, valueFrom: {secretKeyRef: {name: shared, key: MISC}}}]
        envFrom: [{secretRef: {name: shared}}, {configMapRef: {name: plain}}]
`}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"TEMPORAL_SQL_MAX_CONNS": "1200", "LOG_LEVEL": "debug", "MOTTO": "oyster",
		"MISC": "redacted:", "OTHER": "redacted:", "TEMPORAL_SQL_PASSWORD": "redacted:",
	} {
		if shown := got.Config.Environment["history"][name]; !strings.HasPrefix(shown, want) {
			t.Errorf("%s is stored as %q, want %s", name, shown, want)
		}
	}
}

// A name can be a secret too: it is left neither among the values nor in the list of what was redacted.
func TestNamesAreNoSecrets(t *testing.T) {
	key := strings.ReplaceAll("AKIA¦IOSFODNN7EXAMPLE", "¦", "")
	got := take(t, snapshot.Sources{
		Given: []snapshot.InlineFile{
			{
				Name: "dynamic_config.yaml",
				Content: "password=Quay7731x: [{value: 1}]\n" +
					"matching.rps: [{value: 1, constraints: {namespace: " + key + "}}]\n",
			},
			{
				Name: "compose.yaml",
				Content: "services: {history: {image: acme/server:1.30, environment: {" + key + ": \"1\", " +
					"DB_PASSWORD: Quay7731y}}}\n",
			},
			{Name: "a.env", Service: key, Content: "DB_PASSWORD=Quay7731z\nMAX_CONNS=4\n"},
		},
		Stated: snapshot.StatedFacts{WorkerOptions: map[string]any{"token=Quay7731w": "1"}},
	})
	if text := written(t, got); strings.Contains(text, "Quay7731") || strings.Contains(text, key) {
		t.Errorf("a name is left in %s", text)
	}
}

// A commit that is too random for one is left out, and the profile says so.
func TestVersionsThatLookLikeSecrets(t *testing.T) {
	for commit, isKept := range map[string]bool{
		"9fceb02d0ae598e95dc970b74767f19372d61af8": true,
		"XK4qE96fC2Urj0QrriUt1eVjCGfVpkyy":         false,
	} {
		got := take(t, snapshot.Sources{Stated: snapshot.StatedFacts{Versions: snapshot.Versions{WorkerCodeSHA: commit}}})
		isNamed := slices.ContainsFunc(got.Config.Unknown, func(s string) bool {
			return strings.HasPrefix(s, "worker_code_sha: left out, because it looks like a secret")
		})
		if isNamed == isKept || (got.Versions.WorkerCodeSHA == commit) != isKept || !isKept && got.Versions.WorkerCodeSHA != "" {
			t.Errorf("%s became %q; unknown are %q", commit, got.Versions.WorkerCodeSHA, got.Config.Unknown)
		}
	}
}

// Of settings that only look like secrets, at most 1 % is hidden.
func TestLookalikesSurvive(t *testing.T) {
	all := redacttest.Lookalikes(t)
	options := map[string]any{}
	for i, k := range all {
		options[fmt.Sprintf("option %d", i)] = map[string]any{k.Name: k.Value}
	}
	taken := take(t, snapshot.Sources{Stated: snapshot.StatedFacts{WorkerOptions: options}})
	hidden := 0
	for i, k := range all {
		path := fmt.Sprintf("worker_options.option %d.", i)
		if slices.ContainsFunc(taken.Config.Redacted, func(redacted string) bool { return strings.HasPrefix(redacted, path) }) {
			hidden++
			t.Logf("%s=%s is hidden", k.Name, k.Value)
		}
	}
	if hidden > len(all)/100 || hidden < len(taken.Config.Redacted) {
		t.Errorf("%d of %d are hidden: %q", hidden, len(all), taken.Config.Redacted)
	}
}

// A secret that one source names is one in every other, whichever is read first.
func TestASecretIsOneEverywhere(t *testing.T) {
	got := take(t, snapshot.Sources{
		Given: []snapshot.InlineFile{
			{Name: "a.env", Content: "MOTTO=tr0ub4dor-3\n"},
			{Name: "b.env", Service: "history", Content: "X=see tr0ub4dor-3 there\n"},
		},
		Stated: snapshot.StatedFacts{WorkerOptions: map[string]any{"apiKey": "tr0ub4dor-3"}},
	})
	if text := written(t, got); strings.Contains(text, "tr0ub4dor") {
		t.Errorf("it is left in %s", text)
	}
	if want := []string{
		"server_environment.(all).MOTTO",
		"server_environment.history.X",
		"worker_options.apiKey",
	}; !slices.Equal(
		got.Config.Redacted,
		want,
	) {
		t.Errorf("redacted: %q, want %q", got.Config.Redacted, want)
	}
}

// A secret that changed shows as a change, and one that did not does not.
func TestDigestsTellWhetherASecretChanged(t *testing.T) {
	digest := func(key, password string) string {
		taken, err := snapshot.New(engine, []byte(key)).Take(context.Background(), snapshot.Sources{
			Given: []snapshot.InlineFile{{Name: "a.env", Content: "TEMPORAL_SQL_PASSWORD=" + password}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return taken.Config.Environment[""]["TEMPORAL_SQL_PASSWORD"]
	}
	if one := digest("k", "a1b2c3"); one != digest("k", "a1b2c3") || one == digest("k", "a1b2c4") || one == digest("l", "a1b2c3") {
		t.Error("digests do not follow secret and key")
	}
}

func TestOneKeyAFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	keys := make(chan string, 8)
	for range cap(keys) {
		go func() {
			key, err := snapshot.LoadKey(dir)
			if err != nil {
				t.Error(err)
			}
			keys <- string(key)
		}()
	}
	first := <-keys
	for range cap(keys) - 1 {
		if other := <-keys; other != first || len(other) != 32 {
			t.Error("two keys were made")
		}
	}
	info, err := os.Stat(filepath.Join(dir, "redaction.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "redaction.key"), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := snapshot.LoadKey(dir); err == nil || !strings.Contains(err.Error(), "found 5") {
		t.Errorf("a key that is cut off: %v", err)
	}
}

// The paths of what was withheld are not a command: one that ends in a secret's name has no value after it.
func TestPathsAreNoArguments(t *testing.T) {
	got := take(t, snapshot.Sources{Stated: snapshot.StatedFacts{WorkerOptions: map[string]any{
		"db_password": "Sommer2026!", "zone": "Sommer2026!",
	}}})
	if want := []string{"worker_options.db_password", "worker_options.zone"}; !slices.Equal(got.Config.Redacted, want) {
		t.Errorf("%q were withheld, expected %q", got.Config.Redacted, want)
	}
	if found, err := snapshot.FindSecrets(t.Context(), got.Config); err != nil || len(found) > 0 {
		t.Errorf("%q, %v", found, err)
	}
	got.Config.Redacted = append(got.Config.Redacted, "password: Sommer2026!")
	if found, err := snapshot.FindSecrets(t.Context(), got.Config); err != nil || !slices.Equal(found, []string{"redacted[2]"}) {
		t.Errorf("%q, %v", found, err)
	}
}
