package configfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// lines writes settings down as a reader of the file would: one a line.
func lines(all []deployed.Setting) string {
	var b strings.Builder
	for _, s := range all {
		fmt.Fprintf(&b, "%d:%d ", s.ValuePos.Line, s.ValuePos.Column)
		if s.Service != "" {
			fmt.Fprintf(&b, "%s: ", s.Service)
		}
		switch {
		case s.Secret:
			fmt.Fprintf(&b, "%s %s is secret", s.Kind, s.Key)
		case s.Unknown:
			fmt.Fprintf(&b, "%s %s is unknown", s.Kind, s.Key)
		default:
			fmt.Fprintf(&b, "%s %s = %#v", s.Kind, s.Key, s.Value)
		}
		for _, c := range s.Constraints {
			fmt.Fprintf(&b, ", where %s is %v", c.Name, c.Value)
		}
		for _, c := range s.Ignored {
			fmt.Fprintf(&b, ", ignoring %s", c.Name)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestEveryFormatIsRead(t *testing.T) {
	for name, want := range map[string]struct {
		format   deployed.Format
		settings string
	}{
		"dynamic_config.yaml": {deployed.DynamicConfig, `
3:12 dynamic_config frontend.rps = 2400
4:12 dynamic_config frontend.rps = 1200, where namespace is batch
8:12 dynamic_config matching.longPollExpirationInterval = "60"
10:32 dynamic_config limit.blobSize.error = 786432, ignoring constraint
13:12 dynamic_config frontend.accessLog = true
13:12 dynamic_config frontend.auditLog = true
`},
		"windows.env": {deployed.Env, `
1:24 variable TEMPORAL_SQL_MAX_CONNS = "50"
4:26 variable TEMPORAL_SQL_HOST = "abc.dsql.eu-west-1.on.aws"
`},
		"server.env": {deployed.Env, `
2:24 variable TEMPORAL_SQL_MAX_CONNS = "50"
3:26 variable TEMPORAL_SQL_HOST is unknown
4:20 variable TEMPORAL_LOG_LEVEL = "info"
5:23 variable TEMPORAL_SQL_PASSWORD is secret
6:7 variable MOTTO = "first line\nsecond line"
8:21 variable DSQL_TOKEN_DURATION = "14m"
9:11 variable AWS_REGION is unknown
10:6 variable COPY = "50"
`},
		"compose.yaml": {deployed.Compose, `
7:31 base: variable DSQL_RESERVOIR_ENABLED = "false"
8:31 base: variable DSQL_STAGGERED_STARTUP = "true"
4:20 temporal-history: variable TEMPORAL_LOG_LEVEL = "info"
5:23 temporal-history: variable TEMPORAL_SQL_PASSWORD is secret
6:7 temporal-history: variable MOTTO = "first line\nsecond line"
8:21 temporal-history: variable DSQL_TOKEN_DURATION = "14m"
9:11 temporal-history: variable AWS_REGION is unknown
10:6 temporal-history: variable COPY = "50"
8:31 temporal-history: variable DSQL_STAGGERED_STARTUP = "true"
17:31 temporal-history: variable DSQL_RESERVOIR_ENABLED = "true"
18:26 temporal-history: variable TEMPORAL_SQL_HOST is unknown
19:25 temporal-history: variable AWS_ACCESS_KEY_ID is secret
2:27 temporal-history: variable TEMPORAL_SQL_MAX_CONNS = "50"
3:29 temporal-history: variable TEMPORAL_SQL_TLS_ENABLED = "true"
21:17 temporal-history: static deploy.replicas = 6
24:9 temporal-frontend: variable TEMPORAL_SQL_MAX_CONNS = "20"
25:9 temporal-frontend: variable DATABASE_URL is secret
26:9 temporal-frontend: variable AWS_REGION is unknown
27:12 temporal-frontend: static scale = 2
`},
		"task-definition.json": {deployed.ECS, `
8:50 temporal-history: variable TEMPORAL_SQL_MAX_CONNS = "50"
9:33 temporal-history: variable MOTTO = "😀"
10:42 temporal-history: variable DYNAMIC_CONFIG = "frontend.rps:\n  - value: 2400\n"
10:42 temporal-history: dynamic_config frontend.rps = 2400
12:26 temporal-history: variable TEMPORAL_SQL_PASSWORD is secret
16:65 payments-history: static desiredCount = 6
`},
		"helm-values.yaml": {deployed.Helm, `
3:15 static server.config.logLevel = "info"
5:25 static server.config.persistence.numHistoryShards = 512
9:23 static server.config.persistence.datastores.default.sql.maxConns = 50
10:23 static server.config.persistence.datastores.default.sql.password is secret
11:26 static server.config.persistence.datastores.default.sql.connectAddr is unknown
12:17 frontend: static replicaCount = 2
12:17 matching: static replicaCount = 2
12:17 worker: static replicaCount = 2
14:19 history: static replicaCount = 6
17:16 history: variable DSQL_RESERVOIR_ENABLED = "true"
18:15 history: variable AWS_REGION is unknown
21:42 frontend: variable DSQL_TOKEN_DURATION = "14m"
21:42 matching: variable DSQL_TOKEN_DURATION = "14m"
21:42 worker: variable DSQL_TOKEN_DURATION = "14m"
24:16 dynamic_config frontend.rps = 2400
`},
		"server_config.yaml": {deployed.Server, `
3:29 static server.config.services.history.rpc.grpcPort = 7234
4:14 static server.config.log.level = "warn"
6:21 static server.config.persistence.numHistoryShards = 512
10:19 static server.config.persistence.datastores.default.sql.maxConns = 50
11:22 static server.config.persistence.datastores.default.sql.connectAddr is unknown
12:15 static server.config.persistence.datastores.default.sql.user is unknown
`},
		"helm-defaults.yaml": {deployed.Helm, `
2:17 frontend: static replicaCount = 3
2:17 worker: static replicaCount = 3
6:19 history: static replicaCount is unknown
8:19 matching: static replicaCount = 4
`},
	} {
		t.Run(name, func(t *testing.T) {
			file, err := Read(context.Background(), filepath.Join("testdata", name), "")
			if err != nil {
				t.Fatal(err)
			}
			if file.Format != want.format {
				t.Errorf("it is taken for %s, not %s", file.Format, want.format)
			}
			if diff := cmp.Diff(strings.TrimPrefix(want.settings, "\n"), lines(file.Settings)); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

// A file that the server takes is read, whatever it does not set; what is odd about it is a notice.
func TestFilesWithoutSettingsAreRead(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		text    string
		notices []string
	}{
		"empty.yaml":     {"", nil},
		"spaces.env":     {"  \n", nil},
		"comments.yaml":  {"# nothing\n", nil},
		"comments.env":   {"# nothing\n", nil},
		"start.yaml":     {"---\n", nil},
		"separated.yaml": {"---\nfrontend.rps: [{value: 1}]\n---\n# the end\n", nil},
		"two.yaml":       {"frontend.rps: [{value: 1}]\n---\nfrontend.rps: [{value: 2}]\n", []string{"two.yaml:3:1 ignored_document"}},
		"policy.json":    {`{"Version": "2012-10-17", "Statement": []}`, []string{"policy.json nothing_set"}},
		"image.yaml":     {"services: {a: {image: i}}\n", []string{"image.yaml nothing_set"}},
		"missing.yaml":   {"services:\n  a: {env_file: gone.env, environment: {A: b}}\n", []string{"missing.yaml:2:17 missing_file"}},
		"missing-list.yaml": {
			"services:\n  a: {env_file: [{path: gone.env}], environment: {A: b}}\n",
			[]string{"missing-list.yaml:2:25 missing_file"},
		},
		"optional.yaml": {"services: {a: {env_file: [{path: gone.env, required: false}], environment: {A: b}}}\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			file, err := Read(context.Background(), path, "")
			if err != nil {
				t.Fatal(err)
			}
			var notices []string
			for _, n := range file.Notices {
				n.Pos.File = filepath.Base(n.Pos.File)
				notices = append(notices, n.Pos.String()+" "+n.Rule)
			}
			if diff := cmp.Diff(c.notices, notices); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What cannot be read is an error that names the file, and the line where there is one.
func TestUnreadableFilesSayWhere(t *testing.T) {
	dir := t.TempDir()
	bomb := "k.a: [{value: &a [x,x,x,x,x,x,x,x,x]}]\n"
	for i := 'b'; i < 'k'; i++ {
		bomb += fmt.Sprintf("k.%c: [{value: &%c [%s]}]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", i-1), 9), ","))
	}
	copies := bytes.NewBufferString("services:\n  base: {labels: [" + strings.Repeat("x,", 1999) + "x]}\n")
	for i := range 200 {
		fmt.Fprintf(copies, "  s%d: {extends: base}\n", i)
	}
	for name, c := range map[string]struct{ text, want string }{
		"utf16.env":   {"\xff\xfeA\x00=\x001\x00", "expected UTF-8, found UTF-16"},
		"binary.json": {"{\x00}", "expected text, found binary data"},
		"latin1.env":  {"A=1\nB=\xe9\n", "latin1.env:2:1: read deployed configuration: not valid UTF-8"},
		"tabs.yaml": {"frontend.rps:\n\t- value: 1\n", "tabs.yaml:2:1: read deployed configuration: not valid " +
			"YAML: found character that cannot start any token (indent YAML with spaces"},
		"split.dynamic.yml": {"frontend.rps:\n  - value: 1\n  constraints: {}\n", "split.dynamic.yml:3:3: read deployed " +
			"configuration: not valid YAML: did not find expected '-' indicator; the server rejects the whole file " +
			"(indent constraints as far as the other fields of its list item)"},
		"split.yaml": {"frontend.rps:\n- value: 1\n constraints: {}\n", "split.yaml:3:2: read deployed " +
			"configuration: not valid YAML: did not find expected key (indent constraints"},
		"deeper.yaml": {"a:\n  b: 1\n   c: 2\n", "deeper.yaml:3:5: read deployed configuration: not valid YAML: " +
			"mapping values are not allowed"},
		"quoted-twice.yaml": {"a: 'it's'\nb: 1\n", "quoted-twice.yaml:1:8: read deployed configuration: not valid YAML: " +
			"did not find expected key"},
		"open.yaml": {"a: 1\nb: [1,\nc: 2\n", "open.yaml:3:1: read deployed configuration: not valid YAML: did not " +
			"find expected ',' or ']'"},
		"twice.yaml": {"frontend.rps: [{value: 1}]\nfrontend.rps: [{value: 2}]\n", "twice.yaml:2:1: read deployed " +
			"configuration: frontend.rps is set twice, first in line 1"},
		"twice.json": {`{"containerDefinitions": [{"name": "a", "name": "b"}]}`, "twice.json:1:41: read deployed " +
			"configuration: name is set twice"},
		"listed-dynamic.yml": {"frontend.namespaceRPS:\n- value: 1\n  constraints: [{namespace: a}]\n", "listed-dynamic.yml:3:16: read deployed " +
			"configuration: constraints of frontend.namespaceRPS: expected a mapping, found a list; the server rejects the whole file"},
		"bare-dynamic.yml": {"frontend.rps: 100\n", "bare-dynamic.yml:1:1: read deployed configuration: frontend.rps: " +
			"expected a list of values"},
		"bomb-dynamic.yml": {bomb, "more than the limit of 200000 configuration values"},
		"loop-dynamic.yml": {"frontend.rps: &a [{value: *a}]\n", "more than the limit of 200000 configuration values"},
		"deep.json":        {strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "nested more than 200 levels deep"},
		"name.env":         {"GOOD=1\nhunter2 is it\n", "name.env:2:1: read deployed configuration: not a valid variable name"},
		"quote.env":        {"A=\"hunter2\nB=1\n", "quote.env:1:1: read deployed configuration: a quote is not closed"},
		"dollar.env":       {"A=${}\n", "dollar.env:1:1: read deployed configuration: a $ without a variable name"},
		"many.env":         {"A=" + strings.Repeat("$A", 101), "refers to more than 100 variables"},
		"grows.env": {"A=" + strings.Repeat("x", 60_000) + "\nB=$A$A$A\n", "grows.env:2:1: read deployed " +
			"configuration: the value is longer than 131072 bytes"},
		"long.env":          {"A=" + strings.Repeat("x", 128<<10), "the value is longer than 131072 bytes"},
		"large.env":         {strings.Repeat("#", int(budget.ConfigFile.Most)+1), "more than the limit of 4194304 bytes"},
		"other.yaml":        {"name: x\n", "unrecognised configuration"},
		"includes-self.yml": {"include: [./includes-self.yml]\n", "includes-self.yml:1:11: read deployed configuration: "},
		"unknown.yaml": {"include: ['${WHICH}.yaml']\n", "unknown.yaml:1:11: read deployed configuration: the file " +
			"name depends on a variable that is not set"},
		"zero.yaml": {"include: [/dev/zero]\n", "/dev/zero: read deployed configuration: not a regular file"},
		"env-file.yaml": {"services: {a: {env_file: {path: a.env}}}\n", "env-file.yaml:1:26: read deployed " +
			"configuration: env_file: expected a list, found a mapping (write env_file: [{path: FILE}])"},
		"extends-none.yml": {"services: {a: {extends: b}}\n", `extends-none.yml:1:25: read deployed configuration: ` +
			`service "b" to extend does not exist`},
		"extends-self.yml": {"services: {a: {extends: b}, b: {extends: a}}\n", "extends itself"},
		"extends-file.yml": {"services: {a: {extends: {file: extends-file.yml, service: a}}}\n", "extends itself"},
		"extends-odd.yaml": {"services: {a: {extends: {file: 1, service: [b]}}}\n", "extends-odd.yaml:1:25: read deployed " +
			"configuration: extends names no service"},
		"many-copies.yaml": {copies.String(), "more than the limit of 200000 configuration values"},
		"bomb-compose.yml": {"services: {a: {image: i}}\nx-" + strings.ReplaceAll(bomb, "\n", "\nx-") + "z: 1\n", "more than the limit of " +
			"200000 configuration values"},
		"loop-compose.yml": {"services: &a {a: {labels: *a}}\n", "more than the limit of 200000 configuration values"},
		"replicas.yaml": {"services:\n  a: {deploy: {replicas: many}}\n", `replicas.yaml:2:26: read deployed ` +
			`configuration: Compose cannot read the file: error while interpolating services.a.deploy.replicas: ` +
			`failed to cast to expected type: expected a whole number`},
		"quoted.yaml": {"services: {a: {ports: ['80:hunter-2'], environment: {PASSWORD: hunter-2}}}\n", "quoted.yaml: read deployed " +
			"configuration: Compose cannot read the file: "},
		"ports.yaml": {"services:\n  a: {ports: ['x:y:z:hunter2'], environment: {PASSWORD: hunter2}}\n", "ports.yaml: read deployed " +
			"configuration: Compose cannot read the file: "},
		"format.yaml": {"services: {a: {env_file: [{path: format.yaml, format: toml}]}}\n", "format.yaml: read deployed " +
			"configuration: unknown env file format toml (use raw, or none for .env)"},
		"device.yaml": {"services: {a: {env_file: /dev/zero}}\n", "/dev/zero: read deployed configuration: not a regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Read(context.Background(), path, "")
			var input *source.Error
			if !errors.As(err, &input) {
				t.Fatalf("%v is no error about the input", err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("it says\n%v\nand not\n%s", err, c.want)
			}
			if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "hunter-2") {
				t.Errorf("it shows a secret: %v", err)
			}
		})
	}
	for name, want := range map[string]string{
		dir: "expected a file, found a folder", filepath.Join(dir, "nowhere"): "no such file or directory",
	} {
		if _, err := Read(
			context.Background(),
			name,
			"",
		); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.HasPrefix(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A digest replaces a secret: it shows a change and nothing else. The same secret is
// found under another name, too.
func TestSecretsHaveDigests(t *testing.T) {
	read := func(text string) map[string]deployed.Setting {
		t.Helper()
		file, err := Reader{Format: deployed.Env, Redactor: redact.New([]byte("key"))}.Text(context.Background(), "given.env", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]deployed.Setting{}
		for _, s := range file.Settings {
			all[s.Key] = s
		}
		return all
	}
	one := read("GREETING=$$\nMOTTO=hunter-2\nTEMPORAL_SQL_PASSWORD=hunter-2\nURL=http://h/?q=hunter-2\nTEMPORAL_SQL_USER=admin\n")
	for _, name := range []string{"MOTTO", "TEMPORAL_SQL_PASSWORD", "URL"} {
		if s := one[name]; !s.Secret || s.Value != nil || !strings.HasPrefix(fmt.Sprint(s.Shown), "redacted:") {
			t.Errorf("%s: %+v", name, s)
		}
	}
	if s := one["TEMPORAL_SQL_USER"]; s.Secret || s.Value != "admin" || s.Shown != "admin" {
		t.Errorf("TEMPORAL_SQL_USER: %+v", s)
	}
	if same, other := read(
		"TEMPORAL_SQL_PASSWORD=hunter-2",
	), read(
		"TEMPORAL_SQL_PASSWORD=hunter-3",
	); same["TEMPORAL_SQL_PASSWORD"].Shown != one["TEMPORAL_SQL_PASSWORD"].Shown ||
		other["TEMPORAL_SQL_PASSWORD"].Shown == one["TEMPORAL_SQL_PASSWORD"].Shown {
		t.Error("digests do not tell what changed")
	}
}

// No parser panics, hangs or grows without bound, whatever it is given; every
// place is in a file, and no secret is kept.
func fuzz(f *testing.F, format deployed.Format, seeds ...string) {
	for _, name := range seeds {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	dir := f.TempDir()
	for name, text := range map[string]string{
		"a.env":  "A=1\nB=${A}\n",
		"b.yaml": "services: {a: {environment: {A: ${B}, C: 3}, env_file: a.env}, b: {extends: {file: given, service: a}}}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(dir, "given")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		checkFile(t, Reader{Format: format}, path)
	})
}

// checkFile reads a file, of which every value has a place, and no secret is kept.
func checkFile(t *testing.T, reader Reader, path string) {
	t.Helper()
	file, err := reader.File(context.Background(), path)
	var input *source.Error
	if err != nil && (!errors.As(err, &input) || input.Problems[0].Pos.File == "") {
		t.Fatalf("%v names no file", err)
	}
	if file == nil {
		return
	}
	for _, s := range file.Settings {
		if s.Pos.Line < 1 || s.Pos.Column < 1 || s.ValuePos.Line < 1 || s.ValuePos.Column < 1 {
			t.Fatalf("%s is nowhere: %v, %v", s.Key, s.Pos, s.ValuePos)
		}
		if (s.Secret || s.Unknown) && s.Value != nil {
			t.Fatalf("%s is kept: %v", s.Key, s.Value)
		}
		if text, ok := s.Shown.(string); ok && redact.HasSecret(text) {
			t.Fatalf("%s is shown: %s", s.Key, text)
		}
	}
}

func FuzzDynamicConfig(f *testing.F) { fuzz(f, deployed.DynamicConfig, "dynamic_config.yaml") }
func FuzzEnv(f *testing.F)           { fuzz(f, deployed.Env, "server.env", "windows.env") }
func FuzzCompose(f *testing.F) {
	f.Add([]byte("include: [b.yaml]\nservices: {a: {extends: {file: b.yaml, service: a}, env_file: [{path: a.env, format: raw}]}}\n"))
	fuzz(f, deployed.Compose, "compose.yaml")
}
func FuzzECS(f *testing.F)  { fuzz(f, deployed.ECS, "task-definition.json") }
func FuzzHelm(f *testing.F) { fuzz(f, deployed.Helm, "helm-values.yaml", "helm-defaults.yaml") }
func FuzzAnyFormat(f *testing.F) {
	fuzz(f, "", "dynamic_config.yaml", "server.env", "compose.yaml", "task-definition.json", "helm-values.yaml")
}
