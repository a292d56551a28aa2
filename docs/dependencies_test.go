package docs

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// The page about dependencies names every module that go.mod requires directly, and no other in its table.
func TestEveryDependencyHasAReason(t *testing.T) {
	data, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	file, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	named := moduleName.FindAllStringSubmatch(string(page), -1)
	isNamed := func(path string) bool {
		return slices.ContainsFunc(named, func(n []string) bool { return isPackageOf(n[1], path) })
	}
	for _, r := range file.Require {
		if !r.Indirect && !isNamed(r.Mod.Path) {
			t.Errorf("dependencies.md says nothing of %s", r.Mod.Path)
		}
	}
	rows := 0
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		rows++
		cell, _, _ := strings.Cut(line[1:], "|")
		for _, name := range moduleName.FindAllStringSubmatch(cell, -1) {
			if !slices.ContainsFunc(file.Require, func(r *modfile.Require) bool { return isPackageOf(name[1], r.Mod.Path) }) {
				t.Errorf("go.mod does not require %s", name[1])
			}
		}
	}
	if rows == 0 {
		t.Error("dependencies.md has no table")
	}
}

// moduleName matches the path of a module or a package of one.
var moduleName = regexp.MustCompile("`([a-z0-9-]+[.][a-z0-9.-]+/[^`]+)`")

// isPackageOf reports whether a path is that of a module, or of a package in it.
func isPackageOf(path, module string) bool {
	return path == module || strings.HasPrefix(path, module+"/") && !isVersion.MatchString(path[len(module)+1:])
}

// isVersion matches the end of the path of another module.
var isVersion = regexp.MustCompile("^v[0-9]+$")
