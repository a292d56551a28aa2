package deployed

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// own is what a service states itself.
func (d *document) own(n *yaml.Node) ([]Setting, error) {
	if files, err := d.field(n, "env_file"); err != nil {
		return nil, err
	} else if files != nil && target(files).Kind == yaml.MappingNode {
		return nil, d.wrong(d.pos(files), "env_file is "+words(target(files)), "write env_file: [{path: FILE}]") // the loader takes fields for names
	}
	at, err := d.field(n, "environment")
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
			if at, err = d.field(at, name); err != nil {
				return nil, err
			}
		}
		if at == nil || reset(at) {
			continue
		}
		s := Setting{Kind: Static, Key: strings.Join(path, "."), Pos: d.pos(at)}
		if s.Value, err = d.value(at); err != nil {
			return nil, err
		}
		if err := d.fill(&s, at); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// reset reports whether a field takes back what others say of it.
func reset(n *yaml.Node) bool { return target(n).Tag == "!reset" }

// environment reads both forms: NAME: VALUE, and a list of NAME=VALUE.
func (d *document) environment(n *yaml.Node) ([]Setting, error) {
	if n == nil || reset(n) {
		return nil, nil
	}
	var all []Setting
	if target(n).Kind == yaml.SequenceNode {
		items, err := d.items(n)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			text, ok, err := d.scalar(item)
			if err != nil {
				return nil, err
			}
			s := Setting{Kind: Variable, Value: text, Pos: d.pos(item)}
			if err := d.fill(&s, item); err != nil {
				return nil, err
			}
			if filled, ok := s.Value.(string); ok {
				text = filled
			}
			name, value, given := strings.Cut(text, "=")
			switch {
			case name == "" || !ok:
				return nil, d.wrong(d.pos(item), "this is no NAME=VALUE", "")
			case s.Unknown && strings.Contains(name, "$"):
				return nil, d.wrong(d.pos(item), "the name of the variable depends on one that is not set", resolved)
			}
			s.Key = name
			all = append(all, d.assigned(s, value, given))
		}
		return all, nil
	}
	fields, err := d.mapping(n)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		if reset(f.value) {
			continue
		}
		text, ok, err := d.scalar(f.value)
		if err != nil {
			return nil, err
		}
		s := Setting{Kind: Variable, Key: f.key.Value, Value: text, Pos: d.pos(f.key)}
		if err := d.fill(&s, f.value); err != nil {
			return nil, err
		}
		value, _ := s.Value.(string)
		all = append(all, d.assigned(s, value, ok))
	}
	return all, nil
}

// assigned gives a variable its value; one that is only named has that of what
// surrounds the file, or the shell's.
func (d *document) assigned(s Setting, value string, assigned bool) Setting {
	if !assigned {
		value, assigned = d.given[s.Key]
		s.Unknown = s.Unknown || !assigned
	}
	if s.Value = value; s.Unknown {
		s.Value = nil
	}
	return s
}

// fill replaces the variables in a setting's value.
func (d *document) fill(s *Setting, at *yaml.Node) error {
	s.ValuePos = d.pos(at)
	text, ok := s.Value.(string)
	if !ok {
		return nil
	}
	x := expansion{variables: variables{given: d.given.Resolve, withheld: elsewhere}, left: maxStatement}
	text, err := x.text(text)
	if err != nil {
		return d.wrong(d.pos(at), x.said(err), "")
	}
	s.Value, s.Unknown = text, x.open
	if x.open {
		s.Value = nil
	}
	return nil
}
