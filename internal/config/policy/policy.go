// Package policy evaluates Rego: it prepares policies once, and turns config profiles into
// findings. The policies decide what a finding is, its severity and its remedy.
package policy

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"
	"golang.org/x/sync/errgroup"

	dsql "github.com/temporal-dsql/temporal-dsql"
	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy/builtin"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A Finding is a problem that a rule finds in a profile.
type Finding struct {
	RuleName      string   `json:"rule_name"`
	Severity      string   `json:"severity"`
	Message       string   `json:"message"`
	ParameterKeys []string `json:"parameter_keys"`
	Remedy        string   `json:"remedy"`
	// Waiver is the waiver of a finding with the severity Waived.
	Waiver *catalogue.Waiver `json:"waiver,omitempty"`

	// Field of the deployment that has the values, for a finding about a place.
	Field string `json:"field,omitempty"`

	nth int // index of the waiver that the finding is about
}

// A LocatedFinding is a finding with its place in the user's source.
type LocatedFinding struct {
	Finding
	Pos source.Pos `json:"position,omitzero"`
}

// Advice returns the remedy of a finding, or the terms of its waiver, as a labelled line.
func (f Finding) Advice() string {
	switch {
	case f.Waiver != nil:
		return "waived " + f.Waiver.Terms()
	case f.Remedy != "":
		return "remedy: " + f.Remedy
	}
	return ""
}

// Severities of findings.
const (
	Error   = "error"
	Warning = "warning"
	Waived  = "waived"
)

// Rules are prepared policies. They are safe for concurrent use.
type Rules struct {
	tree     fs.FS
	compiler *ast.Compiler
	queries  []ruleQuery
	batches  []batch // of the queries

	own         projectPolicies
	waiversLock sync.Mutex
	waivers     *waiverPolicies
}

// A batch is a part of the rules in one query. Batches are evaluated in parallel.
type batch struct {
	rules []ruleQuery
	query rego.PreparedEvalQuery
}

// PrepareGuardRails prepares the guard rails of a policy tree.
func PrepareGuardRails(ctx context.Context, tree fs.FS) (*Rules, error) {
	if isShared(tree) {
		return shared()
	}
	return prepareGuardRails(ctx, tree)
}

func prepareGuardRails(ctx context.Context, tree fs.FS) (*Rules, error) {
	modules, err := parse(tree, "policies/lib", "policies/guardrails")
	if err != nil {
		return nil, err
	}
	rules, err := prepare(ctx, newCompiler(tree), modules, rulesOf(modules))
	if err != nil {
		return nil, err
	}
	rules.tree = tree
	return rules, nil
}

// All returns the rules that are evaluated, sorted by name.
func (r *Rules) All() []Rule {
	all := make([]Rule, 0, len(r.queries))
	for _, q := range r.queries {
		all = append(all, q.rules()...)
	}
	slices.SortStableFunc(all, func(a, b Rule) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// parse reads the policies in folders of a tree, without their tests.
func parse(tree fs.FS, dirs ...string) (map[string]*ast.Module, error) {
	modules := map[string]*ast.Module{}
	for _, dir := range dirs {
		err := fs.WalkDir(tree, dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !isPolicyFile(name) {
				return err
			}
			text, err := budget.SourceFile.ReadFS(tree, name)
			if err != nil {
				return err
			}
			modules[name], err = parseModule(name, text)
			return err
		})
		if err != nil {
			return nil, locateErrors("read policies", err)
		}
	}
	return modules, nil
}

func parseModule(name string, text []byte) (*ast.Module, error) {
	return ast.ParseModuleWithOpts(name, string(text), ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1})
}

// newCompiler returns a compiler for the policies of a tree. It does not check those of the binary, which its tests have
// checked: types alone take a third of the time.
func newCompiler(tree fs.FS) *ast.Compiler {
	compiler := ast.NewCompiler().WithCapabilities(builtin.Confined())
	if tree == fs.FS(dsql.Files) {
		compiler = compiler.WithSkipStages(
			ast.StageCheckKeywordOverrides, ast.StageCheckDuplicateImports, ast.StageCheckVoidCalls, ast.StageCheckRuleConflicts,
			ast.StageCheckUndefinedFuncs, ast.StageCheckSafetyRuleHeads, ast.StageCheckRecursion, ast.StageCheckTypes,
			ast.StageCheckUnsafeBuiltins, ast.StageCheckDeprecatedBuiltins,
		)
	}
	return compiler
}

