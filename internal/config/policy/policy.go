// Package policy asks Rego: it prepares policies once and turns a config
// profile into findings. What is judged, how severe it is and what to do about
// it are the policies' own words.
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
	"golang.org/x/sync/errgroup"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A Finding is what a rule has to say about a profile.
type Finding struct {
	RuleName      string   `json:"rule_name"`
	Severity      string   `json:"severity"`
	Message       string   `json:"message"`
	ParameterKeys []string `json:"parameter_keys"`
	Remedy        string   `json:"remedy"`
	// Waiver is what was agreed on a finding of severity Waived.
	Waiver *catalogue.Waiver `json:"waiver,omitempty"`

	nth int // the waiver that it is about
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
	asked    []asked
	halves   []half // of what is asked

	own     own
	once    sync.Mutex
	waiving *waiving
}

// A half of the rules is one question, answered beside the other.
type half struct {
	asked []asked
	query rego.PreparedEvalQuery
}

// Guardrails prepares the guard rails of a policy tree.
func Guardrails(ctx context.Context, tree fs.FS) (*Rules, error) {
	if shared != nil && tree == sharedTree {
		return shared()
	}
	return prepareGuardrails(ctx, tree)
}

func prepareGuardrails(ctx context.Context, tree fs.FS) (*Rules, error) {
	modules, err := parse(tree, "policies/lib", "policies/guardrails")
	if err != nil {
		return nil, err
	}
	rules, err := prepare(ctx, modules, rulesOf(modules))
	if err != nil {
		return nil, err
	}
	rules.tree = tree
	return rules, nil
}

// All are the rules that are asked, by name.
func (r *Rules) All() []Rule {
	all := make([]Rule, 0, len(r.asked))
	for _, x := range r.asked {
		all = append(all, x.rules()...)
	}
	slices.SortStableFunc(all, func(a, b Rule) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// parse reads the policies under folders of a tree, but for their tests.
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
			return nil, wrong("read policies", err)
		}
	}
	return modules, nil
}

func parseModule(name string, text []byte) (*ast.Module, error) {
	return ast.ParseModuleWithOpts(name, string(text), ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1})
}

// prepare compiles modules and a query for the rules that make findings, and
// for nothing else of what the modules define.
func prepare(ctx context.Context, modules map[string]*ast.Module, rules []asked) (*Rules, error) {
	const doing = "compile policies"
	compiler := ast.NewCompiler().WithCapabilities(confined())
	if compiler.Compile(modules); compiler.Failed() {
		return nil, wrong(doing, compiler.Errors)
	}
	out := &Rules{compiler: compiler, asked: rules}
	for part := range slices.Chunk(rules, max(1, (len(rules)+1)/2)) {
		// one element a rule: what it says, or nothing where it is undefined
		said := make([]*ast.Term, 0, len(part))
		for _, r := range part {
			x := ast.VarTerm("x")
			said = append(said, ast.ArrayComprehensionTerm(x, ast.NewBody(ast.Equality.Expr(x, ast.NewTerm(r.ref)))))
		}
		query := ast.NewBody(ast.NewExpr(ast.ArrayTerm(said...)))
		prepared, err := rego.New(rego.ParsedQuery(query), rego.Compiler(compiler)).PrepareForEval(ctx)
		if err != nil {
			return nil, wrong(doing, err)
		}
		out.halves = append(out.halves, half{part, prepared})
	}
	return out, nil
}

// confined is all that a policy may call: nothing that reaches the network, or
// tells of the machine that it runs on.
func confined() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool { return slices.Contains(reaching, b.Name) })
	c.AllowNet = []string{}
	return c
}

var reaching = []string{ast.HTTPSend.Name, ast.NetLookupIPAddr.Name, ast.OPARuntime.Name}

// wrong tells what OPA finds wrong, each at its place.
func wrong(doing string, err error) error {
	var all ast.Errors
	var one *ast.Error
	switch {
	case errors.As(err, &all):
	case errors.As(err, &one):
		all = ast.Errors{one}
	default:
		return fmt.Errorf("%s: %w", doing, err)
	}
	in := &source.Error{Doing: doing}
	for _, e := range all {
		p := source.Problem{Message: e.Message, Pos: posOf(e.Location)}
		for _, name := range reaching {
			if strings.Contains(e.Message, name) {
				p.Remedy = "a policy reads its input, and reaches neither the network nor the machine"
			}
		}
		in.Problems = append(in.Problems, p)
	}
	slices.SortFunc(in.Problems, func(a, b source.Problem) int {
		return cmp.Or(cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Message, b.Message))
	})
	return in
}

