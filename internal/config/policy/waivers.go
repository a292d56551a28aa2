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
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// A WaiverFinding is a finding about the nth waiver of a deployment.
type WaiverFinding struct {
	Finding
	Nth int
}

// waiverPolicies are prepared for the first deployment with a waiver. Few have any.
type waiverPolicies struct {
	rules    *Rules // about the waivers themselves
	findings rego.PreparedEvalQuery
}

func (r *Rules) prepareWaivers(ctx context.Context) (*waiverPolicies, error) {
	r.waiversLock.Lock()
	defer r.waiversLock.Unlock()
	if r.waivers != nil {
		return r.waivers, nil
	}
	modules, err := parse(r.tree, "policies/lib", "policies/waivers")
	if err != nil {
		return nil, err
	}
	rules, err := prepare(ctx, newCompiler(r.tree), modules, rulesOf(modules))
	if err != nil {
		return nil, err
	}
	query, err := rego.New(rego.Query("data.waivers.findings"), rego.Compiler(rules.compiler)).PrepareForEval(ctx)
	if err != nil {
		return nil, locateErrors("compile policies", err)
	}
	r.waivers = &waiverPolicies{rules, query}
	return r.waivers, nil
}

// ApplyWaivers marks the findings that waivers cover as waived, in the order given, and
// returns findings about the waivers themselves. With allRules, every rule was evaluated: a
// waiver of an unknown rule is an error, unless a policy computes the names of its findings.
// Without, a waiver whose name is nearly that of a rule is a warning.
func (r *Rules) ApplyWaivers(
	ctx context.Context, findings []Finding, waivers []catalogue.Waiver, today time.Time, allRules bool,
) ([]Finding, []WaiverFinding, error) {
	w, err := r.prepareWaivers(ctx)
	if err != nil {
		return nil, nil, err
	}
	facts := struct {
		Findings []Finding          `json:"findings"`
		Waivers  []catalogue.Waiver `json:"waivers"`
		Rules    []string           `json:"rules"`
		Misspelt []string           `json:"misspelt"` // names of waivers that are nearly that of a rule
		Complete bool               `json:"complete"`
		Computed bool               `json:"computed_names"`
		Today    string             `json:"today"`
	}{append([]Finding{}, findings...), waivers, []string{}, []string{}, allRules, false, today.UTC().Format(time.DateOnly)}
	for _, x := range r.All() {
		facts.Rules = append(facts.Rules, x.Name)
	}
	names, complete := packagesOf(r.own.modules).possibleNames()
	facts.Rules, facts.Computed = slices.AppendSeq(facts.Rules, maps.Keys(names)), !complete
	nearest := map[string]string{}
	for _, x := range waivers {
		if slices.Contains(facts.Rules, x.Rule) {
			continue
		}
		if near := suggest.NearestName(x.Rule, facts.Rules); near != "" {
			nearest[x.Rule], facts.Misspelt = near, append(facts.Misspelt, x.Rule)
		}
	}
	input, err := ast.InterfaceToValue(facts)
	if err != nil {
		return nil, nil, fmt.Errorf("encode waivers: %w", err)
	}
	results, err := w.findings.Eval(ctx, rego.EvalParsedInput(input))
	if err != nil {
		return nil, nil, locateErrors("evaluate policies", err)
	}
	if len(results) != 1 || len(results[0].Expressions) != 1 {
		return nil, nil, errors.New("evaluate policies: the waivers have no result")
	}
	data, err := json.Marshal(results[0].Expressions[0].Value)
	if err != nil {
		return nil, nil, fmt.Errorf("read waived findings: %w", err)
	}
	var decided []Finding
	if err := json.Unmarshal(data, &decided); err != nil || len(decided) != len(findings) {
		return nil, nil, fmt.Errorf("read waived findings: %d of %d findings: %w", len(decided), len(findings), err)
	}
	found, err := w.rules.evaluate(ctx, input)
	if err != nil {
		return nil, nil, err
	}
	waiverFindings := make([]WaiverFinding, 0, len(found))
	for _, f := range found {
		f.Remedy = suggest.AddNearest(f.Remedy, nearest[waivers[f.nth].Rule])
		waiverFindings = append(waiverFindings, WaiverFinding{f, f.nth})
	}
	return decided, waiverFindings, nil
}

// WaiverRules returns the rules about waivers themselves.
func (r *Rules) WaiverRules(ctx context.Context) ([]Rule, error) {
	w, err := r.prepareWaivers(ctx)
	if err != nil {
		return nil, err
	}
	return w.rules.All(), nil
}
