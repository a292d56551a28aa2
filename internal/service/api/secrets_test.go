package api_test

import (
	"bytes"
	stdcmp "cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
	"github.com/temporal-dsql/temporal-dsql/internal/redact/redacttest"
	"github.com/temporal-dsql/temporal-dsql/internal/service/access"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
)

// storedText returns everything that a store in a folder holds, decompressed.
func storedText(t *testing.T, dir string) string {
	t.Helper()
	var all bytes.Buffer
	decoder, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer decoder.Close()
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if strings.HasSuffix(path, ".zst") {
			if data, err = decoder.DecodeAll(data, nil); err != nil {
				return err
			}
		}
		all.Write(data)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// No secret of the corpus that requests bring is stored, shown or logged.
func TestSecretsAreNotStoredShownOrLogged(t *testing.T) {
	o := embedded(t)
	s := world.Serve(t, o)
	all := redacttest.Secrets(t)
	environment, options := map[string]any{}, map[string]any{}
	for i, k := range all {
		if i%2 == 0 {
			environment[fmt.Sprintf("history-%d", i)] = map[string]any{
				"environment": map[string]any{k.Name: strings.ReplaceAll(k.Value, "$", "$$")},
			}
		} else {
			options[fmt.Sprintf("option %d", i)] = map[string]any{k.Name: k.Value}
		}
	}
	compose, err := yaml.Marshal(map[string]any{"services": environment})
	if err != nil {
		t.Fatal(err)
	}
	body := request(map[string]any{
		"config":         []any{map[string]any{"name": "compose.yaml", "format": "compose", "content": string(compose)}},
		"worker_options": options,
	})
	var made behaviour.Metadata
	s.Send(t, post, "/profiles", body).Decode(t, http.StatusCreated, &made)
	texts := map[string]string{
		"store": storedText(t, o.DataDir), "log": s.Log.String(),
		"profile": string(s.Send(t, get, "/profiles/"+made.ID, nil).Data),
	}
	for where, text := range texts {
		for _, k := range all {
			if gone := stdcmp.Or(k.Gone, k.Value); len(gone) > 6 && strings.Contains(text, gone) {
				t.Errorf("%s has %q of %s", where, gone, k.Name)
			}
		}
	}
}

// A secret in a name, label or version is refused, and its answer and log do not repeat it.
func TestSecretsInTextsAreRefused(t *testing.T) {
	o := embedded(t)
	s := world.Serve(t, o)
	var shaped []redacttest.Case
	for i, k := range redacttest.Secrets(t) {
		if len(k.Value) < 200 && redact.HasSecret(k.Value) && !strings.ContainsAny(k.Value, "\n\t") && i%4 == 0 {
			shaped = append(shaped, k)
		}
	}
	if len(shaped) < 50 {
		t.Fatalf("%d secrets", len(shaped))
	}
	fields := []string{"name", "label", "namespace", "task_queue", "cluster_id", "worker_code_sha", "temporal_server_version"}
	for i, k := range shaped {
		answer := s.Send(t, post, "/profiles", request(map[string]any{fields[i%len(fields)]: k.Value}))
		if answer.StatusCode == http.StatusCreated && !strings.Contains(fields[i%len(fields)], "_sha") &&
			!strings.Contains(fields[i%len(fields)], "version") {
			t.Errorf("%s=%q is accepted", fields[i%len(fields)], k.Value)
		}
		s.Send(t, get, "/unknown/"+strings.ReplaceAll(strings.ReplaceAll(k.Value, "%", "%25"), " ", "%20"), nil)
		if gone := stdcmp.Or(
			k.Gone,
			k.Value,
		); len(gone) > 6 &&
			(strings.Contains(string(answer.Data), gone) || strings.Contains(s.Log.String(), gone)) {
			t.Errorf("%q of %s is repeated: %s", gone, k.Name, answer.Data)
		}
	}
	text := storedText(t, o.DataDir)
	for _, k := range shaped {
		if gone := stdcmp.Or(k.Gone, k.Value); len(gone) > 6 && strings.Contains(text, gone) {
			t.Errorf("%q of %s is stored", gone, k.Name)
		}
	}
}

// A random text needs no name to be a secret where people write for people: in names and labels, and in errors about them.
func TestTokensWithoutNamesAreNotRepeated(t *testing.T) {
	o := embedded(t)
	s := world.Serve(t, o)
	const token = "XK4qE96fC2Urj0QrriUt1eVjCGfVpkyy"
	answers := map[string]*apitest.Response{
		"name":       s.Send(t, post, "/profiles", request(map[string]any{"name": token})),
		"label":      s.Send(t, post, "/profiles", request(map[string]any{"label": "run with " + token})),
		"field":      s.Send(t, post, "/profiles", request(map[string]any{token: "x"})),
		"path":       s.Send(t, get, "/unknown/"+token, nil),
		"id":         s.Send(t, get, "/profiles/"+token, nil),
		"query":      s.Send(t, get, "/profiles?cursor="+token, nil),
		"value":      s.Send(t, post, "/profiles", request(map[string]any{"name": map[string]any{"password": token}})),
		"list":       s.Send(t, post, "/profiles", request(map[string]any{"label": []any{"token", "ghp_" + token + "abcd"}})),
		"query name": s.Send(t, get, "/profiles?"+token+"=1", nil),
	}
	for _, where := range slices.Sorted(maps.Keys(answers)) {
		if a := answers[where]; a.StatusCode < http.StatusBadRequest || strings.Contains(string(a.Data), token) {
			t.Errorf("%s: %d %s", where, a.StatusCode, a.Data)
		}
	}
	if log := s.Log.String(); strings.Contains(log, token) {
		t.Errorf("logged: %s", log)
	}
	if strings.Contains(storedText(t, o.DataDir), token) {
		t.Error("stored")
	}
}

// Names and labels with the ids of builds, resources and runs are accepted and shown, and a refusal says what is wrong.
func TestIDsInNamesAreAccepted(t *testing.T) {
	s := world.Serve(t, embedded(t))
	for _, text := range []string{
		"9fceb02d0ae598e95dc970b74767f19372d61af8", "ns-550e8400-e29b-41d4-a716-446655440000", "run 01J9ZK3X5V7Q8R2M4N6P0T1WYZ",
		"arn:aws:iam::123456789012:role/temporal-AppRole-1A2B3C4D5E6F7", "temporal-prod-DsqlCluster-XK4QE96FC2UR",
		"foo0bar1baz2quux3quuux4abcd.dsql.us-east-1.on.aws", "Soak24hMidScale15Replicas",
	} {
		for _, field := range []string{"name", "label", "cluster_id", "namespace", "task_queue"} {
			a := s.Send(t, post, "/profiles", request(map[string]any{field: text}))
			if a.StatusCode != http.StatusCreated || !strings.Contains(string(a.Data), text) {
				t.Errorf("%s %s: %d %s", field, text, a.StatusCode, a.Data)
			}
		}
	}
	const want = "label contains a secret, or a random text as keys and passwords are"
	a := s.Send(t, post, "/profiles", request(map[string]any{"label": "run XK4qE96fC2Urj0QrriUt1eVjCGfVpkyy"}))
	if !strings.Contains(string(a.Data), want) {
		t.Errorf("%s, want %s", a.Data, want)
	}
}

// The commits, digests and versions that people state are kept as they are, and a text as random as a key is refused
// rather than left out.
func TestStatedVersionsAreKeptOrRefused(t *testing.T) {
	s := world.Serve(t, embedded(t))
	const commit = "9fceb02d0ae598e95dc970b74767f19372d61af8"
	const digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for field, texts := range map[string][]string{
		"worker_code_sha": {
			commit, strings.ToUpper(commit), commit[:7], commit + "-dirty", "main@" + commit, "release/2026-11-03/" + commit,
			digest, strings.TrimPrefix(digest, "sha256:"), "ghcr.io/acme/worker:1.2.3@" + digest, "018f5a3c-6b2e-4c1d-9a7f-2b3c4d5e6f70",
			"v0.0.0-20260101054833-3ca5ce54b27a", "build-20261103.4711-9fceb02",
		},
		"temporal_server_version": {
			"1.31.2", "v1.31.0-rc.2+build.20261101.sha.5114f85", "1.31.0-alpha.1+exp.sha." + commit, "1.30.1@" + digest,
		},
	} {
		for _, text := range texts {
			var made map[string]any
			s.Send(t, post, "/profiles", request(map[string]any{field: text})).Decode(t, 201, &made)
			if made[field] != text {
				t.Errorf("%s %s became %v", field, text, made[field])
			}
		}
		for _, text := range []string{"XK4qE96fC2Urj0QrriUt1eVjCGfVpkyy", "AKIA" + "IOSFODNN7EXAMPLE", "token=Quay7731w"} {
			p := s.Send(t, post, "/profiles", request(map[string]any{field: text})).DecodeProblem(t, 400, "invalid-request")
			if !strings.Contains(p.Detail, field+" contains a secret") || !strings.Contains(p.Remedy, "commit or digest") {
				t.Errorf("%s %s: %s, %s", field, text, p.Detail, p.Remedy)
			}
		}
	}
}

// Names that change what a terminal or a page shows are refused, when a profile is made and when it is imported.
func TestInvisibleCharactersAreRefused(t *testing.T) {
	s := world.Serve(t, embedded(t))
	var made behaviour.Metadata
	s.Send(t, post, "/profiles", request(nil)).Decode(t, http.StatusCreated, &made)
	exported := s.Send(t, get, "/profiles/"+made.ID, nil).Data
	s.Send(t, remove, "/profiles/"+made.ID, nil)
	odd := map[string]string{
		"escape":   "a\x1b[2J",
		"override": "a\u202eb",
		"isolate":  "a\u2066b",
		"mark":     "a\u200fb",
		"line":     "a\nb",
		"C1":       "a\u009bm",
		"hyphen":   "a\u00adb",
		"filler":   "a\u3164",
		"jamo":     "a\u115fb",
		"braille":  "a\u2800b",
		"selector": "a\U000e0101",
		"joiner":   "a\u200db",
	}
	for _, field := range []string{"name", "label", "cluster_id", "namespace", "task_queue"} {
		for kind, value := range odd {
			answers := map[string]*apitest.Response{"creation": s.Send(t, post, "/profiles", request(map[string]any{field: value}))}
			var p map[string]any
			if err := json.Unmarshal(exported, &p); err != nil {
				t.Fatal(err)
			}
			p[field] = value
			answers["import"] = s.Send(t, post, "/profiles/import", p)
			for _, how := range slices.Sorted(maps.Keys(answers)) {
				a := answers[how]
				const problem = "invisible, control or direction characters"
				if a.StatusCode != http.StatusBadRequest || !strings.Contains(string(a.Data), problem) {
					t.Errorf("%s of a %s with %s: %d %s", how, field, kind, a.StatusCode, a.Data)
				}
			}
		}
	}
}

// An import with a secret in any of its texts is refused.
func TestImportsAreSearchedEverywhere(t *testing.T) {
	s := world.Serve(t, embedded(t))
	var made behaviour.Metadata
	s.Send(t, post, "/profiles", request(nil)).Decode(t, http.StatusCreated, &made)
	exported := s.Send(t, get, "/profiles/"+made.ID, nil).Data
	s.Send(t, remove, "/profiles/"+made.ID, nil)
	const secret = "postgres://app:hunter2hunter2@db/temporal"
	for name, change := range map[string]func(p *behaviour.Profile){
		"name":     func(p *behaviour.Profile) { p.Name = secret },
		"version":  func(p *behaviour.Profile) { p.WorkerCodeSHA = secret },
		"source":   func(p *behaviour.Profile) { p.Config.Sources = []string{secret} },
		"unknown":  func(p *behaviour.Profile) { p.Config.Unknown = []string{secret} },
		"redacted": func(p *behaviour.Profile) { p.Config.Redacted = []string{secret} },
		"option":   func(p *behaviour.Profile) { p.Config.WorkerOptions["x"] = secret },
		"warning":  func(p *behaviour.Profile) { p.Collection.Warnings = []string{secret} },
		"failure":  func(p *behaviour.Profile) { p.Collection.Failed = []string{secret} },
		"query": func(p *behaviour.Profile) {
			for category, metrics := range p.Telemetry {
				for name, m := range metrics {
					m.Query = secret
					p.Telemetry[category][name] = m
				}
			}
		},
		"metric": func(p *behaviour.Profile) {
			for _, metrics := range p.Telemetry {
				for _, m := range metrics {
					metrics[secret] = m
					return
				}
			}
		},
	} {
		var p behaviour.Profile
		if err := json.Unmarshal(exported, &p); err != nil {
			t.Fatal(err)
		}
		change(&p)
		if a := s.Send(
			t,
			post,
			"/profiles/import",
			p,
		); a.StatusCode != http.StatusBadRequest ||
			strings.Contains(string(a.Data), "hunter2") {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.Data)
		}
	}
	s.Send(t, post, "/profiles/import", json.RawMessage(exported)).Decode(t, http.StatusCreated, &made)
}

