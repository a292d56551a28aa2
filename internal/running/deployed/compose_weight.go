package deployed

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// A weight is what the loader makes of a node, aliases followed: values, each with the
// path to it as text; how deep they lie; and the longest list, which it merges by
// comparing each item with each.
type weight struct{ values, paths, depth, list int }

var (
	maxPaths = int(budget.ConfigFile.Most) // bytes of the paths to all values
	maxList  = int(budget.ConfigSettings.Most)
	tooMany  = int(budget.ConfigValues.Most) + 1
)

const deepest = 64

// weigh refuses what would keep the loader busy.
func (d *document) weigh(n *yaml.Node) error {
	w := d.project.weight(n)
	if err := d.budget.Values.Spend(w.values); err != nil {
		return d.exceeded(d.pos(n), err)
	}
	switch {
	case w.depth > deepest:
		return d.wrong(d.pos(n), fmt.Sprintf("values are nested more than %d deep, aliases followed", deepest), "")
	case w.list > maxList:
		return d.wrong(d.pos(n), fmt.Sprintf("it has a list of more than %d items", maxList), "")
	case w.paths > maxPaths:
		return d.wrong(d.pos(n), fmt.Sprintf("the names above its values are longer than %d bytes, value by value", maxPaths), "")
	}
	return nil
}

func (c *composer) weight(n *yaml.Node) weight {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return c.weight(n.Alias)
	}
	if w, ok := c.weights[n]; ok {
		return w
	}
	c.weights[n] = weight{values: tooMany} // one that is within itself has no end
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
		b := c.weight(below)
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
