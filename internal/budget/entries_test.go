package budget_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// unbounded are calls that read or go on without a limit, and what to call instead.
var unbounded = map[string]string{
	"os.ReadFile":           "ReadRegular or ReadFile of a budget.Limit",
	"fs.ReadFile":           "ReadFS of a budget.Limit",
	"io.ReadAll":            "Read of a budget.Limit",
	"tls.LoadX509KeyPair":   "ReadFile of a budget.Limit and tls.X509KeyPair",
	"http.Get":              "budget.Client",
	"http.Client":           "budget.Client",
	"http.DefaultTransport": "budget.NewTransport",
	"context.Background":    "the context of the caller",
	"context.TODO":          "the context of the caller",
}

// justified are the exceptions, with the reason for each.
var justified = map[string]string{
	"internal/budget":                            "it sets the limits",
	"internal/cli/cli.go":                        "context.Background: of the process",
	"internal/service/access/oidc.go":            "context.Background: keys are fetched again long after the request",
	"internal/service/client/client.go":          "io.ReadAll: of a budget.Client; http.Client: a handler of this process",
	"internal/redact/encoded.go":                 "io.ReadAll: of an io.LimitReader",
	"internal/running/envfile/envfile.go":        "io.ReadAll: of text that was read within its limit",
	"internal/config/policy/share.go":            "context.Background: for tests, over the rules of the binary",
	"internal/profile/compare/severity.go":       "context.Background: a short policy over facts that are at hand",
	"internal/config/compile/compiletest":        "for tests",
	"internal/grafanatest":                       "for tests",
	"internal/prometheustest":                    "for tests",
	"internal/service/api/apitest":               "for tests",
	"internal/redact/redacttest":                 "for tests",
	"internal/running/snapshot/ecstest":          "for tests",
	"internal/profile/cloudwatch/cloudwatchtest": "for tests",
	"internal/profile/store/storetest":           "for tests",
	"cmd/scoreboard":                             "a tool of the developers, over files of their own",
}

// Everything from outside is read within a limit, and ends with its request.
func TestEntriesTakeTheirLimits(t *testing.T) {
	used := map[string]bool{}
	for _, root := range []string{"internal", "cmd"} {
		err := filepath.WalkDir(filepath.Join("../..", root), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			name := filepath.ToSlash(strings.TrimPrefix(path, "../../"))
			ast.Inspect(file, func(n ast.Node) bool {
				s, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				from, ok := s.X.(*ast.Ident)
				if !ok {
					return true
				}
				call := from.Name + "." + s.Sel.Name
				instead, is := unbounded[call]
				if call == "http.Client" && !constructed(file, s) {
					return true
				}
				if !is {
					return true
				}
				for _, exception := range []string{name, filepath.ToSlash(filepath.Dir(name))} {
					if reason := justified[exception]; reason != "" {
						used[exception] = true
						return true
					}
				}
				t.Errorf("%s: %s has no limit: use %s, or say in this test why not", files.Position(s.Pos()), call, instead)
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name := range justified {
		if !used[name] {
			t.Errorf("%s is justified and needs not be", name)
		}
	}
}

// constructed reports whether a type is the type of a composite literal.
func constructed(file *ast.File, typ ast.Expr) (is bool) {
	ast.Inspect(file, func(n ast.Node) bool {
		if l, ok := n.(*ast.CompositeLit); ok && l.Type == typ {
			is = true
		}
		return !is
	})
	return is
}

// All returns every limit of limits.go, each once.
func TestAllLimitsAreListed(t *testing.T) {
	text, err := os.ReadFile("limits.go")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, l := range budget.All() {
		names[l.Name] = true
	}
	for _, m := range regexp.MustCompile(`Name: "([^"]+)"`).FindAllStringSubmatch(string(text), -1) {
		if !names[m[1]] {
			t.Errorf("not listed: %s", m[1])
		}
		delete(names, m[1])
	}
}

// The table of limits in the documentation is the one of this package.
// UPDATE_DOCS=1 writes it.
func TestDocumentationListsTheLimits(t *testing.T) {
	const page = "../../docs/operations.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("<!-- limits: written by UPDATE_DOCS=1 go test ./internal/budget -->\n\n| at most | of | why |\n|---|---|---|\n")
	for _, l := range budget.All() {
		if l.Name == "" || l.Most <= 0 || l.Why == "" || l.Remedy == "" {
			t.Errorf("%+v is incomplete", l)
		}
		fmt.Fprintf(&table, "| %s | %s | %s |\n", amount(l), strings.TrimPrefix(l.Name, "bytes of "), l.Why)
	}
	table.WriteString("\n<!-- end of limits -->")
	block := regexp.MustCompile(`(?s)<!-- limits:.*<!-- end of limits -->`)
	want := block.ReplaceAllLiteralString(string(text), table.String())
	if want == string(text) && block.Match(text) {
		return
	}
	if os.Getenv("UPDATE_DOCS") == "" {
		t.Fatalf("%s does not have the limits as they are: UPDATE_DOCS=1 go test ./internal/budget", page)
	}
	if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// amount writes bytes in the largest unit that divides them.
func amount(l budget.Limit) string {
	if !strings.HasPrefix(l.Name, "bytes") {
		return fmt.Sprint(l.Most)
	}
	switch {
	case l.Most%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", l.Most>>20)
	case l.Most%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", l.Most>>10)
	}
	return fmt.Sprintf("%d B", l.Most)
}
