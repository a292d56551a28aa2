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
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy/builtin"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// projectPolicies are the policies of the user's project, by file.
type projectPolicies struct {
	modules, tests map[string]*ast.Module
	cover          *cover.Cover
}

// PrepareWithOwn prepares the guard rails of a policy tree together with a project's own
// policies. Those can import the same packages as the guard rails.
func PrepareWithOwn(ctx context.Context, tree fs.FS, dirs []string) (*Rules, error) {
	if len(dirs) == 0 {
		return PrepareGuardRails(ctx, tree)
	}
	shipped, err := parseAll(tree)
	if err != nil {
		return nil, err
	}
	own := projectPolicies{modules: map[string]*ast.Module{}, tests: map[string]*ast.Module{}}
	for _, dir := range dirs {
		if err := own.readFolder(dir, shipped); err != nil {
			return nil, err
		}
	}
	queries := rulesOf(own.modules)
	modules := maps.Clone(own.modules)
	for name, m := range shipped {
		if strings.HasPrefix(name, "policies/lib/") || strings.HasPrefix(name, "policies/guardrails/") {
			modules[shippedPrefix+name] = m
		}
		if strings.HasPrefix(name, "policies/guardrails/") {
			queries = append(queries, rulesOf(map[string]*ast.Module{name: m})...)
		}
	}
	slices.SortFunc(queries, compareByName)
	rules, err := prepare(ctx, newCompiler(nil), modules, queries)
	if err != nil {
		return nil, err
	}
	rules.tree, rules.own = tree, own
	return rules, nil
}

// shippedPrefix distinguishes shipped files from a project's policies/lib/x.rego.
const shippedPrefix = "temporal-dsql:"

// readFolder reads the policies of a folder, or one file. It skips copies of shipped
// policies, and rejects any other policy in the package of a shipped one.
func (o *projectPolicies) readFolder(dir string, shipped map[string]*ast.Module) error {
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
	var pathError *fs.PathError
	var input *source.Error
	switch {
	case errors.As(err, &input):
		return input
	case errors.As(err, &pathError):
		return source.Unreadable(doing, pathError, "--policy names a folder with .rego files")
	case err != nil:
		return locateErrors(doing, err)
	}
	if err := refuseObjects(found); err != nil {
		return err
	}
	if len(rulesOf(found)) == 0 {
		message := "there is no rule in " + dir
		if copies > 0 {
			message += " except copies of shipped ones, which are always evaluated"
		}
		return source.Wrong(doing, message, "add a rule deny, warn or violation, or one such as deny_NAME, in a .rego file")
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
				Message: fmt.Sprintf("%s is an object, and its keys are not findings", ref),
				Pos:     posOf(r.Loc()),
				Remedy: fmt.Sprintf(
					"write %s contains … if …; give a helper a name that does not start with deny, violation or warn",
					rule,
				),
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
	Failure string // "" for a test that passes
}

const testPolicies = "test policies"

func noTests() error {
	return source.Wrong(testPolicies, "the policies have no test", "add a rule test_NAME in a file NAME_test.rego")
}

// Verify runs the tests of the project's own policies, and sorts the results by name.
func (r *Rules) Verify(ctx context.Context) ([]Test, error) {
	if len(r.own.tests) == 0 {
		return nil, noTests()
	}
	shipped, err := parse(r.tree, "policies/lib", "policies/guardrails")
	if err != nil {
		return nil, err
	}
	if err := addFixtures(r.tree, shipped); err != nil {
		return nil, err
	}
	modules := maps.Clone(r.own.modules)
	for name, m := range shipped {
		modules[shippedPrefix+name] = m
	}
	maps.Copy(modules, r.own.tests)
	runner := tester.NewRunner().SetModules(modules).SetCompiler(ast.NewCompiler().WithCapabilities(builtin.Confined()))
	results, err := runner.RunTests(ctx, nil)
	if err != nil {
		return nil, locateErrors(testPolicies, err)
	}
	var all []Test
	for result := range results {
		if _, isOwn := r.own.tests[result.Location.File]; !isOwn || result.Skip {
			continue
		}
		t := Test{Name: strings.TrimPrefix(result.Package, "data.") + "." + result.Name, Pos: posOf(result.Location)}
		switch {
		case result.Error != nil:
			t.Failure = describeTestError(result.Error)
		case result.Fail:
			t.Failure = "the test fails"
		}
		all = append(all, t)
	}
	if len(all) == 0 {
		return nil, noTests()
	}
	slices.SortFunc(all, func(a, b Test) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Pos.Line, b.Pos.Line)) })
	return all, nil
}

// describeTestError returns the message of an error in a test, and where it is.
func describeTestError(err error) string {
	var evaluation *topdown.Error
	if errors.As(err, &evaluation) && evaluation.Location != nil {
		return fmt.Sprintf("%s: %s", posOf(evaluation.Location), evaluation.Message)
	}
	return err.Error()
}

// addFixtures adds the fixtures of the shipped tests, such as the healthy profile, which
// a project's tests can import too.
func addFixtures(tree fs.FS, modules map[string]*ast.Module) error {
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
			return locateErrors("read policies", err)
		}
		if !slices.ContainsFunc(module.Rules, func(r *ast.Rule) bool { return strings.HasPrefix(r.Head.Name.String(), "test_") }) {
			modules[name] = module
		}
	}
	return nil
}

// A Coverage is the share of a file's lines that was evaluated.
type Coverage struct {
	File       string  `json:"file"`
	Percent    float64 `json:"percent"`
	Covered    int     `json:"covered_lines"`
	NotCovered int     `json:"not_covered_lines"`
}

// StartCoverage starts counting the lines of the project's policies that are evaluated.
func (r *Rules) StartCoverage() { r.own.cover = cover.New() }

// Coverage returns the coverage of the project's policies by file, since StartCoverage.
func (r *Rules) Coverage() []Coverage {
	if r.own.cover == nil {
		return nil
	}
	covered := r.own.cover.Report(r.own.modules)
	all := []Coverage{}
	for _, name := range slices.Sorted(maps.Keys(r.own.modules)) {
		if f := covered.Files[name]; f != nil {
			all = append(all, Coverage{name, f.Coverage, f.CoveredLines, f.NotCoveredLines})
		}
	}
	return all
}