// What a service made can be imported again, also where a namespace or a task queue is as random as a key.
func TestImportsOfRandomNames(t *testing.T) {
	s := world.Serve(t, embedded(t))
	for _, name := range []string{
		"Temporal-Payments8F3A2B1C-Xy12AbCdEfGh", "TemporalHistoryTaskDefD5C3F1A2", "Qx7LmP2vTz9RkW4bNc8Yd1Hs",
	} {
		var made behaviour.Metadata
		s.Send(t, post, "/profiles", request(map[string]any{"namespace": name, "task_queue": name})).Decode(t, http.StatusCreated, &made)
		exported := s.Send(t, get, "/profiles/"+made.ID, nil).Data
		if !bytes.Contains(exported, []byte(name+`\"`)) {
			t.Fatalf("no query has the name %s", name)
		}
		s.Send(t, remove, "/profiles/"+made.ID, nil)
		if a := s.Send(t, post, "/profiles/import", json.RawMessage(exported)); a.StatusCode != http.StatusCreated {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.Data)
		}
	}
}

// A field that is given twice, or in other letters, could be checked in one form and used in another.
func TestFieldsAreReadInOneWay(t *testing.T) {
	s := world.Serve(t, embedded(t))
	var made behaviour.Metadata
	s.Send(t, post, "/profiles", request(nil)).Decode(t, http.StatusCreated, &made)
	exported := string(s.Send(t, get, "/profiles/"+made.ID, nil).Data)
	s.Send(t, remove, "/profiles/"+made.ID, nil)
	created, err := json.Marshal(request(nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct{ path, body, from, to, want string }{
		{"/profiles", string(created), `{`, `{"NAME": "b",`, `write name`},
		{"/profiles", string(created), `{`, `{"name": "b",`, `given twice`},
		{"/profiles", string(created), `{`, `{"worker_options": {"a": {"b": 1, "b": 2}},`, `worker_options.a.b`},
		{"/profiles", string(created), `{`, `{"Config": [],`, `write config`},
		{"/profiles/compare", `{}`, `{`, `{"PROFILE_A_ID": "` + made.ID + `", "profile_b_id": "` + made.ID + `"`, "write profile_a_id"},
		{"/profiles/import", exported, `{`, `{"LABEL": "b",`, `write label`},
		{"/profiles/import", exported, `"config_snapshot":{`, `"config_snapshot":{"config_profile":{"a":"hunter2","a":1},`, `_profile.a`},
		{"/profiles/import", exported, `"config_snapshot":{`, `"config_snapshot":{"Sources":["hunter2"],`, `config_snapshot.Sources`},
	} {
		body := strings.Replace(k.body, k.from, k.to, 1)
		a := s.Send(t, post, k.path, json.RawMessage(body))
		text := string(a.Data)
		if a.StatusCode != http.StatusBadRequest || !strings.Contains(text, k.want) || strings.Contains(text, "hunter2") {
			t.Errorf("%s with %s: %d %s", k.path, k.to, a.StatusCode, text)
		}
	}
}

// Only callers with a token see why a service is not ready.
func TestReadinessReasonsAreForTokens(t *testing.T) {
	reader, line, err := access.NewToken("grafana", []access.Scope{access.Read}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(path, []byte(line+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	known, err := access.OpenTokens(path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	o := embedded(t)
	s := world.Serve(t, o, func(s *apitest.Setup) { s.Server.Access = access.Control{known} })
	if err := os.Remove(filepath.Join(o.DataDir, "documents", ".tmp")); err != nil {
		t.Fatal(err)
	}
	for header, sees := range map[string]bool{"": false, "Authorization: Bearer tdsql_no": false, "Authorization: Bearer " + reader: true} {
		var headers []string
		if header != "" {
			headers = []string{header}
		}
		p := s.Send(t, get, "/readyz", nil, headers...).DecodeProblem(t, http.StatusServiceUnavailable, "store")
		if strings.Contains(p.Detail, "the documents cannot be written") != sees || strings.Contains(p.Detail, o.DataDir) != sees {
			t.Errorf("%s: %s", strings.TrimSuffix(header, reader), p.Detail)
		}
	}
	if !strings.Contains(s.Log.String(), "the documents cannot be written") {
		t.Error("the log has no reason")
	}
}
