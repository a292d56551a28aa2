package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// Prose is at most 100 columns wide. Tables, code, images and lines without a blank are
// exempt.
func TestProseFits(t *testing.T) {
	const columns = 100
	for _, name := range pages(t) {
		content, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		code := false
		number := 0
		for line := range strings.Lines(string(content)) {
			number++
			line = strings.TrimRight(line, "\n")
			if strings.HasPrefix(strings.TrimSpace(line), "```") {
				code = !code
			}
			exempt := code || strings.HasPrefix(line, "|") || strings.HasPrefix(line, "![") || strings.HasPrefix(line, "    ") ||
				!strings.Contains(strings.TrimSpace(line), " ")
			if !exempt && utf8.RuneCountInString(line) > columns {
				t.Errorf("%s:%d: %d columns, over %d", name, number, utf8.RuneCountInString(line), columns)
			}
		}
	}
}

// Pages name folders and files of the code that exist.
func TestCodeNamedInPagesExists(t *testing.T) {
	named := regexp.MustCompile("`((?:internal|cmd|schema|tools|e2e)/[a-z][a-z0-9_./-]*)`")
	found := 0
	for _, name := range pages(t) {
		content, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range named.FindAllStringSubmatch(string(content), -1) {
			found++
			if _, err := os.Stat(filepath.Join("..", match[1])); err != nil {
				t.Errorf("%s: %s does not exist", name, match[1])
			}
		}
	}
	if found < 50 {
		t.Errorf("found only %d names of folders and files", found)
	}
}