// Evaluate evaluates every rule over a config profile. Findings are sorted by severity,
// errors first, then by rule and message.
func (r *Rules) Evaluate(ctx context.Context, profile []byte) ([]Finding, error) {
	input, err := ast.ValueFromReader(bytes.NewReader(profile))
	if err != nil {
		return nil, fmt.Errorf("read profile: %w", err)
	}
	return r.evaluate(ctx, input)
}

func (r *Rules) evaluate(ctx context.Context, input ast.Value) ([]Finding, error) {
	options := []rego.EvalOption{rego.EvalParsedInput(input)}
	var asking errgroup.Group
	if r.own.cover != nil {
		options = append(options, rego.EvalQueryTracer(r.own.cover))
		asking.SetLimit(1) // lines are counted by one at a time
	}
	said := make([][]Finding, len(r.halves))
	for i, h := range r.halves {
		asking.Go(func() (err error) {
			said[i], err = h.ask(ctx, options)
			return err
		})
	}
	if err := asking.Wait(); err != nil {
		return nil, err
	}
	findings := slices.Concat([]Finding{}, slices.Concat(said...))
	slices.SortFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.RuleName, b.RuleName), cmp.Compare(a.Message, b.Message))
	})
	return findings, nil
}

func (h half) ask(ctx context.Context, options []rego.EvalOption) ([]Finding, error) {
	results, err := h.query.Eval(ctx, options...)
	if err != nil {
		return nil, wrong("evaluate policies", err)
	}
	if len(results) != 1 || len(results[0].Expressions) != 1 {
		return nil, errors.New("evaluate policies: no rule answered")
	}
	answers, ok := results[0].Expressions[0].Value.([]any)
	if !ok || len(answers) != len(h.asked) {
		return nil, errors.New("evaluate policies: not every rule answered")
	}
	var findings []Finding
	for i, answer := range answers {
		found, err := collect(h.asked[i], answer)
		if err != nil {
			return nil, err
		}
		findings = append(findings, found...)
	}
	return findings, nil
}

// collect reads what one rule says: a message or an object with one, or many of
// them. What the rule leaves out, its METADATA says.
func collect(rule asked, answer any) ([]Finding, error) {
	switch said := answer.(type) {
	case []any:
		var all []Finding
		for _, s := range said {
			found, err := collect(rule, s)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
		return all, nil
	case bool:
		// a rule that is just true has nothing but its title to say
		if !said {
			return nil, nil
		}
		return []Finding{rule.finding(cmp.Or(rule.Title, rule.Name))}, nil
	case string:
		return []Finding{rule.finding(said)}, nil
	case map[string]any:
		name, _ := said[nameField].(string)
		f := rule.as(name).finding("")
		data, err := json.Marshal(said)
		if err != nil {
			return nil, fmt.Errorf("read finding of %s: %w", rule.Name, err)
		}
		into := struct {
			*Finding
			Msg string `json:"msg"`
			Nth int    `json:"nth"`
		}{&f, "", 0}
		if err := json.Unmarshal(data, &into); err != nil || into.Msg == "" {
			return nil, rule.unreadable(data)
		}
		// how severe it is, the kind of rule says: conftest knows nothing else
		f.Message, f.Severity, f.nth = into.Msg, rule.Severity, into.Nth
		if f.ParameterKeys == nil {
			f.ParameterKeys = []string{}
		}
		return []Finding{f}, nil
	}
	data, _ := json.Marshal(answer)
	return nil, rule.unreadable(data)
}

func (r Rule) finding(message string) Finding {
	return Finding{
		RuleName: r.Name, Severity: r.Severity, Message: message,
		ParameterKeys: append([]string{}, r.Parameters...), Remedy: r.Remedy,
	}
}

func (r Rule) unreadable(said []byte) error {
	return &source.Error{Doing: "read finding", Problems: []source.Problem{{
		Message: fmt.Sprintf("%s says %s", r.Name, said), Pos: r.Pos,
		Remedy: `a finding is a message, or an object with one: {"msg": "…", "remedy": "…", "parameter_keys": […]}`,
	}}}
}
