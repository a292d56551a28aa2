package policy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// own are the policies of a project, by file.
type own struct {
	modules, tests map[string]*ast.Module
	cover          *cover.Cover
}

// WithOwn prepares the guard rails of a policy tree together with a project's
// own policies, which may import what the guard rails import.
func WithOwn(ctx context.Context, tree fs.FS, dirs []string) (*Rules, error) {
	if len(dirs) == 0 {
		return Guardrails(ctx, tree)
	}
	shipped, err := parse(tree, "policies")
	if err != nil {
		return nil, err
	}
	theirs := own{modules: map[string]*ast.Module{}, tests: map[string]*ast.Module{}}
	for _, dir := range dirs {
		if err := theirs.read(dir, shipped); err != nil {
			return nil, err
		}
	}
	asked := rulesOf(theirs.modules)
	modules := maps.Clone(theirs.modules)
	for name, m := range shipped {
		if strings.HasPrefix(name, "policies/lib/") || strings.HasPrefix(name, "policies/guardrails/") {
			modules[shippedPrefix+name] = m
		}
		if strings.HasPrefix(name, "policies/guardrails/") {
			asked = append(asked, rulesOf(map[string]*ast.Module{name: m})...)
		}
	}
	slices.SortFunc(asked, byName)
	rules, err := prepare(ctx, modules, asked)
	if err != nil {
		return nil, err
	}
	rules.tree, rules.own = tree, theirs
	return rules, nil
}

// shippedPrefix keeps a project's policies/lib/x.rego apart from ours.
const shippedPrefix = "temporal-dsql:"

// read takes the policies of a folder, or one file. What is a copy of a shipped
// policy is that policy; another in its package is refused.
func (o *own) read(dir string, shipped map[string]*ast.Module) error {
	const doing = "read policies"
	packages := map[string]*ast.Module{}
	for _, m := range shipped {
		packages[m.Package.Path.String()] = m
	}
	found := map[string]*ast.Module{}
	copies := 0
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != dir && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		if d.IsDir() || filepath.Ext(name) != ".rego" {
			return nil
		}
		text, err := readPolicy(name)
		if err != nil {
			return err
		}
		module, err := parseModule(name, text)
		if err != nil {
			return err
		}
		if strings.HasSuffix(name, "_test.rego") {
			o.tests[name] = module
			return nil
		}
		if ours := packages[module.Package.Path.String()]; ours != nil {
			if !ours.Equal(module) {
				return &source.Error{Doing: doing, Problems: []source.Problem{{
					Message: fmt.Sprintf("package %s is temporal-dsql's own", strings.TrimPrefix(module.Package.Path.String(), "data.")),
					Pos:     posOf(module.Package.Loc()), Remedy: "give the package another name",
				}}}
			}
			copies++
			return nil
		}
		found[name] = module
		return nil
	})
	var at *fs.PathError
	var input *source.Error
	switch {
	case errors.As(err, &input):
		return input
	case errors.As(err, &at):
		return source.Wrong(doing, fmt.Sprintf("%s: %v", at.Path, at.Err), "--policy names a folder with .rego files")
	case err != nil:
		return wrong(doing, err)
	}
	if err := refuseObjects(found); err != nil {
		return err
	}
	if len(rulesOf(found)) == 0 {
		message := "there is no rule in " + dir
		if copies > 0 {
			message += " but temporal-dsql's own, which are always asked"
		}
		return source.Wrong(doing, message, "a rule is deny, warn or violation, or deny_NAME and so on, in a .rego file")
	}
	maps.Copy(o.modules, found)
	return nil
}

