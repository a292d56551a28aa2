package migrate

import (
	"cmp"
	"context"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A Proposal is a preset, with or without a modifier, and the overrides that
// are left on it for what runs today.
type Proposal struct {
	Preset    string     `json:"preset"`
	Modifier  string     `json:"modifier"`
	Overrides []Override `json:"overrides"`
	Assumed   []Assumed  `json:"assumed"`

	result *artefact.Result
	order  int
}

// An Override that a deployment has to state.
type Override struct {
	Key     string     `json:"key"`
	Value   any        `json:"value"`
	Base    any        `json:"base"` // what it would be without
	Setting string     `json:"setting"`
	Place   source.Pos `json:"place"`
}

// Assumed is a parameter that the settings do not tell, and that the adopter
// decides on: the preset's value is taken for it.
type Assumed struct {
	Parameter string `json:"parameter"`
	Value     any    `json:"value"`
	// whether it can never change on a cluster that holds data
	Immutable bool `json:"immutable"`
}

// proposals is how many are told: the best, and the next.
const proposals = 2

// propose finds the presets and modifiers with the fewest overrides that weaken
// nothing, compared with what runs today on the preset of an environment without
// one: no value that is declared to be the stronger the higher (or the lower) it
// is goes the other way, what can never change is equal, and no rule has
// something to say that it does not say today.
func (out *Report) propose(ctx context.Context, engine *compile.Engine, judge Judge) error {
	assumed, err := engine.Defaults()
	if err != nil {
		return err
	}
	today, err := out.on(engine, assumed.Preset, "")
	if err != nil {
		return err
	}
	said, err := rulesOf(ctx, judge, today.result)
	if err != nil {
		return err
	}
	candidates, err := out.candidates(engine)
	if err != nil {
		return err
	}
	out.Proposals = []Proposal{}
	for _, c := range candidates {
		if len(out.Proposals) == proposals {
			break
		}
		if out.weakens(today.result, c.result) {
			continue
		}
		says, err := rulesOf(ctx, judge, c.result)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(says, func(rule string) bool { return !slices.Contains(said, rule) }) {
			out.Proposals = append(out.Proposals, c)
		}
	}
	return nil
}

// candidates are all presets with and without each modifier: those with the
// fewest overrides first, then those without a modifier, then the smaller.
func (out *Report) candidates(engine *compile.Engine) ([]Proposal, error) {
	presets, err := engine.Presets()
	if err != nil {
		return nil, err
	}
	modifiers, err := engine.Modifiers()
	if err != nil {
		return nil, err
	}
	var all []Proposal
	for _, m := range append([]registry.Modifier{{}}, modifiers...) {
		for _, p := range presets {
			c, err := out.on(engine, p.Name, m.Name)
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

// on is what runs today as overrides on a preset and a modifier.
func (out *Report) on(engine *compile.Engine, preset, modifier string) (Proposal, error) {
	r := out.reading.Request
	r.Preset, r.Modifier = preset, modifier
	result, beneath, err := engine.ResolveWithBaseValues(r)
	p := Proposal{Preset: preset, Modifier: modifier, Overrides: []Override{}, result: result}
	if err != nil {
		return p, err
	}
	seen := map[string]bool{}
	for _, i := range out.reading.Items {
		if !i.taken() || seen[i.Target] || redundant(i, beneath) {
			continue
		}
		seen[i.Target] = true
		base, curated := beneath[i.Target]
		if !curated {
			base = i.meaning.Base
		}
		p.Overrides = append(p.Overrides, Override{i.Target, i.Value, base, i.Setting, i.Places[0]})
	}
	slices.SortFunc(p.Overrides, func(a, b Override) int { return cmp.Compare(a.Key, b.Key) })
	p.Assumed = out.assumed(result)
	return p, nil
}

// assumed are what the adopter decides on and the settings do not tell.
func (out *Report) assumed(result *artefact.Result) []Assumed {
	given := map[string]bool{}
	for _, i := range out.reading.Items {
		given[i.Target] = given[i.Target] || i.taken()
	}
	values := result.Profile.Values()
	all := []Assumed{}
	for _, p := range out.parameters {
		if (p.Classification == "slo" || p.Classification == "topology") && !given[p.Key] {
			all = append(all, Assumed{p.Key, values[p.Key], p.Change == "immutable"})
		}
	}
	return all
}

// taken reports whether an item became an override.
func (i Item) taken() bool {
	return i.meaning.Target == "override" && (i.Status == Changed || i.Status == Redundant)
}

// weakens reports whether one profile carries or promises less than another.
func (out *Report) weakens(today, other *artefact.Result) bool {
	before, after := today.Profile.Values(), other.Profile.Values()
	for _, p := range out.parameters {
		a, b := before[p.Key], after[p.Key]
		less, more := registry.LessValue(p.Kind, total(p, after), total(p, before)), registry.LessValue(p.Kind, total(p, before), total(p, after))
		if p.Change == "immutable" && !registry.EqualValues(p.Kind, a, b) || p.Stronger == "more" && less || p.Stronger == "less" && more {
			return true
		}
	}
	return false
}

// total is a value over all processes that have it, where it is one for each.
func total(p registry.Parameter, values map[string]any) any {
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

func rulesOf(ctx context.Context, judge Judge, r *artefact.Result) ([]string, error) {
	subject, err := judge(ctx, r)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range subject.Findings {
		names = append(names, f.RuleName)
	}
	return names, nil
}
