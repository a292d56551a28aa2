package docs_test

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// importsEverything are the packages without a list of imports.
var importsEverything = map[string]bool{"internal/measure": true}

// A package has at most 2,000 lines of Go, without tests and generated files, so that a reader can hold it.
func TestPackagesAreSmall(t *testing.T) {
	const most = 2000
	for name, n := range countLines(t) {
		if n > most {
			t.Errorf("%s has %d lines, over %d: split it along its concepts", name, n, most)
		}
	}
}

// The map in docs/architecture.md has each package, and the linter a list of what it can import. Packages for tests can
// import everything, and their names say whose they are.
func TestPackagesAreOnTheMap(t *testing.T) {
	architecture, linter := readRepositoryFile(t, "docs/architecture.md"), readRepositoryFile(t, ".golangci.yml")
	for name := range countLines(t) {
		if strings.HasSuffix(name, "test") || strings.HasPrefix(name, "cmd/") {
			continue
		}
		if !strings.Contains(architecture, "`"+name+"`") {
			t.Errorf("docs/architecture.md does not have %s: say there what it does", name)
		}
		if !strings.Contains(linter, `files: ["**/`+name+`/*.go"`) && !importsEverything[name] {
			t.Errorf(".golangci.yml does not say what %s can import: add a rule to depguard", name)
		}
	}
}

// countLines returns the lines of each package of the product's module, without tests and generated files.
func countLines(t *testing.T) map[string]int {
	t.Helper()
	lines := map[string]int{}
	for _, name := range tracked(t, "internal/*.go", "cmd/*.go") {
		if strings.HasSuffix(name, "_test.go") || strings.Contains(name, "/testdata/") {
			continue
		}
		content := readRepositoryFile(t, name)
		if !strings.HasPrefix(content, "// Code generated") {
			lines[path.Dir(name)] += strings.Count(content, "\n")
		}
	}
	if len(lines) < 40 {
		t.Fatalf("found only %d packages", len(lines))
	}
	return lines
}

// readRepositoryFile returns the text of a file of the repository.
func readRepositoryFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// The gate runs each check that SECURITY.md and docs/reliability.md count on.
func TestGateRunsItsChecks(t *testing.T) {
	_, verify, _ := strings.Cut(readRepositoryFile(t, "Makefile"), "\nverify:")
	verify, _, _ = strings.Cut(verify, "\n")
	for _, check := range []string{"lint", "race", "licences", "vulnerabilities", "rego", "generated"} {
		if !strings.Contains(verify+" ", " "+check+" ") {
			t.Errorf("make verify does not run %s:%s", check, verify)
		}
	}
}
