package cli_test

import (
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile/compiletest"
	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
)

// fileNames are the names of files in an artefact, with the folder that they are in.
var fileNames = regexp.MustCompile(`(?:https?://)?[\w./-]*\w\.(?:env|ya?ml|json|md|toml|properties|conf|tpl|sh|cue|go|py|java|ts|cs)\b`)

// ownFiles are the user's own: an artefact names them and does not need them.
var ownFiles = []string{"compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"}

// TestCompileDocumentHasEveryFile checks that compile -o json has every file that --out
// writes, and every file that an artefact refers to.
func TestCompileDocumentHasEveryFile(t *testing.T) {
	t.Cleanup(compiletest.ShareEngines())
	engine := compile.Embedded()
	presets, err := engine.Presets()
	if err != nil {
		t.Fatal(err)
	}
	adapters, err := engine.Adapters()
	if err != nil {
		t.Fatal(err)
	}
	var cases [][]string
	for _, p := range presets {
		cases = append(cases, []string{p.Name})
	}
	for _, a := range adapters {
		args := []string{presets[0].Name, "--sdk", "none", "--platform", "none"}
		args[2*slices.Index([]string{"", "sdk", "platform"}, a.Kind)] = a.Name
		cases = append(cases, args)
	}
	references := 0
	for _, n := range rapidtest.Choose(len(cases)) {
		args := cases[n]
		var doc struct {
			Files            map[string]string
			SDKSnippets      []artefact.Snippet `json:"sdk_snippets"`
			PlatformSnippets []artefact.Snippet `json:"platform_snippets"`
		}
		if err := json.Unmarshal(run(t, append([]string{"compile", "-o", "json"}, args...)...), &doc); err != nil {
			t.Fatal(err)
		}
		bases := map[string]bool{}
		for name := range doc.Files {
			bases[path.Base(name)] = true
		}
		for _, s := range append(doc.SDKSnippets, doc.PlatformSnippets...) {
			if doc.Files[s.Filename] != s.Content {
				t.Errorf("%v: files lacks %s, or has another", args, s.Filename)
			}
		}
		for name, text := range doc.Files {
			for _, found := range fileNames.FindAllString(text, -1) {
				base := path.Base(found)
				if strings.HasPrefix(found, "http") || slices.Contains(ownFiles, base) {
					continue
				}
				if references++; !bases[base] {
					t.Errorf("%v: %s refers to %s, which is not in the output", args, name, found)
				}
			}
		}
	}
	if references == 0 {
		t.Error("no artefact refers to another")
	}
}
