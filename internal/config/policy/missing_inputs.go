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
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// SkippedRule is a rule that was not evaluated, with the inputs that are missing.
type SkippedRule struct {
	Rule    string   `json:"rule"`
	Title   string   `json:"title"`
	Missing []string `json:"missing"`
}

// ruleMetadata has the inputs that a rule declares in its METADATA.
type ruleMetadata struct {
	Title  string
	Custom struct {
		Parameters, Limits, Margins, Planned, Needs []string
	}
}

// A Survey lists the inputs of each guard rail of a policy tree, from its METADATA. It
// parses only the libraries, and later the rules that are selected.
type Survey struct {
	tree fs.FS
	all  []ruleInputs
	libs map[string]*ast.Module
	// whether the guard rails are evaluated at each place, too
	hasPlaces bool
	prepared  *selections
}

// selections are the guard rails that surveys of one tree have selected, each prepared once: the services of a cluster
// often need the same ones.
type selections struct {
	lock    sync.Mutex
	byFiles map[string]*Rules
	// those that were compiled before they are selected, and their compiler; it is nil before
	compiler *ast.Compiler
	compiled map[string]*ast.Module
}

type ruleInputs struct {
	file, rule, title string
	reads             []string
}

// WithPlaces returns a survey whose guard rails are also evaluated at each place of a profile.
func (s *Survey) WithPlaces() *Survey {
	kept := *s
	kept.hasPlaces = true
	return &kept
}

var imported = regexp.MustCompile(`(?m)^import data[.]lib[.](\w+)`)

// NewSurvey reads the METADATA of the guard rails.
func NewSurvey(tree fs.FS) (*Survey, error) {
	if isShared(tree) {
		return sharedSurvey()
	}
	return readSurvey(tree)
}

func readSurvey(tree fs.FS) (*Survey, error) {
	s := &Survey{tree: tree, prepared: &selections{byFiles: map[string]*Rules{}}}
	libs := map[string]bool{}
	err := fs.WalkDir(tree, "policies/guardrails", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !isPolicyFile(name) {
			return err
		}
		text, err := budget.SourceFile.ReadFS(tree, name)
		if err != nil {
			return err
		}
		metadata, err := parseMetadata(string(text))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		reads := metadata.reads()
		// METADATA does not declare the values that ran before a change
		if code := string(text); strings.Contains(code, "input.deployed") || strings.Contains(code, "data.lib.deployed") {
			reads = append(reads, "deployed")
		}
		for _, found := range imported.FindAllStringSubmatch(string(text), -1) {
			if file := fileOf("data.lib." + found[1]); fileExists(tree, file) {
				libs[file] = true
			}
		}
		s.all = append(s.all, ruleInputs{name, strings.TrimSuffix(path.Base(name), ".rego"), strings.TrimSpace(metadata.Title), reads})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read policies: %w", err)
	}
	slices.SortFunc(s.all, func(a, b ruleInputs) int { return strings.Compare(a.rule, b.rule) })
	s.libs, err = importClosure(tree, slices.Sorted(maps.Keys(libs)), nil)
	return s, err
}

// Without returns a survey without the guard rails that skip selects by their inputs.
func (s *Survey) Without(skip func(reads []string) bool) *Survey {
	kept := *s
	kept.all = slices.DeleteFunc(slices.Clone(s.all), func(r ruleInputs) bool { return skip(r.reads) })
	return &kept
}

// PrepareSufficient prepares the guard rails that have all their inputs, and lists the
// others. It asks has for parameters by key, and for limits.NAME, margins.NAME and
// planned.NAME. The rules are nil if there are none.
func (s *Survey) PrepareSufficient(ctx context.Context, has func(string) bool) (*Rules, []SkippedRule, error) {
	var files []string
	skipped := []SkippedRule{}
	for _, r := range s.all {
		missing := slices.DeleteFunc(slices.Clone(r.reads), has)
		if len(missing) == 0 {
			files = append(files, r.file)
		} else {
			skipped = append(skipped, SkippedRule{r.rule, r.title, missing})
		}
	}
	if len(files) == 0 {
		return nil, skipped, nil
	}
	if s.hasPlaces {
		files = append(files, fileOf(placesPackage.String()))
	}
	rules, err := s.prepare(ctx, files)
	return rules, skipped, err
}

