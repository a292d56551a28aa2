package redact_test

import (
	"encoding/json"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/measure"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
)

// A kase is one line of a corpus.
type kase struct{ Name, Value, Gone string }

func corpus(t testing.TB, file string) []kase {
	t.Helper()
	data, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var all []kase
	if err := yaml.Unmarshal([]byte(strings.ReplaceAll(string(data), "¦", "")), &all); err != nil {
		t.Fatal(err)
	}
	for i, k := range all {
		if k.Gone == "" {
			all[i].Gone = k.Value
		}
	}
	if len(all) < 50 {
		t.Fatalf("%s has %d cases", file, len(all))
	}
	return all
}

var key = []byte("a key for tests")

func TestSecretsGo(t *testing.T) {
	for _, k := range slices.Concat(corpus(t, "secrets.yaml"), corpus(t, "more_secrets.yaml")) {
		got, paths := redact.New(key).RedactValue("env."+k.Name, k.Name, k.Value)
		if text := got.(string); strings.Contains(text, k.Gone) || !strings.HasPrefix(text, "redacted:") {
			t.Errorf("%s=%s is left as %s", k.Name, k.Value, text)
		}
		if want := []string{"env." + k.Name}; !slices.Equal(paths, want) {
			t.Errorf("%s=%s: taken out are %q, want %q", k.Name, k.Value, paths, want)
		}
	}
}

func TestLookalikesStay(t *testing.T) {
	for _, k := range slices.Concat(corpus(t, "lookalikes.yaml"), corpus(t, "more_lookalikes.yaml")) {
		if got, paths := redact.New(key).RedactValue("x", k.Name, k.Value); got != k.Value || len(paths) > 0 {
			t.Errorf("%s=%s became %s", k.Name, k.Value, got)
		}
	}
}

// a place where a secret may stand, around a value: each gives the name that
// the whole then has
var places = map[string]func(t *rapid.T, name string, v any) (string, any){
	"field": func(t *rapid.T, name string, v any) (string, any) {
		return word(t), map[string]any{name: v, "log_level": "info", "max_conns": 50}
	},
	"pair": func(t *rapid.T, name string, v any) (string, any) {
		return word(t), []any{map[string]any{"name": name, "value": v}}
	},
	"list": func(_ *rapid.T, name string, v any) (string, any) { return name, []any{v, true, nil} },
	"deep": func(t *rapid.T, name string, v any) (string, any) {
		return word(t), map[string]any{word(t): []any{map[string]any{name: v}}}
	},
	"JSON text": func(t *rapid.T, name string, v any) (string, any) {
		data, _ := json.Marshal(map[string]any{"log_level": "info", name: v})
		return word(t), string(data)
	},
	"YAML text": func(t *rapid.T, name string, v any) (string, any) {
		data, _ := yaml.Marshal(map[string]any{"log_level": "info", "inner": map[string]any{name: v}})
		return word(t), string(data)
	},
}

func word(t *rapid.T) string {
	return rapid.SampledFrom([]string{"dynamic_config", "TEMPORAL_LOG_LEVEL", "history", "frontend.rps", "options", "value"}).
		Draw(t, "word")
}

// TestNothingOfASecretIsLeft is a property: however deep a secret of the corpus
// stands, and however it is written down, none of it is in the JSON of the whole.
func TestNothingOfASecretIsLeft(t *testing.T) {
	all := slices.Concat(corpus(t, "secrets.yaml"), corpus(t, "more_secrets.yaml"))
	kinds := slices.Sorted(maps.Keys(places))
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(all).Draw(t, "secret")
		name, value := k.Name, any(k.Value)
		for range rapid.IntRange(1, 3).Draw(t, "depth") {
			name, value = places[rapid.SampledFrom(kinds).Draw(t, "place")](t, name, value)
		}
		got, paths := redact.New(key).RedactValue("", name, value)
		if left := written(t, map[string]any{name: got}); strings.Contains(left, k.Gone) && len(k.Gone) > 3 {
			t.Fatalf("%q of %s=%q is left in %s", k.Gone, k.Name, k.Value, left)
		}
		if len(paths) == 0 {
			t.Fatalf("nothing was taken out of %#v", value)
		}
		again, more := redact.New(key).RedactValue("", name, got)
		if !cmp.Equal(again, got) || len(more) > 0 {
			t.Fatalf("taken out of what has no secrets any more: %q", more)
		}
	})
}

// written is what JSON has of a value, with its escapes undone.
func written(t *rapid.T, v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data) + strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n", `\u0026`, "&").Replace(string(data))
}

