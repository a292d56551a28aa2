package policy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/temporal-dsql/temporal-dsql/internal/catalogue"
)

// A WaiverFinding is about the nth waiver of a deployment.
type WaiverFinding struct {
	Finding
	Nth int
}

// waiving is prepared when a deployment first has a waiver: few ever do.
type waiving struct {
	rules   *Rules
	decided rego.PreparedEvalQuery
}

func (r *Rules) prepareWaiving(ctx context.Context) (*waiving, error) {
	r.once.Lock()
	defer r.once.Unlock()
	if r.waiving != nil {
		return r.waiving, nil
	}
	modules, err := parse(r.tree, "policies/lib", "policies/waivers")
	if err != nil {
		return nil, err
	}
	rules, err := prepare(ctx, modules, rulesOf(modules))
	if err != nil {
		return nil, err
	}
	decided, err := rego.New(rego.Query("data.waivers.findings"), rego.Compiler(rules.compiler)).PrepareForEval(ctx)
	if err != nil {
		return nil, wrong("compile policies", err)
	}
	r.waiving = &waiving{rules, decided}
	return r.waiving, nil
}

// ApplyWaivers marks the findings that waivers cover as waived, in the order given, and
// returns findings about the waivers themselves. With allRules, every rule was evaluated: a
// waiver of an unknown rule is an error, unless a policy computes the names of its findings.
func (r *Rules) ApplyWaivers(
	ctx context.Context, findings []Finding, waivers []catalogue.Waiver, today time.Time, allRules bool,
) ([]Finding, []WaiverFinding, error) {
	w, err := r.prepareWaiving(ctx)
	if err != nil {
		return nil, nil, err
	}
	question := struct {
		Findings []Finding          `json:"findings"`
		Waivers  []catalogue.Waiver `json:"waivers"`
		Rules    []string           `json:"rules"`
		Complete bool               `json:"complete"`
		Computed bool               `json:"computed_names"`
		Today    string             `json:"today"`
	}{append([]Finding{}, findings...), waivers, []string{}, allRules, false, today.UTC().Format(time.DateOnly)}
	for _, x := range r.All() {
		question.Rules = append(question.Rules, x.Name)
	}
	names, stated := packagesOf(r.own.modules).possibleNames()
	question.Rules, question.Computed = slices.AppendSeq(question.Rules, maps.Keys(names)), !stated
	input, err := ast.InterfaceToValue(question)
	if err != nil {
		return nil, nil, fmt.Errorf("ask for waivers: %w", err)
	}
	results, err := w.decided.Eval(ctx, rego.EvalParsedInput(input))
	if err != nil {
		return nil, nil, wrong("evaluate policies", err)
	}
	if len(results) != 1 || len(results[0].Expressions) != 1 {
		return nil, nil, errors.New("evaluate policies: the waivers decide nothing")
	}
	data, err := json.Marshal(results[0].Expressions[0].Value)
	if err != nil {
		return nil, nil, fmt.Errorf("read what is waived: %w", err)
	}
	var decided []Finding
	if err := json.Unmarshal(data, &decided); err != nil || len(decided) != len(findings) {
		return nil, nil, fmt.Errorf("read what is waived: %d of %d findings: %w", len(decided), len(findings), err)
	}
	said, err := w.rules.evaluate(ctx, input)
	if err != nil {
		return nil, nil, err
	}
	about := make([]WaiverFinding, 0, len(said))
	for _, f := range said {
		about = append(about, WaiverFinding{f, f.nth})
	}
	return decided, about, nil
}

// WaiverRules are the rules about waivers themselves.
func (r *Rules) WaiverRules(ctx context.Context) ([]Rule, error) {
	w, err := r.prepareWaiving(ctx)
	if err != nil {
		return nil, err
	}
	return w.rules.All(), nil
}