// refuseObjects rejects rules such as deny[msg] if …. OPA 1 makes them objects, whose keys
// are not findings: the rule would find nothing.
func refuseObjects(modules map[string]*ast.Module) error {
	in := &source.Error{Doing: "read policies"}
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		for _, r := range modules[name].Rules {
			ref := r.Head.Ref()
			rule := ref[0].Value.String()
			if severityOf(rule) == "" || len(ref) != 2 || len(r.Head.Args) > 0 {
				continue
			}
			// a helper gives a value to a key that is known
			if ref.IsGround() && r.Head.Value != nil && !r.Head.Value.Equal(ast.BooleanTerm(true)) {
				continue
			}
			in.Problems = append(in.Problems, source.Problem{
				Message: fmt.Sprintf("%s is an object, and its keys are not findings", ref), Pos: posOf(r.Loc()),
				Remedy: fmt.Sprintf("write %s contains … if …; give a helper a name that does not start with deny, violation or warn", rule),
			})
		}
	}
	if len(in.Problems) > 0 {
		return in
	}
	return nil
}

func readPolicy(name string) ([]byte, error) { return budget.SourceFile.ReadRegular(name) }

// A Test is the result of one test of a project's policies.
type Test struct {
	Name    string
	Pos     source.Pos
	Failure string // "" where it passed
}

// Verify runs the tests of the project's own policies, in order of their names.
func (r *Rules) Verify(ctx context.Context) ([]Test, error) {
	const doing = "test policies"
	if len(r.own.tests) == 0 {
		return nil, source.Wrong(doing, "there is no test in the policies given", "a test is a rule test_NAME in a file NAME_test.rego")
	}
	shipped, err := parse(r.tree, "policies/lib", "policies/guardrails")
	if err != nil {
		return nil, err
	}
	if err := fixtures(r.tree, shipped); err != nil {
		return nil, err
	}
	modules := maps.Clone(r.own.modules)
	for name, m := range shipped {
		modules[shippedPrefix+name] = m
	}
	maps.Copy(modules, r.own.tests)
	runner := tester.NewRunner().SetModules(modules).SetCompiler(ast.NewCompiler().WithCapabilities(confined()))
	results, err := runner.RunTests(ctx, nil)
	if err != nil {
		return nil, wrong(doing, err)
	}
	var all []Test
	for result := range results {
		if _, theirs := r.own.tests[result.Location.File]; !theirs || result.Skip {
			continue
		}
		t := Test{Name: strings.TrimPrefix(result.Package, "data.") + "." + result.Name, Pos: posOf(result.Location)}
		switch {
		case result.Error != nil:
			t.Failure = result.Error.Error()
		case result.Fail:
			t.Failure = "it does not hold"
		}
		all = append(all, t)
	}
	if len(all) == 0 {
		return nil, source.Wrong(doing, "there is no test in the policies given", "a test is a rule test_NAME in a file NAME_test.rego")
	}
	slices.SortFunc(all, func(a, b Test) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Pos.Line, b.Pos.Line)) })
	return all, nil
}

// fixtures adds what shipped tests share and a project's tests may import too:
// the healthy profile, but no test.
func fixtures(tree fs.FS, modules map[string]*ast.Module) error {
	names, err := fs.Glob(tree, "policies/lib/*/*_test.rego")
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := budget.SourceFile.ReadFS(tree, name)
		if err != nil {
			return err
		}
		module, err := parseModule(name, text)
		if err != nil {
			return wrong("read policies", err)
		}
		if !slices.ContainsFunc(module.Rules, func(r *ast.Rule) bool { return strings.HasPrefix(r.Head.Name.String(), "test_") }) {
			modules[name] = module
		}
	}
	return nil
}

// A Coverage is the share of a file's lines that judging went through.
type Coverage struct {
	File       string  `json:"file"`
	Percent    float64 `json:"percent"`
	Covered    int     `json:"covered_lines"`
	NotCovered int     `json:"not_covered_lines"`
}

// Cover starts counting the lines of the project's policies that are used.
func (r *Rules) Cover() { r.own.cover = cover.New() }

// Coverage of the project's policies since Cover, by file.
func (r *Rules) Coverage() []Coverage {
	if r.own.cover == nil {
		return nil
	}
	said := r.own.cover.Report(r.own.modules)
	all := []Coverage{}
	for _, name := range slices.Sorted(maps.Keys(r.own.modules)) {
		if f := said.Files[name]; f != nil {
			all = append(all, Coverage{name, f.Coverage, f.CoveredLines, f.NotCoveredLines})
		}
	}
	return all
}
