//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestWorkflowCompilesEveryDeployment runs the step of init's workflow that keeps the
// files of every deployment, in a repository with a package that deployments share.
func TestWorkflowCompilesEveryDeployment(t *testing.T) {
	dir, bin := t.TempDir(), t.TempDir()
	copied(t, filepath.Join(bin, commandName))
	if _, err := exec.LookPath("jq"); err != nil {
		// GitHub's runners have the real one
		const standIn = "#!/bin/sh\nsed -n 's/^ *\"file\": \"\\(.*\\)\",$/\\1/p'\n"
		if err := os.WriteFile(filepath.Join(bin, "jq"), []byte(standIn), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	env := append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
	runs(t, filepath.Join(bin, commandName), dir, env, 0, "init", "--name", "first")
	lay(t, dir, map[string]string{
		"profiles/common/common.cue": `package common

import (
	"github.com/temporal-dsql/temporal-dsql/presets"
	"github.com/temporal-dsql/temporal-dsql/schema"
)

#Payments: schema.#Deployment & {preset: presets."mid-scale"}
`,
		"profiles/eu/payments/payments.cue": `package payments

import "example.com/` + filepath.Base(dir) + `/profiles/common"

common.#Payments & {name: "payments"}
`,
		"profiles/with space/deployment.yaml": "name: spaced\npreset: starter\n",
	})
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct{ Name, Run string }
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, ".github/workflows/temporal-dsql.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &workflow); err != nil {
		t.Fatal(err)
	}
	for _, step := range workflow.Jobs["gate"].Steps {
		if step.Name == "Compile" {
			// as a step with shell: bash is run
			runs(t, "bash", dir, env, 0, "--noprofile", "--norc", "-eo", "pipefail", "-c", step.Run)
		}
	}
	found, err := filepath.Glob(filepath.Join(dir, "build", "*", "profile.json"))
	if err != nil {
		t.Fatal(err)
	}
	nested, err := filepath.Glob(filepath.Join(dir, "build", "*", "*", "profile.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, name := range append(found, nested...) {
		got = append(got, strings.TrimPrefix(filepath.Dir(name), filepath.Join(dir, "build")+"/"))
	}
	if want := "first,with space,eu/payments"; strings.Join(got, ",") != want {
		t.Errorf("the workflow compiles %s, not %s", strings.Join(got, ","), want)
	}
}
