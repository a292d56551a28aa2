package policy

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"go.yaml.in/yaml/v3"
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
// alone: nothing is parsed but what is asked for.
type Survey struct {
	tree fs.FS
	all  []surveyed
}

type surveyed struct {
	file, rule, title string
	reads             []string
}

// NewSurvey reads the METADATA of the guard rails.
func NewSurvey(tree fs.FS) (*Survey, error) {
	s := &Survey{tree: tree}
	err := fs.WalkDir(tree, "policies/guardrails", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".rego" || strings.HasSuffix(name, "_test.rego") {
			return err
		}
		text, err := fs.ReadFile(tree, name)
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
		s.all = append(s.all, surveyed{name, strings.TrimSuffix(path.Base(name), ".rego"), strings.TrimSpace(about.Title), reads})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read policies: %w", err)
	}
	slices.SortFunc(s.all, func(a, b surveyed) int { return strings.Compare(a.rule, b.rule) })
	return s, nil
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
	modules, err := closure(s.tree, files)
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

// closure parses policies and all that they import.
func closure(tree fs.FS, names []string) (map[string]*ast.Module, error) {
	libs := map[string]string{}
	err := fs.WalkDir(tree, "policies/lib", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && path.Ext(name) == ".rego" && !strings.HasSuffix(name, "_test.rego") {
			libs["data.lib."+path.Base(path.Dir(name))] = name
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read policies: %w", err)
	}
	modules := map[string]*ast.Module{}
	for len(names) > 0 {
		name := names[0]
		names = names[1:]
		if modules[name] != nil {
			continue
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, fmt.Errorf("read policies: %w", err)
		}
		if modules[name], err = parseModule(name, text); err != nil {
			return nil, wrong("read policies", err)
		}
		for _, i := range modules[name].Imports {
			if lib := libs[i.Path.String()]; lib != "" {
				names = append(names, lib)
			}
		}
	}
	return modules, nil
}
