package compose

import (
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/envfile"
	"go.yaml.in/yaml/v3"
)

// ownSettings returns the settings that a service states itself.
func (d *document) ownSettings(n *yaml.Node) ([]deployed.Setting, error) {
	if files, err := d.FieldOf(n, "env_file"); err != nil {
		return nil, err
	} else if files != nil && configtext.FollowAlias(files).Kind == yaml.MappingNode {
		return nil, d.NewError(
			d.Position(files),
			"env_file: expected a list, found "+configtext.KindName(configtext.FollowAlias(files)),
			"write env_file: [{path: FILE}]",
		) // the loader takes fields for names
	}
	at, err := d.FieldOf(n, "environment")
	if err != nil {
		return nil, err
	}
	all, err := d.readEnvironment(at)
	if err != nil {
		return nil, err
	}
	for _, path := range [][]string{{"scale"}, {"deploy", "replicas"}} {
		at := n
		for _, name := range path {
			if at, err = d.FieldOf(at, name); err != nil {
				return nil, err
			}
		}
		if at == nil || isReset(at) {
			continue
		}
		s := deployed.Setting{Kind: deployed.Static, Key: strings.Join(path, "."), Pos: d.Position(at)}
		if s.Value, err = d.Value(at); err != nil {
			return nil, err
		}
		if err := d.fillVariables(&s, at); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// isReset reports whether a field removes the settings of other files.
func isReset(n *yaml.Node) bool { return configtext.FollowAlias(n).Tag == "!reset" }

// readEnvironment reads a mapping NAME: VALUE or a list of NAME=VALUE.
func (d *document) readEnvironment(n *yaml.Node) ([]deployed.Setting, error) {
	if n == nil || isReset(n) {
		return nil, nil
	}
	var all []deployed.Setting
	if configtext.FollowAlias(n).Kind == yaml.SequenceNode {
		items, err := d.ListItems(n)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			text, ok, err := d.ScalarText(item)
			if err != nil {
				return nil, err
			}
			s := deployed.Setting{Kind: deployed.Variable, Value: text, Pos: d.Position(item)}
			if err := d.fillVariables(&s, item); err != nil {
				return nil, err
			}
			if filled, ok := s.Value.(string); ok {
				text = filled
			}
			name, value, given := strings.Cut(text, "=")
			switch {
			case name == "" || !ok:
				return nil, d.NewError(d.Position(item), "expected NAME=VALUE", "")
			case s.Unknown && strings.Contains(name, "$"):
				return nil, d.NewError(d.Position(item), "the variable's name depends on a variable that is not set", resolved)
			}
			s.Key = name
			all = append(all, d.assignVariable(s, value, given))
		}
		return all, nil
	}
	fields, err := d.MappingFields(n)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		if isReset(f.Value) {
			continue
		}
		text, ok, err := d.ScalarText(f.Value)
		if err != nil {
			return nil, err
		}
		s := deployed.Setting{Kind: deployed.Variable, Key: f.Key.Value, Value: text, Pos: d.Position(f.Key)}
		if err := d.fillVariables(&s, f.Value); err != nil {
			return nil, err
		}
		value, _ := s.Value.(string)
		all = append(all, d.assignVariable(s, value, ok))
	}
	return all, nil
}

// assignVariable sets a variable's value. Without one it is inherited from the file's surroundings or the shell.
func (d *document) assignVariable(s deployed.Setting, value string, assigned bool) deployed.Setting {
	if !assigned {
		value, assigned = d.given[s.Key]
		s.Unknown = s.Unknown || !assigned
	}
	if s.Value = value; s.Unknown {
		s.Value = nil
	}
	return s
}

// fillVariables replaces the variables in a setting's value.
func (d *document) fillVariables(s *deployed.Setting, at *yaml.Node) error {
	s.ValuePos = d.Position(at)
	text, ok := s.Value.(string)
	if !ok {
		return nil
	}
	x := envfile.NewExpansion(envfile.Variables{Given: d.given.Resolve, Withheld: elsewhere})
	text, err := x.Fill(text)
	if err != nil {
		return d.NewError(d.Position(at), x.DescribeError(err), "")
	}
	s.Value, s.Unknown, s.FromSecret = text, x.IsOpen, x.FromSecret
	if x.IsOpen {
		s.Value = nil
	}
	return nil
}
