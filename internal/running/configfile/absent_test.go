package configfile

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// A file that a Compose file names and that cannot be read hides no setting of the others.
func TestAbsentFilesOfCompose(t *testing.T) {
	const server = "services: {history: {image: 'temporalio/server:1.30.0', environment: {A: '1', B: '${B}'}}}\n"
	for name, c := range map[string]struct{ text, notice string }{
		"include":        {"include: [gone.yaml]\n" + server, "compose.yaml:1:11: the included file gone.yaml does not exist, so what it sets is unknown"},
		"include of two": {"include: [{path: [gone.yaml, there.yaml]}]\n" + server, "compose.yaml:1:19: the included file gone.yaml does not exist"},
		"override":       {"include: [{path: [there.yaml, gone.yaml]}]\n" + server, "compose.yaml:1:31: the included file gone.yaml does not exist"},
		"nested":         {"include: [outer.yaml]\n" + server, "outer.yaml:1:11: the included file gone.yaml does not exist"},
		"remote": {
			"include: ['https://example.com/a.yaml']\n" + server,
			"compose.yaml:1:11: the included file https://example.com/a.yaml is remote and not fetched, so what it sets is unknown",
		},
		"env file": {
			"include: [{path: there.yaml, env_file: [gone.env, there.env]}]\n" + server,
			"compose.yaml:1:41: the env file gone.env does not exist",
		},
		"only env file": {
			"include:\n  - path: there.yaml\n    env_file: gone.env\n" + server,
			"compose.yaml:3:15: the env file gone.env does not exist",
		},
		"JSON": {
			`{"include": [{"path": "there.yaml", "env_file": "gone.env"}, "gone.yaml"], ` + strings.NewReplacer(
				"services:", `"services":`, "{history:", `{"history":`, "{image: 'temporalio/server:1.30.0'", `{"image": "temporalio/server:1.30.0"`,
				"environment: {A: '1', B: '${B}'}", `"environment": {"A": "1", "B": "${B}"}`,
			).Replace(strings.TrimSpace(server)) + "}",
			"compose.yaml:1:62: the included file gone.yaml does not exist",
		},
		"extends": {
			"services: {history: {image: i, extends: {file: gone.yaml, service: base}, environment: {A: '1', B: '${B}'}}}\n",
			"compose.yaml:1:48: the extended file gone.yaml does not exist",
		},
		"extends remote": {
			"services: {history: {extends: {file: 'git@example.com:a/b.git', service: base}, environment: {A: '1', B: '${B}'}}}\n",
			"compose.yaml:1:38: the extended file git@example.com:a/b.git is remote and not fetched",
		},
		"extends what extends": {
			"services: {history: {extends: {file: extender.yaml, service: b}, environment: {A: '1', B: '${B}'}}}\n",
			"extender.yaml:1:32: the extended file gone.yaml does not exist",
		},
		"both": {
			"include: [gone.yaml]\nservices: {history: {extends: {file: none.yaml, service: history}, environment: {A: '1', B: '${B}'}}}\n",
			"compose.yaml:2:38: the extended file none.yaml does not exist",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			t.Setenv("TMPDIR", t.TempDir())
			for file, text := range map[string]string{
				"compose.yaml": c.text, "there.env": "B=2\n", "outer.yaml": "include: [gone.yaml]\nservices: {other: {image: i}}\n",
				"there.yaml":    "services: {matching: {image: i, environment: {C: '${B}'}}}\n",
				"extender.yaml": "services: {b: {extends: {file: gone.yaml, service: c}}}\n",
			} {
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			file, err := Read(context.Background(), "compose.yaml", "")
			if err != nil {
				t.Fatal(err)
			}
			found := false
			seen := map[deployed.Notice]bool{}
			for _, n := range file.Notices {
				found = found || n.Rule == deployed.RuleMissingFile && strings.HasPrefix(n.Pos.String()+": "+n.Message, c.notice)
				if seen[n] {
					t.Errorf("%v is noted twice", n)
				}
				seen[n] = true
			}
			if !found {
				t.Errorf("the notices are %v, without %s", file.Notices, c.notice)
			}
			values := map[string]any{}
			for _, s := range file.Settings {
				values[s.Service+" "+s.Key] = s.Value
				if s.Key == "A" && !strings.HasPrefix(s.Pos.String(), "compose.yaml:") {
					t.Errorf("%s is at %s", s.Key, s.Pos)
				}
			}
			if values["history A"] != "1" {
				t.Errorf("the settings are %v", values)
			}
			if want := values["matching C"]; name == "env file" && want != "2" {
				t.Errorf("C is %v", want)
			}
			if isExtending := strings.Contains(name, "extends") || name == "both"; isExtending && !file.Containers[0].IsPartial {
				t.Errorf("the containers are %v", file.Containers)
			}
			if left, err := filepath.Glob(os.Getenv("TMPDIR") + "/*"); len(left) > 0 || err != nil {
				t.Errorf("%v is left: %v", left, err)
			}
		})
	}
}

// Text of a request names no files at all.
func TestAbsentFilesOfARequest(t *testing.T) {
	for _, text := range []string{
		"include: [gone.yaml]\nservices: {a: {image: i}}\n", "include: ['https://example.com/a.yaml']\nservices: {a: {image: i}}\n",
		"services: {a: {extends: {file: gone.yaml, service: b}}}\n",
	} {
		if _, err := (Reader{}).Text(context.Background(), "compose.yaml", []byte(text)); err == nil {
			t.Errorf("%s is read", text)
		}
	}
}

// Variables from outside of the files are noted.
func TestPartialEnvironments(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want bool
	}{
		"pod": {`apiVersion: v1
kind: Pod
spec: {containers: [{name: history, image: i, envFrom: [{secretRef: {name: gone}}]}]}
`, true},
		"pod with all": {`apiVersion: v1
kind: Pod
spec: {containers: [{name: history, image: i, envFrom: [{configMapRef: {name: there}}]}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: there}
data: {A: "1"}
`, false},
		"task":          {`{"containerDefinitions": [{"name": "history", "environmentFiles": [{"value": "arn:x", "type": "s3"}]}]}`, true},
		"task with all": {`{"containerDefinitions": [{"name": "history", "environment": [{"name": "A", "value": "1"}]}]}`, false},
		"values":        {"server: {additionalEnvSecretName: plugin}\n", true},
		"a component":   {"server: {history: {additionalEnvSecretName: plugin}}\n", true},
		"empty values":  {"server: {additionalEnvSecretName: ''}\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			file, err := (Reader{}).Text(context.Background(), "x.yaml", []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			partial := false
			for _, container := range file.Containers {
				partial = partial || container.IsPartial
			}
			if partial != c.want {
				t.Errorf("the containers are %v", file.Containers)
			}
		})
	}
}
