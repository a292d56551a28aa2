package docs_test

import (
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// README says where each kind of fact is decided, and each place exists.
func TestPlacesInReadmeExist(t *testing.T) {
	readme := readRepositoryFile(t, "README.md")
	if n := strings.Count(readme, "\n"); n > 150 {
		t.Errorf("README.md has %d lines, over 150", n)
	}
	_, section, ok := strings.Cut(readme, "\n## Where things are\n")
	if !ok {
		t.Fatal("README.md does not say where things are")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	named := 0
	for row := range strings.Lines(section) {
		cells := strings.Split(row, "|")
		if len(cells) != 4 || strings.HasPrefix(cells[1], "--") || strings.TrimSpace(cells[1]) == "fact" {
			continue
		}
		for _, place := range regexp.MustCompile("`[^`]+`").FindAllString(cells[2], -1) {
			named++
			found, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(strings.Trim(place, "`"))))
			if err != nil || len(found) == 0 {
				t.Errorf("README.md says that%sis in %s, which does not exist", cells[1], place)
			}
		}
	}
	if named < 30 {
		t.Errorf("found only %d places in README.md", named)
	}
}

// The map in docs/architecture.md has each file of the schema.
func TestSchemaFilesAreOnTheMap(t *testing.T) {
	architecture := readRepositoryFile(t, "docs/architecture.md")
	files := tracked(t, "schema/*.cue")
	for _, name := range files {
		if path.Dir(name) != "schema" || strings.HasPrefix(path.Base(name), "registry_") {
			continue
		}
		if !strings.Contains(architecture, "`"+path.Base(name)+"`") {
			t.Errorf("docs/architecture.md does not have %s: say there what it decides", name)
		}
	}
	if len(files) < 30 {
		t.Errorf("found only %d files of the schema", len(files))
	}
}