// Characters without ink hide neither a name nor what follows it.
func TestBlankCharactersHideNothing(t *testing.T) {
	for _, blank := range []string{"\u00ad", "\u3164", "\u115f", "\u2800", "\u200d", "\u2060", "\U000e0101"} {
		name := "DB_PASS" + blank + "WORD"
		if got, _ := redact.New(key).RedactValue("x", name, "hunter2"); got == "hunter2" {
			t.Errorf("%+q is no secret's name", name)
		}
		if text := name + "=hunter-2"; !redact.HasSecret(text) {
			t.Errorf("%+q holds no secret", text)
		}
	}
	if text := "password:\u00a0hunter-2"; !redact.HasSecret(text) {
		t.Errorf("%+q holds no secret", text)
	}
}

// What was found by its name once is a secret under any name.
func TestASecretIsKnownAgain(t *testing.T) {
	r := redact.New(key)
	if _, paths := r.RedactValue("a", "DB_PASSWORD", "tr0ub4dor&3"); len(paths) != 1 {
		t.Fatal("it is not found by its name")
	}
	for _, text := range []string{
		"tr0ub4dor&3", "prefix tr0ub4dor&3 suffix", url.QueryEscape("tr0ub4dor&3"), `{"x":"tr0ub4dor&3"}`, "ZZ dHIwdWI0ZG9yJjM= ",
	} {
		if got, _ := r.RedactValue("b", "MOTTO", text); !strings.HasPrefix(got.(string), "redacted:") {
			t.Errorf("%s is left as %v", text, got)
		}
	}
	r.RedactValue("a", "DB_PASSWORD", "90417726")
	if got, _ := r.RedactValue("b", "MOTTO", "90417726"); got == "90417726" {
		t.Error("a number that is a password is left under another name")
	}
	// a password that is a word takes no other value with it
	r.RedactValue("a", "TEMPORAL_SQL_PASSWORD", "temporal")
	if got, _ := r.RedactValue("b", "TEMPORAL_SQL_USER", "temporal"); got != "temporal" {
		t.Errorf("a word became %v", got)
	}
}

func TestDigestsTellChangesAndNothingElse(t *testing.T) {
	digest := func(key, name, secret string) string {
		got, _ := redact.New([]byte(key)).RedactValue("p", name, secret)
		return got.(string)
	}
	one := digest("k", "PASSWORD", "a")
	if again := digest("k", "PASSWORD", "a"); again != one {
		t.Errorf("the same secret is %s and %s", one, again)
	}
	for what, other := range map[string]string{
		"secret": digest("k", "PASSWORD", "b"), "name": digest("k", "OTHER_PASSWORD", "a"),
		"key": digest("l", "PASSWORD", "a"),
	} {
		if other == one {
			t.Errorf("another %s has the same digest", what)
		}
	}
	if a, b := redact.New(nil).Digest("n", "s"), redact.New(nil).Digest("n", "s"); a != b {
		t.Error("two of one process differ")
	}
}

func TestPathsLeadToWhatIsGone(t *testing.T) {
	_, paths := redact.New(key).RedactValue("config", "config", map[string]any{
		"sql":                       map[string]any{"password": "x", "user": "app"},
		"args":                      []any{"--password", "hunter2", "-v"},
		"AKIA" + "IOSFODNN7EXAMPLE": "name",
		"tokens":                    []any{"a", "b"},
	})
	want := []string{"config.(name)", "config.args[1]", "config.sql.password", "config.tokens[0]", "config.tokens[1]"}
	if !slices.Equal(paths, want) {
		t.Errorf("got %q, want %q", paths, want)
	}
}

// Fields that decide by their neighbours: the parts of a JSON Web Key, and the secrets that a container names.
func TestNeighboursDecide(t *testing.T) {
	x := "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
	_, paths := redact.New(key).RedactValue("", "config", map[string]any{
		"jwks": []any{map[string]any{"kty": "EC", "kid": "2025-01", "x": x, "y": x[1:] + "0"}},
		"key":  map[string]any{"kty": "EC", "x": x, "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"},
		"db":   map[string]any{"image": "postgres:16", "secrets": []any{"pg"}},
		"ecs": map[string]any{
			"image": "worker:1", "secrets": []any{map[string]any{"name": "DB_PASSWORD", "valueFrom": "/prod/db/password"}},
		},
		"pairs": []any{
			map[string]any{"name": "OTEL_EXPORTER_OTLP_HEADERS", "value": "x-team=Kx9dLmQ2zzYt5rPw81"},
			map[string]any{"name": "WEBHOOK_URL", "value": "https://acme.dev/in/Kx9dLmQ2zzYt5rPw81"},
			map[string]any{"name": "WEBHOOK_URL", "value": "https://acme.dev/in/github"},
		},
		"chart":    map[string]any{"secrets": []any{"pg"}},
		"oauth":    map[string]any{"secretName": "oidc", "clientSecretKey": "secret"},
		"minio":    map[string]any{"accessKey": "enterprise-logs", "bucket": "enterprise-logs-tsdb", "name": "enterprise-logs"},
		"external": map[string]any{"secretKey": "database_username", "remoteRef": map[string]any{"key": "database_username"}},
		"sql":      map[string]any{"existingSecret": "x", "secretKey": "postgresPassword"},
		"oauth2":   map[string]any{"secretName": "", "clientSecretKey": "secret"},
	})
	want := []string{".chart.secrets[0]", ".key.d", ".minio.accessKey", ".oauth2.clientSecretKey", ".pairs[0].value", ".pairs[1].value"}
	if !slices.Equal(paths, want) {
		t.Errorf("got %q, want %q", paths, want)
	}
}

