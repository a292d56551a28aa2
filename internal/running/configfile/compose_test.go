package configfile

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/measure"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// project writes the files of a project into the working folder.
func project(t *testing.T, text string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, f := range txtar.Parse([]byte(text)).Files {
		if err := os.MkdirAll(filepath.Dir(f.Name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f.Name, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// What several files make of a service is one environment, and each of its values
// keeps the place where it was written.
func TestComposeOfSeveralFiles(t *testing.T) {
	project(t, `
-- compose.yaml --
include:
  - more/included.yaml
  - {path: other.yaml, env_file: other.env}
services:
  temporal-history:
    extends: {file: more/base.yaml, service: server}
    profiles: [never]
    environment:
      OWN: "1"
      BASE_AND_OWN: own
      ABSENT: ${ABSENT}
      ABSENT_OR_NOT: ${ABSENT:-not}
      REQUIRED: ${ABSENT:?set it}
      PROJECT: ${COMPOSE_PROJECT_NAME:-project}
    env_file: [{path: literal.env, format: raw}]
    ports: ["${PORT}:7233"]
    mem_limit: ${MEMORY}
    tty: ${TTY}
    healthcheck: {interval: "${EVERY}"}
    ulimits: {nofile: "${FILES}"}
    command: sh -c 'echo $1 ${'
    scale: ${HISTORIES:-6}
  temporal-frontend:
    environment:
      - LISTED=${FROM_DOT_ENV}
      - FROM_DOT_ENV
      - FROM_SHELL
    deploy: {replicas: "${FRONTENDS}"}
  temporal-spare:
    extends: temporal-frontend
    environment: !reset null
  temporal-worker:
    environment: {INCLUDED_AND_OWN: own}
jobs:
  migrate: {extends: {file: more/jobs.yaml, service: server}}
-- more/jobs.yaml --
services: {server: {image: i}}
-- .env --
FROM_DOT_ENV=dot
-- literal.env --
# nothing is filled in
LITERAL=a $FROM_DOT_ENV "b"
FROM_DOT_ENV
FROM_SHELL
-- more/base.yaml --
services:
  server:
    extends: {file: deep/root.yaml, service: root}
    env_file: base.env
    environment:
      BASE_AND_OWN: base
-- more/base.env --
BASE_ENV=from ${FROM_DOT_ENV}
REQUIRED_ENV=${GONE:?set it}
REQUIRED_BEFORE=${GONE:-it is not}
-- more/deep/root.yaml --
services:
  root:
    environment: [ROOT=1]
-- more/included.yaml --
services:
  temporal-worker:
    environment:
      INCLUDED: ${FROM_DOT_ENV} ${FROM_ITS_OWN}
      INCLUDED_AND_OWN: included
    env_file: [its.env]
-- more/.env --
FROM_DOT_ENV=passed over
FROM_ITS_OWN=its own
-- more/its.env --
ITS=1
-- other.yaml --
services:
  temporal-matching:
    environment: {OTHER: "${FROM_OTHER}"}
-- other.env --
FROM_OTHER=other
`)
	file, err := Read(context.Background(), "compose.yaml", "")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, s := range file.Settings {
		fmt.Fprintf(
			&got,
			"%s %s: %s = %v\n",
			s.Pos,
			strings.TrimPrefix(s.Service, "temporal-"),
			s.Key,
			map[bool]any{true: "?", false: s.Value}[s.Unknown],
		)
	}
	want := `
more/base.env:1:1 history: BASE_ENV = from dot
more/base.env:2:1 history: REQUIRED_ENV = ?
more/base.env:3:1 history: REQUIRED_BEFORE = ?
literal.env:2:1 history: LITERAL = a $FROM_DOT_ENV "b"
literal.env:3:1 history: FROM_DOT_ENV = dot
literal.env:4:1 history: FROM_SHELL = ?
more/deep/root.yaml:3:19 history: ROOT = 1
compose.yaml:9:7 history: OWN = 1
compose.yaml:10:7 history: BASE_AND_OWN = own
compose.yaml:11:7 history: ABSENT = ?
compose.yaml:12:7 history: ABSENT_OR_NOT = not
compose.yaml:13:7 history: REQUIRED = ?
compose.yaml:14:7 history: PROJECT = ?
compose.yaml:22:12 history: scale = 6
compose.yaml:25:9 frontend: LISTED = dot
compose.yaml:26:9 frontend: FROM_DOT_ENV = dot
compose.yaml:27:9 frontend: FROM_SHELL = ?
compose.yaml:28:24 frontend: deploy.replicas = ?
compose.yaml:28:24 spare: deploy.replicas = ?
more/its.env:1:1 worker: ITS = 1
more/included.yaml:4:7 worker: INCLUDED = dot its own
compose.yaml:33:19 worker: INCLUDED_AND_OWN = own
other.yaml:3:19 matching: OTHER = other
`
	if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), got.String()); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

// What a project is called by is Compose's to say, but for what .env says.
func TestComposeProjectName(t *testing.T) {
	project(
		t,
		"-- .env --\nCOMPOSE_PROJECT_NAME=payments\n-- compose.yaml --\nservices: {a: {environment: {A: '${COMPOSE_PROJECT_NAME}'}}}\n",
	)
	file, err := Read(context.Background(), "compose.yaml", "")
	if err != nil || len(file.Settings) != 1 || file.Settings[0].Value != "payments" {
		t.Errorf("%+v, %v", file, err)
	}
}

// JSON is read as YAML is, tabs and all.
func TestComposeInJSON(t *testing.T) {
	project(
		t,
		"-- compose.json --\n{\"services\": {\"a\": {\"environment\": {\n"+
			"\t\"A\": 1000000, \"B\": true, \"C\": \"\\ud83d\\ude00\"}, \"scale\": 2}}}\n",
	)
	file, err := Read(context.Background(), "compose.json", deployed.Compose)
	if err != nil {
		t.Fatal(err)
	}
	want := "2:7 a: variable A = \"1000000\"\n2:21 a: variable B = \"true\"\n2:32 a: variable C = \"😀\"\n2:58 a: static scale = 2\n"
	if diff := cmp.Diff(want, lines(file.Settings)); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

// What values grow to is bounded, whatever field they are of.
func TestComposeDoesNotGrowWithoutBound(t *testing.T) {
	project(
		t,
		"-- .env --\nLONG="+strings.Repeat(
			"x",
			100_000,
		)+"\n-- compose.yaml --\nservices:\n  a: {labels: ["+strings.Repeat(
			"'$LONG', ",
			1000,
		)+"]}\n",
	)
	if _, err := Read(
		context.Background(),
		"compose.yaml",
		"",
	); err == nil ||
		!strings.Contains(
			err.Error(),
			"compose.yaml:2:15: read deployed configuration: more than the limit of 16777216 bytes of configuration values",
		) {
		t.Errorf("it is read: %v", err)
	}
}

// Whatever files a project is made of and whatever form they take (variables and
// lists, anchors, env files one after the other, chains of services in one file
// and over several, included files, the .env beside), the place of a variable
// holds its name, and its value where that is written out. No value is written
// twice, so that there is one place that may be told.
func TestComposePlacesAreTheRightOnes(t *testing.T) {
	names := rapid.SampledFrom([]string{"A", "B", "TEMPORAL_X", "DSQL_Y"})
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "compose")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		written := 0
		value := func(name string) string {
			written++
			forms := []string{"v%d", "x y%d", "1.5%d", "$${v%d", "${UNSET:-d%d}", "${A:-a}%d", "${UNSET}%d"}
			return fmt.Sprintf(rapid.SampledFrom(forms).Draw(t, name), written)
		}
		some := func(name string, least int) map[string]string {
			all := map[string]string{}
			for _, key := range rapid.SliceOfNDistinct(names, least, 4, rapid.ID).Draw(t, name) {
				all[key] = value(name + " " + key)
			}
			return all
		}
		write := func(name string, data []byte) {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		env := func(name string) {
			var file bytes.Buffer
			for key, value := range some(name, 1) {
				fmt.Fprintf(&file, "%s=%s\n", key, value)
			}
			write(name, file.Bytes())
		}
		// services of a file, each of which may extend those before it and those of base
		services := func(file *bytes.Buffer, folder, base string, all ...string) {
			prefix := strings.TrimSuffix(base, ".yaml")
			fmt.Fprintf(file, "x-common: &common {ANCHORED: %q, A: %q}\nservices:\n", value("anchored"), value("anchored A"))
			for i, name := range all {
				fmt.Fprintf(file, "  %s:\n    image: i\n", name)
				extends := []string{""}
				for _, before := range all[:i] {
					extends = append(extends, before, "{service: "+before+"}")
				}
				if base != "" {
					extends = append(extends, "{file: "+base+", service: first}", "{file: "+base+", service: second}")
				}
				if e := rapid.SampledFrom(extends).Draw(t, name+" extends"); e != "" {
					fmt.Fprintf(file, "    extends: %s\n", e)
				}
				one := fmt.Sprintf("%s%s%d", filepath.Base(prefix), name, written)
				switch rapid.IntRange(0, 2).Draw(t, name+" env files") {
				case 1:
					env(filepath.Join(folder, one+".env"))
					fmt.Fprintf(file, "    env_file: %s.env\n", one)
				case 2:
					env(filepath.Join(folder, one+"1.env"))
					env(filepath.Join(folder, one+"2.env"))
					fmt.Fprintf(file, "    env_file: [%[1]s1.env, {path: gone.env, required: false}, {path: ./%[1]s2.env}]\n", one)
				}
				own := some(name+" environment", 0)
				if rapid.Bool().Draw(t, name+" list") {
					file.WriteString("    environment:\n      - SHELL_S\n")
					for key, value := range own {
						fmt.Fprintf(file, "      - %s=%s\n", key, value)
					}
				} else {
					file.WriteString("    environment:\n      <<: *common\n")
					for key, value := range own {
						fmt.Fprintf(file, "      %s: %q\n", key, value)
					}
				}
			}
		}
		var main, base, included bytes.Buffer
		if rapid.Bool().Draw(t, "beside") {
			write(".env", []byte("A=beside\n"))
		}
		services(&base, "sub", "", "first", "second")
		write("sub/base.yaml", base.Bytes())
		if rapid.Bool().Draw(t, "include") {
			services(&included, "inc", "../sub/base.yaml", "one", "two")
			write("inc/included.yaml", included.Bytes())
			main.WriteString("include: [inc/included.yaml]\n")
		}
		services(&main, "", "sub/base.yaml", "one", "three", "four")
		write("compose.yaml", main.Bytes())
		file, err := Read(context.Background(), filepath.Join(dir, "compose.yaml"), "")
		if err != nil {
			t.Fatalf("%v\n%s", err, &main)
		}
		for _, s := range file.Settings {
			text, err := os.ReadFile(s.Pos.File)
			if err != nil {
				t.Fatal(err)
			}
			line := strings.Split(string(text), "\n")[s.Pos.Line-1]
			if !strings.HasPrefix(line[s.Pos.Column-1:], s.Key) {
				t.Fatalf("%s of %s is not at %s, where there is %s", s.Key, s.Service, s.Pos, line)
			}
			if s.ValuePos.File != s.Pos.File || s.ValuePos.Line != s.Pos.Line {
				t.Fatalf("the value of %s is elsewhere: %s, %s", s.Key, s.Pos, s.ValuePos)
			}
			if unknown := strings.Contains(line, "${UNSET}") ||
				strings.Contains(line, "SHELL_S"); strings.Contains(line, "common") ||
				strings.Contains(line, "${A") {
				continue // there are two in one line; A may be set nowhere, too
			} else if unknown != s.Unknown {
				t.Fatalf("%s of %s is known: %v, at %s: %s", s.Key, s.Service, !s.Unknown, s.Pos, line)
			}
			if s.Unknown {
				continue
			}
			value := s.Value.(string)
			if i := strings.IndexAny(
				value,
				"0123456789",
			); !strings.Contains(line, value[i:]) ||
				!strings.Contains(line, "$") && !strings.Contains(line, value) {
				t.Fatalf("%s of %s is %q, which is not at %s, where there is %s", s.Key, s.Service, value, s.Pos, line)
			}
		}
		if !slices.ContainsFunc(file.Settings, func(s deployed.Setting) bool { return s.Service == "four" }) {
			t.Fatal("nothing is read of the last service")
		}
	})
}

// What would keep Compose's loader busy is refused before it sees it: it writes the path
// to each value, and merges lists by comparing each item with each.
func TestComposeOfUnusualShapeIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"deep": {"x: " + strings.Repeat("[", 9000) + strings.Repeat("]", 9000), "nested more than 64 levels deep"},
		"deep by aliases": {
			"a: &a " + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "\nb: " + strings.Repeat("[", 40) + "*a" + strings.Repeat("]", 40),
			"nested more than 64 levels deep",
		},
		"a long list": {"x: [" + strings.Repeat("1, ", 3000) + "1]", "a list has more than 2000 items"},
		"long names":  {"? " + strings.Repeat("x", 5000) + "\n: [" + strings.Repeat("1, ", 1500) + "1]", "longer than 4194304 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			began := measure.ProcessorTime()
			_, err := Reader{
				Format: deployed.Compose,
			}.Text(
				context.Background(),
				"compose.yaml",
				[]byte(c.text+"\nservices: {a: {image: x}}\n"),
			)
			if err == nil || !strings.Contains(err.Error(), c.want) || measure.ProcessorTime()-began > 5*time.Second {
				t.Errorf("after %s: %v", measure.ProcessorTime()-began, err)
			}
		})
	}
}
