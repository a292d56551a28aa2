package migrate

import (
	"context"
	"fmt"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
)

// ProposeFromAll returns the proposals of a report after an evaluation of every preset with every modifier. What each one
// states must not contradict its evaluation.
func (out *Report) ProposeFromAll(ctx context.Context, engine *compile.Engine, check Check) ([]Proposal, error) {
	presets, err := engine.Presets()
	if err != nil {
		return nil, err
	}
	modifiers, err := engine.Modifiers()
	if err != nil {
		return nil, err
	}
	assumed, err := engine.Defaults()
	if err != nil {
		return nil, err
	}
	var all []*candidate
	var today *candidate
	for _, m := range append([]registry.Modifier{{}}, modifiers...) {
		for _, p := range presets {
			of, err := out.tryPreset(engine, p.Name, m.Name)
			if err != nil {
				return nil, err
			}
			c := &candidate{of, len(of.Overrides), len(all)}
			if all = append(all, c); p.Name == assumed.Preset && m.Name == "" {
				today = c
			}
		}
	}
	table, err := engine.ListStatedValues(presets, modifiers)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		stated := table.Find(c.Preset, c.Modifier)
		if count := out.countOverrides(stated); count > c.overrides {
			return nil, fmt.Errorf("%s %s needs %d overrides, not %d or more", c.Preset, c.Modifier, c.overrides, count)
		}
		if out.isStatedWeaker(today.result, stated) && !out.isWeaker(today.result, c.result) {
			return nil, fmt.Errorf("%s %s is not weaker", c.Preset, c.Modifier)
		}
	}
	before, err := listRules(ctx, check, today.result)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, compareCandidates)
	proposals := []Proposal{}
	for _, c := range all {
		after, err := listRules(ctx, check, c.result)
		if err != nil {
			return nil, err
		}
		isWorse := slices.ContainsFunc(after, func(rule string) bool { return !slices.Contains(before, rule) })
		if !isWorse && !out.isWeaker(today.result, c.result) && len(proposals) < maxProposals {
			proposals = append(proposals, c.Proposal)
		}
	}
	return proposals, nil
}
