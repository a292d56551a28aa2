package typescript

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// install makes a project with the packages of package-lock.json, in a folder of
// its own: they hold Go files, which would become part of this module. Only
// types are needed, so no package's install script runs. It is not npm ci, which
// refuses a lock without the optional packages of platforms that no test runs on.
func install(t *testing.T) (project string) {
	t.Helper()
	project = t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(project, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	npm := exec.Command("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir = project
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("install the packages: %v\n%s", err, out)
	}
	return project
}

// check type-checks files of a project and writes nothing.
func check(project string, files ...string) ([]byte, error) {
	args := []string{"--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext"}
	tsc := exec.Command("node_modules/.bin/tsc", append(args, files...)...)
	tsc.Dir = project
	return tsc.CombinedOutput()
}
