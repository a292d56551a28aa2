// Package docs_test checks the documentation: links, line width and generated pages.
package docs_test

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// pages returns the Markdown files that git tracks or would add, relative to the
// repository's root. Templates and test data are not pages.
func pages(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, name := range tracked(t, "*.md") {
		if !strings.Contains(name, "testdata/") && !strings.Contains(name, "/templates/") {
			found = append(found, name)
		}
	}
	if len(found) < 15 {
		t.Fatalf("found only %d pages", len(found))
	}
	return found
}

func tracked(t *testing.T, patterns ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(
		t.Context(),
		"git",
		append([]string{"ls-files", "--cached", "--others", "--exclude-standard", "--"}, patterns...)...)
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for name := range strings.Lines(string(out)) {
		name = strings.TrimSpace(name)
		if _, err := os.Stat(filepath.Join("..", name)); err == nil {
			names = append(names, name)
		}
	}
	return names
}

// A page is a parsed Markdown file: its links, and the anchors of its headings.
type page struct {
	links   []string
	anchors map[string]bool
}

func parsePage(content []byte) page {
	p := page{anchors: map[string]bool{}}
	seen := map[string]int{}
	root := goldmark.DefaultParser().Parse(text.NewReader(content))
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			p.links = append(p.links, string(n.Destination))
		case *ast.Image:
			p.links = append(p.links, string(n.Destination))
		case *ast.Heading:
			anchor := slug(plainText(n, content))
			if again := seen[anchor]; again > 0 {
				p.anchors[fmt.Sprintf("%s-%d", anchor, again)] = true
			} else {
				p.anchors[anchor] = true
			}
			seen[anchor]++
		}
		return ast.WalkContinue, nil
	})
	return p
}

// slug returns the anchor that GitHub gives to a heading.
func slug(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

func plainText(n ast.Node, content []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && entering {
			b.Write(t.Segment.Value(content))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// broken returns the links of a page that lead nowhere. Links with a scheme are not
// followed: the test needs no network.
func broken(name string, p page, load func(string) (page, error)) []string {
	var wrong []string
	for _, link := range p.links {
		u, err := url.Parse(link)
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("%s: not a valid link", link))
			continue
		}
		if u.Scheme != "" {
			continue
		}
		target := name
		if u.Path != "" {
			target = path.Join(path.Dir(name), u.Path)
		}
		to, err := load(target)
		switch {
		case err != nil:
			wrong = append(wrong, fmt.Sprintf("%s: %s does not exist", link, target))
		case u.Fragment != "" && !to.anchors[u.Fragment]:
			wrong = append(wrong, fmt.Sprintf("%s: %s has no heading #%s", link, target, u.Fragment))
		}
	}
	return wrong
}

func loadPage(name string) (page, error) {
	if path.Ext(name) != ".md" {
		_, err := os.Stat(filepath.Join("..", name))
		return page{}, err
	}
	content, err := os.ReadFile(filepath.Join("..", name))
	return parsePage(content), err
}

func TestLinksResolve(t *testing.T) {
	for _, name := range pages(t) {
		p, err := loadPage(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, wrong := range broken(name, p, loadPage) {
			t.Errorf("%s: %s", name, wrong)
		}
	}
}

func TestBrokenLinksAreFound(t *testing.T) {
	load := func(name string) (page, error) {
		if name != "guide/b.md" {
			return page{}, os.ErrNotExist
		}
		return parsePage([]byte("# B & `C d`\n\n## Twice\n\n## Twice\n")), nil
	}
	for link, want := range map[string]int{
		"b.md": 0, "b.md#b--c-d": 0, "b.md#twice-1": 0, "https://example.com/nowhere": 0,
		"c.md": 1, "b.md#twice-2": 1, "../b.md": 1,
	} {
		content := []byte("[link](" + link + ")")
		if got := broken("guide/a.md", parsePage(content), load); len(got) != want {
			t.Errorf("%s: found %q, want %d", link, got, want)
		}
	}
}

// Every page can be reached from README.
func TestPagesAreLinked(t *testing.T) {
	reached := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if reached[name] || path.Ext(name) != ".md" {
			return
		}
		reached[name] = true
		p, err := loadPage(name)
		if err != nil {
			return // TestLinksResolve reports it
		}
		for _, link := range p.links {
			if u, err := url.Parse(link); err == nil && u.Scheme == "" && u.Path != "" {
				visit(path.Join(path.Dir(name), u.Path))
			}
		}
	}
	visit("README.md")
	for _, name := range pages(t) {
		if !reached[name] {
			t.Errorf("%s: no page links to it: link it from README.md or docs/README.md", name)
		}
	}
}

// Code and other files name pages of docs/ that exist.
func TestPagesNamedInCodeExist(t *testing.T) {
	mention := regexp.MustCompile(`\bdocs/[a-z0-9.-]+\.(?:md|yaml)\b`)
	for _, name := range tracked(t, "*.go", "*.cue", "*.rego", "*.sh", "*.yml", "*.yaml", "Makefile") {
		if strings.Contains(name, "testdata/") {
			continue
		}
		content, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, mentioned := range mention.FindAllString(string(content), -1) {
			if _, err := os.Stat(filepath.Join("..", mentioned)); err != nil {
				t.Errorf("%s: %s does not exist", name, mentioned)
			}
		}
	}
}
