package migrate

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// Proposal is a preset and modifier, with the overrides that remain for the running configuration.
type Proposal struct {
	Preset    string             `json:"preset"`
	Modifier  string             `json:"modifier"`
	Overrides []Override         `json:"overrides"`
	Assumed   []AssumedParameter `json:"assumed"`

	result *artefact.Result
	order  int
}

// Override is an override that a deployment needs.
type Override struct {
	Key     string     `json:"key"`
	Value   any        `json:"value"`
	Base    any        `json:"base"` // value without it
	Setting string     `json:"setting"`
	Place   source.Pos `json:"place"`
	// Holds is the service, namespace or task queue that it is for; nil means all.
	Holds *settings.Place `json:"holds,omitempty"`
}

// AssumedParameter is a parameter that the user decides and the settings do not show; the preset's value is assumed.
type AssumedParameter struct {
	Parameter string `json:"parameter"`
	Value     any    `json:"value"`
	// whether it must never change on a cluster with data
	Immutable bool `json:"immutable"`
}

const maxProposals = 2

// proposePresets finds the presets and modifiers with the fewest overrides that weaken nothing, compared with the running
// configuration on the default preset: no parameter becomes weaker, immutable ones stay equal, and no new guard rail
// fires.
func (out *Report) proposePresets(ctx context.Context, engine *compile.Engine, check Check) error {
	assumed, err := engine.Defaults()
	if err != nil {
		return err
	}
	candidates, err := out.listCandidates(engine)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(candidates, func(c Proposal) bool { return c.Preset == assumed.Preset && c.Modifier == "" })
	if at < 0 {
		return fmt.Errorf("propose presets: the default preset %s is none of the module's", assumed.Preset)
	}
	today := candidates[at]
	before, err := listRules(ctx, check, today.result)
	if err != nil {
		return err
	}
	out.Proposals = []Proposal{}
	for _, c := range candidates {
		if len(out.Proposals) == maxProposals {
			break
		}
		if out.isWeaker(today.result, c.result) {
			continue
		}
		after, err := listRules(ctx, check, c.result)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(after, func(rule string) bool { return !slices.Contains(before, rule) }) {
			out.Proposals = append(out.Proposals, c)
		}
	}
	return nil
}

// listCandidates returns all presets with and without each modifier: fewest overrides first, then without modifier, then
// smaller.
func (out *Report) listCandidates(engine *compile.Engine) ([]Proposal, error) {
	presets, err := engine.Presets()
	if err != nil {
		return nil, err
	}
	modifiers, err := engine.Modifiers()
	if err != nil {
		return nil, err
	}
	engine.ExpectSome()
	var all []Proposal
	for _, m := range append([]registry.Modifier{{}}, modifiers...) {
		for _, p := range presets {
			c, err := out.tryPreset(engine, p.Name, m.Name)
			if err != nil {
				return nil, err
			}
			c.order = len(all)
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b Proposal) int {
		return cmp.Or(cmp.Compare(len(a.Overrides), len(b.Overrides)), cmp.Compare(a.order, b.order))
	})
	return all, nil
}

// tryPreset returns the running configuration as overrides on a preset and modifier.
func (out *Report) tryPreset(engine *compile.Engine, preset, modifier string) (Proposal, error) {
	r := out.translation.Request
	r.Preset, r.Modifier = preset, modifier
	result, bases, err := engine.ResolveWithBaseValues(r)
	p := Proposal{Preset: preset, Modifier: modifier, Overrides: []Override{}, result: result}
	if err != nil {
		return p, err
	}
	base := out.translation.newBaseValues(result, bases)
	seen := map[string]bool{}
	for _, i := range out.translation.Items {
		isPlaced := i.isPlaced()
		if !isPlaced && (!i.isOverride() || seen[i.Target]) || isRedundant(i, base) {
			continue
		}
		seen[i.Target] = seen[i.Target] || !isPlaced
		p.Overrides = append(p.Overrides, Override{i.Target, i.Value, i.baseValue(base), i.Setting, i.Places[0], i.meaning.Place})
	}
	slices.SortStableFunc(p.Overrides, func(a, b Override) int { return cmp.Compare(a.Key, b.Key) })
	p.Assumed = out.assumedParameters(result)
	return p, nil
}

// assumedParameters returns the parameters that the user decides and the settings do not show.
func (out *Report) assumedParameters(result *artefact.Result) []AssumedParameter {
	given := map[string]bool{}
	for _, i := range out.translation.Items {
		given[i.Target] = given[i.Target] || i.isOverride()
	}
	values := result.Profile.Values()
	all := []AssumedParameter{}
	for _, p := range out.parameters {
		if (p.Classification == "slo" || p.Classification == "topology") && !given[p.Key] {
			all = append(all, AssumedParameter{p.Key, values[p.Key], p.Change == "immutable"})
		}
	}
	return all
}

// isOverride reports whether an item became an override.
func (i Item) isOverride() bool {
	return i.meaning.Target == "override" && i.meaning.Place == nil && (i.Status == Changed || i.Status == Redundant)
}

// isPlaced reports whether an item became an override of a service, namespace or task queue.
func (i Item) isPlaced() bool {
	return i.meaning.Place != nil && (i.Status == Placed || i.Status == Redundant)
}

// isWeaker reports whether a profile is weaker than the running one.
func (out *Report) isWeaker(today, other *artefact.Result) bool {
	before, after := today.Profile.Values(), other.Profile.Values()
	for _, p := range out.parameters {
		a, b := before[p.Key], after[p.Key]
		less, more := registry.LessValue(
			p.Kind,
			totalValue(p, after),
			totalValue(p, before),
		), registry.LessValue(
			p.Kind,
			totalValue(p, before),
			totalValue(p, after),
		)
		if p.Change == "immutable" && !registry.EqualValues(p.Kind, a, b) || p.Stronger == "more" && less || p.Stronger == "less" && more {
			return true
		}
	}
	return false
}

// totalValue returns a value summed over all its processes, if it applies to each.
func totalValue(p registry.Parameter, values map[string]any) any {
	value, ok := values[p.Key].(float64)
	if !ok || len(p.Per) == 0 {
		return values[p.Key]
	}
	processes := 0.0
	for _, key := range p.Per {
		n, _ := values[key].(float64) // counts are numbers
		processes += n
	}
	return value * processes
}

func listRules(ctx context.Context, check Check, r *artefact.Result) ([]string, error) {
	subject, err := check(ctx, r)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range subject.Findings {
		names = append(names, f.RuleName)
	}
	return names, nil
}