// prepare compiles modules, with a query for those rules only that make findings.
func prepare(ctx context.Context, compiler *ast.Compiler, modules map[string]*ast.Module, rules []ruleQuery) (*Rules, error) {
	if err := compileModules(compiler, modules); err != nil {
		return nil, err
	}
	return prepareQueries(ctx, compiler, modules, rules)
}

func compileModules(compiler *ast.Compiler, modules map[string]*ast.Module) error {
	if compiler.Compile(modules); compiler.Failed() {
		return locateErrors(doingCompile, compiler.Errors)
	}
	return nil
}

const doingCompile = "compile policies"

// prepareQueries prepares queries for rules of compiled modules.
func prepareQueries(ctx context.Context, compiler *ast.Compiler, modules map[string]*ast.Module, rules []ruleQuery) (*Rules, error) {
	prepared := &Rules{compiler: compiler, queries: rules}
	parts := slices.Collect(slices.Chunk(rules, max(1, (len(rules)+1)/2)))
	if places := placeQueries(modules, rules); len(places) > 0 {
		parts = append(parts, places)
	}
	for _, part := range parts {
		// one element per rule: its result, or an empty list if the rule is undefined
		results := make([]*ast.Term, 0, len(part))
		for _, r := range part {
			x := ast.VarTerm("x")
			results = append(results, ast.ArrayComprehensionTerm(x, ast.NewBody(ast.Equality.Expr(x, ast.NewTerm(r.ref)))))
		}
		body := ast.NewBody(ast.NewExpr(ast.ArrayTerm(results...)))
		query, err := rego.New(rego.ParsedQuery(body), rego.Compiler(compiler)).PrepareForEval(ctx)
		if err != nil {
			return nil, locateErrors(doingCompile, err)
		}
		prepared.batches = append(prepared.batches, batch{part, query})
	}
	return prepared, nil
}

// locateErrors turns errors of OPA into problems at their places.
func locateErrors(doing string, err error) error {
	var all ast.Errors
	var one *ast.Error
	var evaluation *topdown.Error
	switch {
	case errors.As(err, &all):
	case errors.As(err, &one):
		all = ast.Errors{one}
	case errors.As(err, &evaluation) && evaluation.Location != nil && !topdown.IsCancel(evaluation):
		return &source.Error{Doing: doing, Problems: []source.Problem{{
			Message: evaluation.Message, Pos: posOf(evaluation.Location), Remedy: builtin.Remedy(evaluation),
		}}}
	default:
		return fmt.Errorf("%s: %w", doing, err)
	}
	in := &source.Error{Doing: doing}
	for _, e := range all {
		p := source.Problem{Message: e.Message, Pos: posOf(e.Location)}
		switch {
		case builtin.FindOutside(e.Message) != "":
			p.Remedy = "use the input only; a policy cannot reach the network or the machine"
		case strings.Contains(e.Message, "unexpected eof"):
			p.Message, p.Remedy = "the file ends in the middle of a rule", "close each brace, bracket and quote"
			p.Pos.Column = max(1, p.Pos.Column)
		case strings.Contains(e.Message, "keyword is required"):
			p.Remedy = "write the rules in Rego v1: deny contains message if { … }"
		default:
			p.Remedy = builtin.CompileRemedy(e)
		}
		in.Problems = append(in.Problems, p)
	}
	slices.SortFunc(in.Problems, func(a, b source.Problem) int {
		return cmp.Or(cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Message, b.Message))
	})
	return in
}

// Evaluate evaluates every rule over a config profile, and every guard rail over what holds at each of its places.
// Findings are sorted by severity, errors first, then by rule and message.
func (r *Rules) Evaluate(ctx context.Context, profile []byte) ([]Finding, error) {
	input, err := ast.ValueFromReader(bytes.NewReader(profile))
	if err != nil {
		return nil, fmt.Errorf("read profile: %w", err)
	}
	return r.evaluate(ctx, input)
}