// Compile compiles the guard rails that can have all their inputs, before it is known which have them. Those that are
// not among them are compiled when they are prepared.
func (s *Survey) Compile(canHave func(string) bool) error {
	var files []string
	for _, r := range s.all {
		if !slices.ContainsFunc(r.reads, func(key string) bool { return !canHave(key) }) {
			files = append(files, r.file)
		}
	}
	s.prepared.lock.Lock()
	defer s.prepared.lock.Unlock()
	if len(files) == 0 || s.prepared.compiler != nil {
		return nil
	}
	modules, err := importClosure(s.tree, files, s.libs)
	if err != nil {
		return err
	}
	compiler := newCompiler(s.tree)
	if err := compileModules(compiler, modules); err != nil {
		return err
	}
	s.prepared.compiler, s.prepared.compiled = compiler, modules
	return nil
}

// prepare prepares the policies in files.
func (s *Survey) prepare(ctx context.Context, files []string) (*Rules, error) {
	s.prepared.lock.Lock()
	defer s.prepared.lock.Unlock()
	id := strings.Join(files, " ")
	if rules := s.prepared.byFiles[id]; rules != nil {
		return rules, nil
	}
	known, compiler := s.prepared.compiled, s.prepared.compiler
	// (the policy of places is never among them: it evaluates every guard rail of its compiler)
	isCompiled := !slices.ContainsFunc(files, func(file string) bool { return known[file] == nil })
	if !isCompiled {
		known, compiler = s.libs, newCompiler(s.tree)
	}
	modules, err := importClosure(s.tree, files, known)
	if err != nil {
		return nil, err
	}
	if !isCompiled {
		if err := compileModules(compiler, modules); err != nil {
			return nil, err
		}
	}
	rules, err := prepareQueries(ctx, compiler, modules, rulesOf(modules))
	if err == nil {
		s.prepared.byFiles[id] = rules
	}
	return rules, err
}

func (i ruleMetadata) reads() []string {
	all := slices.Clone(i.Custom.Parameters)
	for group, names := range map[string][]string{
		"limits": i.Custom.Limits, "margins": i.Custom.Margins, "planned": i.Custom.Planned, "needs": i.Custom.Needs,
	} {
		for _, n := range names {
			all = append(all, group+"."+n)
		}
	}
	slices.Sort(all)
	return all
}

// parseMetadata parses the METADATA above the package clause: YAML in comments.
func parseMetadata(text string) (ruleMetadata, error) {
	var metadata ruleMetadata
	_, after, ok := strings.Cut(text, "# METADATA\n")
	if !ok {
		return metadata, nil
	}
	var doc strings.Builder
	for line := range strings.Lines(after) {
		if !strings.HasPrefix(line, "#") {
			break
		}
		doc.WriteString(strings.TrimPrefix(strings.TrimPrefix(line, "#"), " "))
	}
	return metadata, yaml.Unmarshal([]byte(doc.String()), &metadata)
}

// importClosure parses policies and everything that they import, except modules that are
// parsed already. Importing a folder, such as data.proposals, imports every policy in it.
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
				return nil, locateErrors("read policies", err)
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

// importedFiles returns the file of an imported package, or all policies in a folder of packages.
func importedFiles(tree fs.FS, pkg string) ([]string, error) {
	if file := fileOf(pkg); fileExists(tree, file) {
		return []string{file}, nil
	}
	folder := path.Dir(fileOf(pkg))
	if !fileExists(tree, folder) {
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

// fileOf returns the file of a package: policies/lib/rule/rule.rego for data.lib.rule.
func fileOf(pkg string) string {
	dir := strings.ReplaceAll(strings.TrimPrefix(pkg, "data."), ".", "/")
	return "policies/" + dir + "/" + path.Base(dir) + ".rego"
}

func fileExists(tree fs.FS, name string) bool {
	_, err := fs.Stat(tree, name)
	return err == nil
}
