package policy

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// Unjudged is a rule that was not asked, and what it would have needed.
type Unjudged struct {
	Rule    string   `json:"rule"`
	Title   string   `json:"title"`
	Missing []string `json:"missing"`
}

// inputs are what a rule says in its METADATA that it reads.
type inputs struct {
	Title  string
	Custom struct {
		Parameters, Limits, Margins, Planned []string
	}
}

// A Survey knows what each guard rail of a policy tree reads, by its METADATA
// alone: nothing is parsed but what is asked for, and what the rules share.
type Survey struct {
	tree fs.FS
	all  []surveyed
	libs map[string]*ast.Module
}

type surveyed struct {
	file, rule, title string
	reads             []string
}

var imported = regexp.MustCompile(`(?m)^import data[.]lib[.](\w+)`)

// NewSurvey reads the METADATA of the guard rails.
func NewSurvey(tree fs.FS) (*Survey, error) {
	s := &Survey{tree: tree}
	libs := map[string]bool{}
	err := fs.WalkDir(tree, "policies/guardrails", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !isPolicyFile(name) {
			return err
		}
		text, err := budget.SourceFile.ReadFS(tree, name)
		if err != nil {
			return err
		}
		about, err := metadata(string(text))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		reads := about.reads()
		// a change is judged against what ran before it, which METADATA does not declare
		if code := string(text); strings.Contains(code, "input.deployed") || strings.Contains(code, "data.lib.deployed") {
			reads = append(reads, "deployed")
		}
		for _, found := range imported.FindAllStringSubmatch(string(text), -1) {
			if file := fileOf("data.lib." + found[1]); exists(tree, file) {
				libs[file] = true
			}
		}
		s.all = append(s.all, surveyed{name, strings.TrimSuffix(path.Base(name), ".rego"), strings.TrimSpace(about.Title), reads})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read policies: %w", err)
	}
	slices.SortFunc(s.all, func(a, b surveyed) int { return strings.Compare(a.rule, b.rule) })
	s.libs, err = importClosure(tree, slices.Sorted(maps.Keys(libs)), nil)
	return s, err
}

// Sufficient prepares the guard rails for which all is known that they read, and
// tells which are left. It asks has for parameters by key, and for limits.NAME,
// margins.NAME and planned.NAME. The rules are nil where there are none.
func (s *Survey) Sufficient(ctx context.Context, has func(string) bool) (*Rules, []Unjudged, error) {
	var files []string
	left := []Unjudged{}
	for _, r := range s.all {
		missing := slices.DeleteFunc(slices.Clone(r.reads), has)
		if len(missing) == 0 {
			files = append(files, r.file)
		} else {
			left = append(left, Unjudged{r.rule, r.title, missing})
		}
	}
	if len(files) == 0 {
		return nil, left, nil
	}
	modules, err := importClosure(s.tree, files, s.libs)
	if err != nil {
		return nil, nil, err
	}
	rules, err := prepare(ctx, modules, rulesOf(modules))
	return rules, left, err
}

func (i inputs) reads() []string {
	all := slices.Clone(i.Custom.Parameters)
	for group, names := range map[string][]string{"limits": i.Custom.Limits, "margins": i.Custom.Margins, "planned": i.Custom.Planned} {
		for _, n := range names {
			all = append(all, group+"."+n)
		}
	}
	slices.Sort(all)
	return all
}

// metadata reads the METADATA above the package clause, which is YAML in
// comments.
func metadata(text string) (inputs, error) {
	var about inputs
	_, after, ok := strings.Cut(text, "# METADATA\n")
	if !ok {
		return about, nil
	}
	var doc strings.Builder
	for line := range strings.Lines(after) {
		if !strings.HasPrefix(line, "#") {
			break
		}
		doc.WriteString(strings.TrimPrefix(strings.TrimPrefix(line, "#"), " "))
	}
	return about, yaml.Unmarshal([]byte(doc.String()), &about)
}

// importClosure parses policies and everything that they import, except what is parsed
// already. Importing a folder, such as data.proposals, imports every policy in it.
func importClosure(tree fs.FS, names []string, parsed map[string]*ast.Module) (map[string]*ast.Module, error) {
	modules := map[string]*ast.Module{}
	for len(names) > 0 {
		name := names[0]
		names = names[1:]
		if modules[name] != nil {
			continue
		}
		module := parsed[name]
		if module == nil {
			text, err := budget.SourceFile.ReadFS(tree, name)
			if err != nil {
				return nil, fmt.Errorf("read policies: %w", err)
			}
			if module, err = parseModule(name, text); err != nil {
				return nil, wrong("read policies", err)
			}
		}
		modules[name] = module
		for _, i := range module.Imports {
			imported, err := importedFiles(tree, i.Path.String())
			if err != nil {
				return nil, err
			}
			names = append(names, imported...)
		}
	}
	return modules, nil
}

// importedFiles returns the file of an imported package, or the policies in a folder of packages.
func importedFiles(tree fs.FS, pkg string) ([]string, error) {
	if file := fileOf(pkg); exists(tree, file) {
		return []string{file}, nil
	}
	folder := path.Dir(fileOf(pkg))
	if !exists(tree, folder) {
		return nil, nil
	}
	var files []string
	err := fs.WalkDir(tree, folder, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && isPolicyFile(name) {
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read policies: %w", err)
	}
	return files, nil
}

// isPolicyFile reports whether a file is Rego, and not a test.
func isPolicyFile(name string) bool {
	return path.Ext(name) == ".rego" && !strings.HasSuffix(name, "_test.rego")
}

// fileOf is where a package of the tree stands: data.lib.rule in policies/lib/rule/rule.rego.
func fileOf(pkg string) string {
	dir := strings.ReplaceAll(strings.TrimPrefix(pkg, "data."), ".", "/")
	return "policies/" + dir + "/" + path.Base(dir) + ".rego"
}

func exists(tree fs.FS, name string) bool {
	_, err := fs.Stat(tree, name)
	return err == nil
}
