package compose

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// weight is the loader's cost of a node with aliases expanded: the number of values, the length of all their paths,
// the depth, and the longest list, which it merges in quadratic time.
type weight struct{ values, paths, depth, list int }

var (
	maxPaths = int(budget.ConfigFile.Most) // total length of the paths of all values
	maxList  = int(budget.ConfigSettings.Most)
	tooMany  = int(budget.ConfigValues.Most) + 1
)

// checkWeight rejects nodes that would overload the loader.
func (d *document) checkWeight(n *yaml.Node) error {
	w := d.project.weightOf(n)
	if err := d.Budget.Values.Spend(w.values); err != nil {
		return d.BudgetError(d.Position(n), err)
	}
	switch {
	case int64(w.depth) > budget.ComposeDepth.Most:
		return d.NewError(
			d.Position(n),
			fmt.Sprintf("values are nested more than %d levels deep, with aliases expanded", budget.ComposeDepth.Most),
			"",
		)
	case w.list > maxList:
		return d.NewError(d.Position(n), fmt.Sprintf("a list has more than %d items", maxList), "")
	case w.paths > maxPaths:
		return d.NewError(d.Position(n), fmt.Sprintf("the paths of all values together are longer than %d bytes", maxPaths), "")
	}
	return nil
}

func (c *composer) weightOf(n *yaml.Node) weight {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return c.weightOf(n.Alias)
	}
	if w, ok := c.weights[n]; ok {
		return w
	}
	c.weights[n] = weight{values: tooMany} // a node that contains itself is infinite
	w := weight{values: 1}
	for i, below := range n.Content {
		label := len("[0000]")
		if n.Kind == yaml.MappingNode {
			if i%2 == 0 {
				w.values++
				continue
			}
			label = len(n.Content[i-1].Value) + 1
		}
		b := c.weightOf(below)
		w.values = min(w.values+b.values, tooMany)
		w.paths = min(w.paths+b.paths+label*b.values, maxPaths+1)
		w.depth, w.list = max(w.depth, b.depth+1), max(w.list, b.list)
	}
	if n.Kind == yaml.SequenceNode {
		w.list = max(w.list, len(n.Content))
	}
	c.weights[n] = w
	return w
}