func (r *Rules) evaluate(ctx context.Context, input ast.Value) ([]Finding, error) {
	options := []rego.EvalOption{rego.EvalParsedInput(input)}
	var group errgroup.Group
	if r.own.cover != nil {
		options = append(options, rego.EvalQueryTracer(r.own.cover))
		group.SetLimit(1) // the line counter is not safe for concurrent use
	}
	found := make([][]Finding, len(r.batches))
	for i, b := range r.batches {
		group.Go(func() (err error) {
			found[i], err = b.evaluate(ctx, options)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	findings := slices.Concat([]Finding{}, slices.Concat(found...))
	sortFindings(findings)
	return findings, nil
}

func sortFindings(findings []Finding) {
	slices.SortFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.RuleName, b.RuleName), cmp.Compare(a.Message, b.Message))
	})
}

func (b batch) evaluate(ctx context.Context, options []rego.EvalOption) (findings []Finding, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			findings, err = nil, &source.Error{Doing: "evaluate policies", Problems: []source.Problem{{
				Message: fmt.Sprintf("internal error: %v", fault),
				Remedy:  "this is a bug in temporal-dsql or OPA: report it with the policies",
			}}}
		}
	}()
	results, err := b.query.Eval(ctx, options...)
	if err != nil {
		return nil, locateErrors("evaluate policies", err)
	}
	if len(results) != 1 || len(results[0].Expressions) != 1 {
		return nil, errors.New("evaluate policies: no rule answered")
	}
	answers, ok := results[0].Expressions[0].Value.([]any)
	if !ok || len(answers) != len(b.rules) {
		return nil, errors.New("evaluate policies: not every rule answered")
	}
	for i, answer := range answers {
		found, err := readFindings(b.rules[i], answer)
		if err != nil {
			return nil, err
		}
		findings = append(findings, found...)
	}
	return findings, nil
}

// readFindings reads the result of one rule: a message, an object with a message, or a
// list of these. Fields that the rule leaves out come from its METADATA.
func readFindings(rule ruleQuery, answer any) ([]Finding, error) {
	switch result := answer.(type) {
	case []any:
		var all []Finding
		for _, item := range result {
			found, err := readFindings(rule, item)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
		return all, nil
	case bool:
		// the message of a rule that is just true is its title
		if !result {
			return nil, nil
		}
		return []Finding{rule.newFinding(cmp.Or(rule.Title, rule.Name))}, nil
	case string:
		return []Finding{rule.newFinding(result)}, nil
	case map[string]any:
		name, _ := result[nameField].(string)
		f := rule.ruleNamed(name).newFinding("")
		data, err := json.Marshal(result)
		if err != nil {
			return nil, fmt.Errorf("read finding of %s: %w", rule.Name, err)
		}
		into := struct {
			*Finding
			Msg string `json:"msg"`
			Nth int    `json:"nth"`
		}{&f, "", 0}
		if err := json.Unmarshal(data, &into); err != nil || into.Msg == "" {
			return nil, rule.findingError(data)
		}
		// the kind of rule decides the severity, as in conftest
		f.Message, f.Severity, f.nth = into.Msg, rule.Severity, into.Nth
		if f.ParameterKeys == nil {
			f.ParameterKeys = []string{}
		}
		return []Finding{f}, nil
	}
	data, _ := json.Marshal(answer)
	return nil, rule.findingError(data)
}

func (r Rule) newFinding(message string) Finding {
	return Finding{
		RuleName: r.Name, Severity: r.Severity, Message: message,
		ParameterKeys: append([]string{}, r.Parameters...), Remedy: r.Remedy,
	}
}

func (r Rule) findingError(result []byte) error {
	return &source.Error{Doing: "read finding", Problems: []source.Problem{{
		Message: fmt.Sprintf("expected %s to give a message, found %s", r.Name, result), Pos: r.Pos,
		Remedy: `return a message, or an object with one: {"msg": "…", "remedy": "…", "parameter_keys": […]}`,
	}}}
}
