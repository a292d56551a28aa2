package compose

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// leaveServicesOut leaves the services of the project's own file out that problems are in, and reports whether there are any
// and others remain.
func (c *composer) leaveServicesOut(root *yaml.Node, problems []source.Problem) bool {
	look := *c.Text
	look.Budget = budget.NewConfiguration() // the project's own budget can be exhausted
	names := findServices(&look, root, problems)
	names = slices.DeleteFunc(names, func(name string) bool { return c.broken.services[name] })
	if len(names) == 0 {
		return false
	}
	for _, name := range names {
		c.broken.services[name] = true
	}
	c.broken.problems = append(c.broken.problems, problems...)
	return true
}

// findServices returns the services of a file that problems are in.
func findServices(file *configtext.Text, root *yaml.Node, problems []source.Problem) []string {
	top, err := file.MappingFields(root)
	if err != nil {
		return nil
	}
	all, err := file.FieldOf(root, services)
	if err != nil || all == nil || configtext.FollowAlias(all).Kind != yaml.MappingNode {
		return nil
	}
	fields, err := file.MappingFields(all)
	if err != nil {
		return nil
	}
	var starts []source.Pos // of the services, and of the fields next to them
	for _, f := range slices.Concat(top, fields) {
		starts = append(starts, file.Position(f.Key))
	}
	slices.SortFunc(starts, source.Pos.Compare)
	var names []string
	for _, f := range fields {
		start := file.Position(f.Key)
		next, _ := slices.BinarySearchFunc(starts, start, source.Pos.Compare)
		isIn := func(p source.Problem) bool {
			isAfter := p.Pos.File == start.File && p.Pos.Compare(start) > 0
			return isAfter && (next+1 == len(starts) || p.Pos.Compare(starts[next+1]) < 0)
		}
		if slices.ContainsFunc(problems, isIn) {
			names = append(names, f.Key.Value)
		}
	}
	return names
}

// withoutServices returns a file without some of its services, and its text.
func withoutServices(file *configtext.Text, root *yaml.Node, leftOut map[string]bool) (*yaml.Node, string, error) {
	top := *configtext.FollowAlias(root)
	top.Content = slices.Clone(top.Content)
	for i := 0; i+1 < len(top.Content); i += 2 {
		if top.Content[i].Value != services {
			continue
		}
		kept := *configtext.FollowAlias(top.Content[i+1])
		for name := range leftOut {
			kept.Content = dropField(&kept, name)
		}
		top.Content[i+1] = &kept
	}
	expanded, err := file.Expand(&top) // an alias can be to a part of a service that is left out
	if err != nil {
		return nil, "", err
	}
	text, err := yaml.Marshal(expanded)
	return &top, string(text), err
}
