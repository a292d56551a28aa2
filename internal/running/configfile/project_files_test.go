package configfile

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// Files that Compose merges are read as it merges them, and all others of a folder by themselves.
func TestComposeFilesOfOneFolder(t *testing.T) {
	const base = `
-- compose.yaml --
services:
  temporal: {image: "t:1", environment: {A: "1", B: "1"}, deploy: {replicas: 2}}
`
	for name, c := range map[string]struct{ files, read, want string }{
		"an override file": {base + `
-- compose.override.yaml --
services: {temporal: {image: "t:2", environment: {B: !reset null, C: "2"}, deploy: !reset {}}}
`, "compose.override.yaml compose.yaml", `
compose.yaml:2:45 temporal: A = 1
compose.override.yaml:1:70 temporal: C = 2
image t:2
`},
		"a file that only changes": {base + `
-- prod.yaml --
services: {temporal: {environment: !override [B=2]}}
`, "prod.yaml compose.yaml", `
compose.yaml:2:78 temporal: deploy.replicas = 2
prod.yaml:1:47 temporal: B = 2
image t:1
`},
		"variants": {base + `
-- compose.dev.yaml --
services: {temporal: {environment: {A: "2"}}}
-- compose.prod.yaml --
services: {temporal: {environment: {A: "3"}}}
`, "compose.yaml compose.dev.yaml compose.prod.yaml", `
compose.yaml:2:53 compose.dev-temporal: B = 1
compose.yaml:2:78 compose.dev-temporal: deploy.replicas = 2
compose.dev.yaml:1:40 compose.dev-temporal: A = 2
image t:1
compose.yaml:2:53 compose.prod-temporal: B = 1
compose.yaml:2:78 compose.prod-temporal: deploy.replicas = 2
compose.prod.yaml:1:40 compose.prod-temporal: A = 3
image t:1
`},
		"files that the .env names": {base + `
-- .env --
COMPOSE_PATH_SEPARATOR=,
COMPOSE_FILE=compose.yaml,dev.yaml,./prod.yaml
-- dev.yaml --
services: {temporal: {environment: {A: "2", B: "2"}}}
-- prod.yaml --
services: {temporal: {image: "t:3", environment: {A: "3"}}}
-- other.yaml --
services: {temporal: {image: "t:4", environment: {A: "4"}}}
`, "other.yaml prod.yaml dev.yaml compose.yaml", `
other.yaml:1:54 other-temporal: A = 4
image t:4
compose.yaml:2:78 prod-temporal: deploy.replicas = 2
dev.yaml:1:48 prod-temporal: B = 2
prod.yaml:1:54 prod-temporal: A = 3
image t:3
`},
		"complete files": {base + `
-- compose-mysql.yaml --
services: {temporal: {image: "t:2", environment: {A: "2"}}}
-- workers.yaml --
services: {worker: {image: "w:1", environment: {A: "3"}}}
`, "compose.yaml compose-mysql.yaml workers.yaml", `
compose.yaml:2:45 compose-temporal: A = 1
compose.yaml:2:53 compose-temporal: B = 1
compose.yaml:2:78 compose-temporal: deploy.replicas = 2
image t:1
compose-mysql.yaml:1:54 compose-mysql-temporal: A = 2
image t:2
workers.yaml:1:52 worker: A = 3
image w:1
`},
		"an image for production": {`
-- compose.yaml --
services: {temporal: {build: ., environment: {A: "1", B: "1", C: "1", D: "1"}}}
-- compose.prod.yaml --
services: {temporal: {image: "t:2", environment: {A: "2"}}}
`, "compose.yaml compose.prod.yaml", `
compose.yaml:1:58 temporal: B = 1
compose.yaml:1:66 temporal: C = 1
compose.yaml:1:74 temporal: D = 1
compose.prod.yaml:1:54 temporal: A = 2
image t:2
`},
		"files of other projects": {base + `
-- a.yaml --
name: a
services: {temporal: {image: "t:2", environment: {A: "2"}}}
-- b.yaml --
name: b
services: {temporal: {environment: {A: "3"}}}
`, "a.yaml b.yaml", `
a.yaml:2:54 temporal: A = 2
image t:2
b.yaml:2:40 temporal: A = 3
`},
		"parts": {base + `
-- main.yaml --
include: [part.yaml]
services: {history: {extends: {file: compose.yaml, service: temporal}, environment: {A: "2"}}}
-- part.yaml --
services: {matching: {image: "t:1", environment: {B: "2"}}}
`, "compose.yaml main.yaml part.yaml", `
compose.yaml:2:53 history: B = 1
compose.yaml:2:78 history: deploy.replicas = 2
main.yaml:2:89 history: A = 2
part.yaml:1:54 matching: B = 2
image t:1
image t:1
`},
		"sources at one target": {base + `
-- a.yaml --
services:
  history:
    image: t:1
    volumes: [./one.yaml:/etc/dynamicconfig/docker.yaml]
    configs: [{source: c, target: /c.yaml}]
configs: {c: {content: "history.rps: [{value: 1}]"}, d: {content: "history.rps: [{value: 2}]"}}
-- a.override.yaml --
services:
  history:
    env_file: [{path: gone.env, required: true}]
    volumes: [./two.yaml:/etc/dynamicconfig/docker.yaml]
    configs: [{source: d, target: /c.yaml}]
-- one.yaml --
frontend.rps: [{value: 1}]
-- two.yaml --
frontend.rps: [{value: 2}]
`, "a.yaml a.override.yaml", `
two.yaml:1:24 : frontend.rps = 2
a.yaml:6:67 : history.rps = 2
image t:1
a.override.yaml:3:23 missing_file
`},
		"an empty override file": {base + `
-- compose.override.yaml --
# services: {}
`, "compose.yaml compose.override.yaml", `
compose.yaml:2:45 temporal: A = 1
compose.yaml:2:53 temporal: B = 1
compose.yaml:2:78 temporal: deploy.replicas = 2
image t:1
`},
		"JSON": {`
-- compose.yaml --
{"services": {"temporal": {"image": "t:1", "environment": {"A": "1"}}}}
-- compose.override.yaml --
services: {temporal: {environment: {B: "2"}}}
`, "compose.yaml compose.override.yaml", `
compose.yaml:1:65 temporal: A = 1
compose.override.yaml:1:40 temporal: B = 2
image t:1
`},
	} {
		t.Run(name, func(t *testing.T) {
			project(t, c.files)
			batch := Reader{KeepsRest: true}.NewBatch()
			var got strings.Builder
			for _, name := range strings.Fields(c.read) {
				if _, err := batch.File(t.Context(), name); err != nil {
					t.Fatal(err)
				}
			}
			if err := batch.Complete(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, r := range batch.opened {
				got.WriteString(describeFile(r.file))
				for _, p := range r.file.Unread {
					t.Error(p)
				}
			}
			if diff := cmp.Diff(strings.TrimPrefix(c.want, "\n"), got.String()); diff != "" {
				t.Errorf("it reads (-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever two Compose files are, merging them ends, and each setting has a place.
func FuzzMergedProject(f *testing.F) {
	f.Add(
		"services: {a: {image: i, environment: {A: b}, deploy: {replicas: 2}}}",
		"services: {a: {environment: !override [B=c], deploy: !reset {}}}",
	)
	f.Add("include: [x.yaml]\nconfigs: {c: {content: a}}", "services: {a: {extends: b, configs: [c]}, b: !reset null}\nname: n")
	f.Add(`{"services": {"a": {"image": "i"}}}`, "services: {a: {env_file: [x], scale: ${N}}}")
	f.Fuzz(func(t *testing.T, base, over string) {
		t.Chdir(t.TempDir())
		batch := Reader{KeepsRest: true, Format: deployed.Compose}.NewBatch()
		for name, text := range map[string]string{"compose.yaml": base, "compose.override.yaml": over} {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, _ = batch.File(t.Context(), name)
		}
		_ = batch.Complete(t.Context())
		for _, r := range batch.opened {
			for _, s := range r.file.Settings {
				if s.Pos.IsZero() {
					t.Errorf("%s has no place", s.Key)
				}
			}
		}
	})
}