// Texts that are joined, fields below the name of a secret, and secrets before the place that names them.
func TestSurroundingsDecide(t *testing.T) {
	secret := "kQsTOL54¦jWslTqUtS7"
	secret = strings.ReplaceAll(secret, "¦", "")
	for text, taken := range map[string]bool{
		`{"Fn::Join": ["", ["mysql://app:", "SECRET", "@", {"Ref": "Host"}, "/x"]]}`:                       true,
		`{"Fn::Join": [":", ["postgres", "//app", "SECRET@db.internal"]]}`:                                 true,
		`{"argv": ["redis://:", "SECRET", "@cache:6379/0"]}`:                                               true,
		`{"parts": ["--connect", "Server=x;Password=", "SECRET", ";Database=y"]}`:                          true,
		`{"args": ["loader", "-p", "SECRET"]}`:                                                             true,
		`{"motd": "hello SECRET", "z": {"api_token": "SECRET"}}`:                                           true,
		`{"uri": ["mongodb+srv://", "svc", ":", "SECRET", "@c0.x.net"]}`:                                   true,
		`{"Fn::Sub": ["postgres://app:${P}@db", {"P": "SECRET"}]}`:                                         true,
		`{"Fn::Sub": ["postgres://app@${H}/x", {"H": "db.internal"}]}`:                                     false,
		`{"pwPerHost": {"eu": "SECRET"}, "tokensPerSecond": {"eu": 250}}`:                                  true,
		`{"tokens_per_second": {"eu": "250"}}`:                                                             false,
		`{"passwordsByService": {"history": "SECRET"}, "tokenFor": {"ci": "SECRET"}}`:                      true,
		`{"passwordByUser": {"ann": "SECRET"}}`:                                                            true,
		`{"tokensForRegions": {"eu-west-1": "SECRET"}}`:                                                    true,
		`{"keyByTenant": {"acme": "SECRET"}}`:                                                              true,
		`{"Fn::Join": ["", ["https://", {"Ref": "Host"}, "/api"]]}`:                                        false,
		`{"Fn::Join": ["", ["postgres://", {"Ref": "User"}, ":", {"Ref": "Pw"}, "@db"]]}`:                  false,
		`{"args": ["loader", "-p", "8080:80", "-k", "OrderWorkflow2"]}`:                                    false,
		`{"args": ["kubectl", "exec", "history-0", "--", "loader", "-p", "SECRET"]}`:                       true,
		`{"args": ["temporal", "workflow", "show", "-w", "SECRET"]}`:                                       false,
		`{"args": ["/usr/bin/tctl", "--ns", "x", "-w", "SECRET"]}`:                                         false,
		`{"args": ["exec", "-c", "SECRET"]}`:                                                               false,
		`{"args": ["worker", "--run-id", "SECRET"]}`:                                                       false,
		`{"args": ["worker", "--flavour", "SECRET"]}`:                                                      true,
		`{"args": ["temporal", "operator", "-p", "Provider2024"]}`:                                         false,
		`{"tags": [{"key": "Secret-Owner", "value": "team-iam"}]}`:                                         false,
		`{"DBPassword": {"Type": "String", "MinLength": 18, "Description": "kept in SSM"}}`:                false,
		`{"secret": {"existingSecret": "oidc", "existingSecretKey": "client-token"}}`:                      false,
		`{"oauth": {"secretName": "", "clientSecretKey": "SECRET"}}`:                                       true,
		`{"secret": {"existingSecret": "", "value": "SECRET"}}`:                                            true,
		`{"sql": {"existingSecret": "x", "secretKey": "SECRET"}}`:                                          true,
		`{"DBCredential": {"Properties": {"ExcludeCharacters": "\"@/"}}}`:                                  false,
		`{"CodeS3Key": {"Default": "15d7c92b571beed29cf6c012a96022482eee1df1b477ad528ddc03a4be52c076"}}`:   false,
		`{"DbPassword": {"Default": "SECRET"}}`:                                                            true,
		`{"Key": {"Ref": "Ec2VolumeTagKey"}}`:                                                              false,
		`{"ForwardCookies": {"AllowedValues": ["none", "whitelist"]}}`:                                     false,
		`{"environment": ["OPENAI_API_KEY=", "OPENAI_API_VERSION=2025-04-01-preview"]}`:                    false,
		`{"environment": ["RUNNERS_AUTH_TOKEN=${TOKEN}", "BROKER_URI=http://n8n:5679"]}`:                   false,
		`{"Parameters": ["N8nLicenseKey", "N8nTenantId"]}`:                                                 false,
		`{"passwordUpdateJob": {"resourcesPreset": "micro"}}`:                                              false,
		`{"snyk": {"uses": "github/codeql-action/upload-sarif@e4fba868fa4b1b91e1fdab776edc8cfbe6e9fb81"}}`: false,
		`{"createApiKey": {"docs": "Create a new API key for an organization"}}`:                           false,
		`{"command": ["gotenberg", "--chromium-deny-private-ips", "--libreoffice-deny-private-ips"]}`:      false,
		`{"args": ["--token=", "SECRET"]}`:                                                                 true,
		`{"Password": {"Ref": "DbPwParam"}, "Token": {"Fn::GetAtt": ["VisSecret", "Arn"]}}`:                false,
	} {
		var v any
		if err := json.Unmarshal([]byte(strings.ReplaceAll(text, "SECRET", secret)), &v); err != nil {
			t.Fatal(err)
		}
		got, paths := redact.New(key).RedactValue("x", "options", v)
		left, _ := json.Marshal(got)
		if strings.Contains(string(left), secret) && taken || len(paths) > 0 != taken {
			t.Errorf("%s: %s", text, left)
		}
		if inText := strings.ReplaceAll(text, "SECRET", secret); redact.HasSecret(inText) != taken {
			t.Errorf("%s as text: %v", inText, !taken)
		}
	}
}

