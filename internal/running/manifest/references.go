package manifest

import (
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"go.yaml.in/yaml/v3"
)

// ResolveReferences fills in variables with a value from a ConfigMap or a Secret, and marks those with a reference to another
// variable.
func (x *Index) ResolveReferences(file *configtext.Text, workload *yaml.Node, settings []deployed.Setting, env *yaml.Node) error {
	items, err := file.ListItems(env)
	if err != nil {
		return err
	}
	byPlace := map[string]*yaml.Node{}
	for _, item := range items {
		name, err := file.FieldOf(item, "name")
		if err != nil {
			return err
		}
		if name != nil {
			byPlace[file.Position(name).String()] = item
		}
	}
	for i := range settings {
		s := &settings[i]
		if text, ok := s.Value.(string); ok && s.Kind == deployed.Variable && strings.Contains(text, "$(") {
			s.Value, s.Unknown = nil, true
		}
		item := byPlace[s.Pos.String()]
		if item == nil || s.Kind != deployed.Variable {
			continue
		}
		for _, from := range []struct{ field, kind string }{{"configMapKeyRef", "ConfigMap"}, {"secretKeyRef", "Secret"}} { // one of them
			config, err := file.TextAt(item, "valueFrom", from.field, "name")
			if err != nil {
				return err
			}
			key, err := file.TextAt(item, "valueFrom", from.field, "key")
			if err != nil {
				return err
			}
			c := x.Find(file, workload, from.kind, config)
			if c == nil {
				continue
			}
			value, err := file.FieldOf(c.Data, key)
			if err != nil {
				return err
			}
			if value == nil {
				continue
			}
			c.IsUsed = true
			text, ok, err := file.ScalarText(value)
			if err != nil {
				return err
			}
			if ok {
				s.Value, s.Unknown, s.ValuePos, s.InSecret = text, false, file.Position(value), from.kind == "Secret"
			}
		}
	}
	return nil
}
