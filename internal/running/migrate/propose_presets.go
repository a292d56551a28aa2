package migrate

import (
	"cmp"
	"context"
	"fmt"
	"maps"
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
	left, today, err := out.listCandidates(engine)
	if err != nil {
		return err
	}
	before, err := listRules(ctx, check, today.result)
	if err != nil {
		return err
	}
	out.Proposals = []Proposal{}
	evaluated, candidates := 1, len(left) // today's is
	for len(left) > 0 && len(out.Proposals) < maxProposals {
		first := slices.MinFunc(left, compareCandidates)
		if first.result == nil {
			if evaluated == someEvaluated && candidates-evaluated >= manyLeft {
				engine.ExpectSome()
			}
			evaluated++
			if first.Proposal, err = out.tryPreset(engine, first.Preset, first.Modifier); err != nil {
				return err
			}
			first.overrides = len(first.Overrides)
			continue
		}
		left = slices.DeleteFunc(left, func(c *candidate) bool { return c == first })
		if out.isWeaker(today.result, first.result) {
			continue
		}
		after, err := listRules(ctx, check, first.result)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(after, func(rule string) bool { return !slices.Contains(before, rule) }) {
			out.Proposals = append(out.Proposals, first.Proposal)
		}
	}
	return nil
}

// proposeDecided proposes the preset and modifier of the request.
func (out *Report) proposeDecided(engine *compile.Engine) error {
	p, err := out.tryPreset(engine, out.Preset, out.Modifier)
	out.Proposals, out.isDecided = []Proposal{p}, true
	return err
}

// A candidate is a preset and modifier that can become a proposal. Its result is nil until it is evaluated, and until then
// it can have more overrides than are counted.
type candidate struct {
	Proposal
	overrides int
	order     int
}

// compareCandidates orders candidates: fewest overrides first, then without modifier, then smaller.
func compareCandidates(a, b *candidate) int {
	return cmp.Or(cmp.Compare(a.overrides, b.overrides), cmp.Compare(a.order, b.order))
}

// With many settings, or if many candidates are left after some, it is faster to evaluate the packages as a whole, and takes less
// memory: CUE keeps each evaluation of an override with the packages in it. Few settings mostly need few candidates.
const (
	manySettings  = 15
	someEvaluated = 6
	manyLeft      = 8
)

// listCandidates returns the presets with and without each modifier that are not weaker by what they state, and the
// running configuration on the default preset, which is evaluated.
func (out *Report) listCandidates(engine *compile.Engine) (all []*candidate, today *candidate, err error) {
	assumed, err := engine.Defaults()
	if err != nil {
		return nil, nil, err
	}
	presets, err := engine.Presets()
	if err != nil {
		return nil, nil, err
	}
	modifiers, err := engine.Modifiers()
	if err != nil {
		return nil, nil, err
	}
	if !slices.ContainsFunc(presets, func(p registry.Preset) bool { return p.Name == assumed.Preset }) {
		return nil, nil, fmt.Errorf("propose presets: the default preset %s is none of the module's", assumed.Preset)
	}
	table, err := engine.ListStatedValues(presets, modifiers)
	if err != nil {
		return nil, nil, err
	}
	today = &candidate{}
	if today.Proposal, err = out.tryPreset(engine, assumed.Preset, ""); err != nil {
		return nil, nil, err
	}
	order := 0
	for _, m := range append([]registry.Modifier{{}}, modifiers...) {
		for _, p := range presets {
			order++
			stated := table.Find(p.Name, m.Name)
			switch {
			case p.Name == today.Preset && m.Name == "":
				today.order, today.overrides = order, len(today.Overrides)
				all = append(all, today)
			case !out.isStatedWeaker(today.result, stated):
				of := Proposal{Preset: p.Name, Modifier: m.Name}
				all = append(all, &candidate{Proposal: of, overrides: out.countOverrides(stated), order: order})
			}
		}
	}
	if len(out.translation.Items) >= manySettings {
		engine.ExpectSome()
	}
	return all, today, nil
}

// countOverrides returns how many overrides a candidate needs at least, by what it states.
func (out *Report) countOverrides(stated compile.StatedValues) int {
	base := maps.Clone(stated.Values)
	maps.Copy(base, stated.Least) // the load does not raise the value below an override
	curated := map[string]bool{}
	for _, p := range out.parameters {
		curated[p.Key] = true
	}
	count, seen := 0, map[string]bool{}
	for _, i := range out.translation.Items {
		if i.isPlaced() || !i.isOverride() || seen[i.Target] {
			continue
		}
		value, isKnown := base[i.Target]
		if !curated[i.Target] {
			value, isKnown = i.meaning.Base, true
		}
		if isKnown && (value == nil || !registry.EqualValues(i.meaning.Kind, value, i.Value)) {
			seen[i.Target] = true
			count++
		}
	}
	return count
}

// isStatedWeaker reports whether a candidate is weaker than the running configuration by what it states alone.
func (out *Report) isStatedWeaker(today *artefact.Result, stated compile.StatedValues) bool {
	before := today.Profile.Values()
	isOverride := map[string]bool{} // and the same in every candidate
	for _, p := range today.Profile.Params() {
		isOverride[p.Key] = p.Source == "override"
	}
	return slices.ContainsFunc(out.parameters, func(p registry.Parameter) bool {
		if isOverride[p.Key] || len(p.Per) > 0 {
			return false
		}
		if _, isExact := stated.Values[p.Key]; isExact {
			return isWeakerValue(p, before, stated.Values)
		}
		least, isStated := stated.Least[p.Key]
		isMore := isStated && registry.LessValue(p.Kind, before[p.Key], least)
		return isMore && (p.Change == "immutable" || p.Stronger == "less")
	})
}

// tryPreset returns the running configuration as overrides on a preset and modifier.
func (out *Report) tryPreset(engine *compile.Engine, preset, modifier string) (Proposal, error) {
	r := out.translation.Request
	r.Preset, r.Modifier = preset, modifier
	p := Proposal{Preset: preset, Modifier: modifier, Overrides: []Override{}, result: out.result}
	bases := out.bases
	if !out.hasResolved(r) {
		var err error
		if p.result, bases, err = engine.ResolveWithBaseValues(r); err != nil {
			return p, err
		}
	}
	base := out.translation.newBaseValues(p.result, bases)
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
	p.Assumed = out.assumedParameters(p.result)
	return p, nil
}

// hasResolved reports whether the report's own result is that of a request.
func (out *Report) hasResolved(r compile.Request) bool {
	return r.Preset == out.Preset && r.Modifier == out.Modifier && !out.hasPlaces
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
	return slices.ContainsFunc(out.parameters, func(p registry.Parameter) bool { return isWeakerValue(p, before, after) })
}

// isWeakerValue reports whether the value of a parameter is weaker than before.
func isWeakerValue(p registry.Parameter, before, after map[string]any) bool {
	if p.Change == "immutable" && !registry.EqualValues(p.Kind, before[p.Key], after[p.Key]) {
		return true
	}
	a, b := totalValue(p, before), totalValue(p, after)
	return p.Stronger == "more" && registry.LessValue(p.Kind, b, a) || p.Stronger == "less" && registry.LessValue(p.Kind, a, b)
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
