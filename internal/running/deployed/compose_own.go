package deployed

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// ownSettings returns the settings that a service states itself.
func (d *document) ownSettings(n *yaml.Node) ([]Setting, error) {
	if files, err := d.fieldOf(n, "env_file"); err != nil {
		return nil, err
	} else if files != nil && followAlias(files).Kind == yaml.MappingNode {
		return nil, d.newError(
			d.position(files),
			"env_file: expected a list, found "+kindName(followAlias(files)),
			"write env_file: [{path: FILE}]",
		) // the loader takes fields for names
	}
	at, err := d.fieldOf(n, "environment")
	if err != nil {
		return nil, err
	}
	all, err := d.environment(at)
	if err != nil {
		return nil, err
	}
	for _, path := range [][]string{{"scale"}, {"deploy", "replicas"}} {
		at := n
		for _, name := range path {
			if at, err = d.fieldOf(at, name); err != nil {
				return nil, err
			}
		}
		if at == nil || isReset(at) {
			continue
		}
		s := Setting{Kind: Static, Key: strings.Join(path, "."), Pos: d.position(at)}
		if s.Value, err = d.value(at); err != nil {
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
func isReset(n *yaml.Node) bool { return followAlias(n).Tag == "!reset" }

// environment reads a mapping NAME: VALUE or a list of NAME=VALUE.
func (d *document) environment(n *yaml.Node) ([]Setting, error) {
	if n == nil || isReset(n) {
		return nil, nil
	}
	var all []Setting
	if followAlias(n).Kind == yaml.SequenceNode {
		items, err := d.listItems(n)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			text, ok, err := d.scalarText(item)
			if err != nil {
				return nil, err
			}
			s := Setting{Kind: Variable, Value: text, Pos: d.position(item)}
			if err := d.fillVariables(&s, item); err != nil {
				return nil, err
			}
			if filled, ok := s.Value.(string); ok {
				text = filled
			}
			name, value, given := strings.Cut(text, "=")
			switch {
			case name == "" || !ok:
				return nil, d.newError(d.position(item), "expected NAME=VALUE", "")
			case s.Unknown && strings.Contains(name, "$"):
				return nil, d.newError(d.position(item), "the variable's name depends on a variable that is not set", resolved)
			}
			s.Key = name
			all = append(all, d.assignVariable(s, value, given))
		}
		return all, nil
	}
	fields, err := d.mappingFields(n)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		if isReset(f.value) {
			continue
		}
		text, ok, err := d.scalarText(f.value)
		if err != nil {
			return nil, err
		}
		s := Setting{Kind: Variable, Key: f.key.Value, Value: text, Pos: d.position(f.key)}
		if err := d.fillVariables(&s, f.value); err != nil {
			return nil, err
		}
		value, _ := s.Value.(string)
		all = append(all, d.assignVariable(s, value, ok))
	}
	return all, nil
}

// assignVariable sets a variable's value. Without one it is inherited from the file's surroundings or the shell.
func (d *document) assignVariable(s Setting, value string, assigned bool) Setting {
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
func (d *document) fillVariables(s *Setting, at *yaml.Node) error {
	s.ValuePos = d.position(at)
	text, ok := s.Value.(string)
	if !ok {
		return nil
	}
	x := expansion{variables: variables{given: d.given.Resolve, withheld: elsewhere}, left: maxStatement}
	text, err := x.text(text)
	if err != nil {
		return d.newError(d.position(at), x.errorText(err), "")
	}
	s.Value, s.Unknown = text, x.open
	if x.open {
		s.Value = nil
	}
	return nil
}