func TestMessagesQuoteNoSecret(t *testing.T) {
	r := redact.New(key)
	r.RedactValue("", "PASSWORD", "tr0ub4dor&3")
	for text, want := range map[string]string{
		"dial db:5432: connection refused":                                                  "dial db:5432: connection refused",
		"dial postgres://app:hunter2@db/temporal: refused":                                  "dial (withheld) refused",
		"login failed for tr0ub4dor&3":                                                      "login failed for (withheld)",
		"bad header Authorization: Bearer abc123def456 in line 1":                           "withheld because it quotes a secret",
		`unknown key "db:5432:temporal:app:iCRyRWJnFaZK6u": use another`:                    "unknown key (withheld): use another",
		`unknown key "the secret key is 6ec5fa1d-bef8-460f-9d3a-3c878bbff25e": use another`: "unknown key (withheld): use another",
		`unknown key "{\"password\": \"quay7731x\"}": use another`:                          "unknown key (withheld): use another",
		`unknown key "frontend.rps": use another`:                                           `unknown key "frontend.rps": use another`,
		"unknown key XK4qE96fC2Urj0QrriUt1eVj: use another":                                 "unknown key (withheld) use another",
		"401: invalid api key 97f41d85ccae1fd7ee3d584355e5eb00 for org payments":            "401: invalid api key (withheld) for org payments",
	} {
		if got := r.RedactMessage(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// The values of labels in a query are names, whatever they look like, but not secrets of a known shape, nor those
// whose name says that they are.
func TestQueriesNameThings(t *testing.T) {
	random := strings.ReplaceAll("Qx7LmP2vTz9R¦kW4bNc8Yd1Hs", "¦", "")
	for query, want := range map[string]bool{
		`sum(rate(requests{temporal_shop="` + random + `"}[5m]))`:                                    false,
		`a{shop=~"` + random + `", other!="` + random + `"}`:                                         false,
		`{"shop": "` + random + `"}`:                                                                 false,
		`shop=` + random:                                                                             false,
		`dsql_token_refresh_total{pod="temporal-history-6c9b7d5f4-8xkzp"}`:                           false,
		`kube_secret_info{secret="temporal-default-store"}`:                                          false,
		`a{secret="marble-thunder"}`:                                                                 true,
		`a{password="` + random + `"}`:                                                               true,
		`a{api_token="` + random + `"}`:                                                              true,
		`a{shop="` + random + `", url="postgres://app:hunter2hunter2@db/temporal"}`:                  true,
		`a{shop="` + strings.ReplaceAll("ghp_¦16C7e42F292c6912E7710c838347Ae178B4a", "¦", "") + `"}`: true,
		`postgres://app:` + random + `@db/temporal`:                                                  true,
	} {
		if got := redact.HasQuerySecret(query); got != want {
			t.Errorf("%s: %v", query, got)
		}
	}
	if !redact.HasSecret(`{"shop": "` + random + `"}`) {
		t.Error("a random value in other text stays")
	}
}

// What is looked through is looked through in a time that grows with its length.
func TestLongTextsTakeNoLong(t *testing.T) {
	for what, part := range map[string]string{
		"names": "password ", "quotes": `a="`, "URLs": "a://b:c", "brackets": "[", "mappings": "a: {",
		"base64": "QUFB", "anchors": "- &a [*a,*a]\n",
		"flags": "--password --", "commands": "tctl -w Provider2024 ", "keys": "abcDEF12/+",
		"a joined name": "dev", "a joined value": "prodlive",
	} {
		spent := func(size int) time.Duration {
			text := strings.Repeat(part, size/len(part))
			start := measure.ProcessorTime()
			redact.HasSecret(text)
			return measure.ProcessorTime() - start
		}
		// eight times the text takes 8 times as long, or 64 times where the time grows with the square
		short, long := spent(16<<10), spent(128<<10)
		if long > 24*short+500*time.Millisecond {
			t.Errorf("%s: %s, and eight times as much %s", what, short, long)
		}
	}
	for _, name := range []string{"users", "passwords", "env"} {
		spent := func(levels int) time.Duration {
			text := "x: y\n"
			for range levels { // each is text in the text around it
				text = name + ": |\n  " + strings.TrimRight(strings.ReplaceAll(text, "\n", "\n  "), " ")
			}
			start := measure.ProcessorTime()
			redact.HasSecret(text)
			return measure.ProcessorTime() - start
		}
		if few, many := spent(8), spent(24); many > 24*few+500*time.Millisecond {
			t.Errorf("%s in 8 levels: %s, in 24 levels %s", name, few, many)
		}
	}
	if !redact.HasSecret(strings.Repeat("a", 129<<10)) {
		t.Error("what is too long to be looked through is left")
	}
}

// Parts of one configuration are redacted at the same time by one redactor. What a text holds is the same then.
func TestConcurrentUse(t *testing.T) {
	r := redact.New(key)
	var values []any
	for _, k := range corpus(t, "secrets.yaml") {
		values = append(values, map[string]any{k.Name: k.Value})
	}
	want := make([]any, len(values))
	for i, v := range values {
		want[i], _ = redact.New(key).RedactValue("p", "", v)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i, v := range values {
				if got, _ := r.RedactValue("p", "", v); !cmp.Equal(got, want[i]) {
					t.Errorf("%v became %v, alone %v", v, got, want[i])
				}
			}
		})
	}
	all.Wait()
}

// FuzzValue checks any text: it is left as it is or replaced as a whole, twice in the
// same way, and the result contains no secret.
func FuzzValue(f *testing.F) {
	for _, file := range []string{"secrets.yaml", "lookalikes.yaml"} {
		for _, k := range corpus(f, file) {
			f.Add(k.Name, k.Value)
		}
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		got, paths := redact.New(key).RedactValue("p", name, value)
		text := got.(string)
		if (text == value) != (len(paths) == 0) {
			t.Fatalf("%q=%q became %q, and taken out are %q", name, value, text, paths)
		}
		if text != value && !strings.HasPrefix(text, "redacted:") {
			t.Fatalf("%q=%q became %q", name, value, text)
		}
		if again, more := redact.New(key).RedactValue("p", name, text); again != text || len(more) > 0 {
			t.Fatalf("%q=%q became %q and then %q", name, value, text, again)
		}
		if text == value && redact.HasSecret(text) {
			t.Fatalf("%q holds a secret and is left", text)
		}
		redact.New(key).RedactMessage(value)
	})
}

func BenchmarkShaped(b *testing.B) {
	for name, text := range map[string]string{
		"number": "2400", "host": "abc.dsql.eu-west-1.on.aws", "list": "10.0.0.0/16,10.1.0.0/16",
		"config": "frontend.rps:\n  - value: 2400\n    constraints: {namespace: batch}\n",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				redact.HasSecret(text)
			}
		})
	}
}
