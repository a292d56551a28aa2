package deployed

import "go.yaml.in/yaml/v3"

// dynamicConfig reads KEY: [{value, constraints}], as the server does.
func (r *reader) dynamicConfig(root *yaml.Node) ([]Setting, error) {
	keys, err := r.mapping(root)
	if err != nil {
		return nil, err
	}
	var all []Setting
	for _, k := range keys {
		if target(k.value).Kind != yaml.SequenceNode {
			return nil, r.wrong(r.pos(k.key), k.key.Value+" has no list of values: the server refuses the whole file", "write "+k.key.Value+": [{value: …}]")
		}
		entries, err := r.items(k.value)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			s, err := r.entry(k.key, e)
			if err != nil {
				return nil, err
			}
			all = append(all, s)
		}
	}
	return all, nil
}

func (r *reader) entry(key, n *yaml.Node) (Setting, error) {
	s := Setting{Kind: Dynamic, Key: key.Value, Pos: r.pos(key), ValuePos: r.pos(n)}
	if target(n).Kind != yaml.MappingNode {
		return s, r.wrong(r.pos(n), "a value of "+key.Value+" is "+words(target(n))+": the server refuses the whole file", "write - value: …")
	}
	fields, err := r.mapping(n)
	if err != nil {
		return s, err
	}
	for _, f := range fields {
		switch f.key.Value {
		case "value":
			s.ValuePos = r.pos(f.value)
			if s.Value, err = r.value(f.value); err != nil {
				return s, err
			}
		case "constraints":
			constraints, err := r.mapping(f.value)
			if err != nil {
				return s, err
			}
			if s.Constraints, err = r.named(constraints); err != nil {
				return s, err
			}
		default:
			ignored, err := r.named([]pair{f})
			if err != nil {
				return s, err
			}
			s.Ignored = append(s.Ignored, ignored...)
		}
	}
	return s, nil
}

func (r *reader) named(fields []pair) ([]Named, error) {
	var all []Named
	for _, f := range fields {
		v, err := r.value(f.value)
		if err != nil {
			return nil, err
		}
		all = append(all, Named{f.key.Value, v, r.pos(f.key)})
	}
	return all, nil
}

// isEntries reports whether a list looks like the values of a key.
func (r *reader) isEntries(n *yaml.Node) bool {
	if len(n.Content) == 0 {
		return false
	}
	for _, e := range n.Content {
		// a container or a variable has a name
		name, err := r.field(e, "name")
		if value, _ := r.field(e, "value"); value == nil || name != nil || err != nil {
			return false
		}
	}
	return true
}

// within reads a dynamic config or a server's static configuration that a variable
// carries as its text, as the task definitions of temporal-dsql do.
func (r *reader) within(text string, at *yaml.Node) []Setting {
	inner := &reader{name: r.name, open: r.open, exists: r.exists, budget: r.budget, redactor: r.redactor}
	root, err := inner.tree(withoutTemplate(text))
	if err != nil {
		return nil
	}
	var found []Setting
	switch format, wrong := inner.shape(root); {
	case wrong != nil:
		return nil
	case format == DynamicConfig:
		found, err = inner.dynamicConfig(root)
	case format == Server:
		found, err = inner.serverConfig(root)
	default:
		return nil
	}
	if err != nil {
		return nil // text of some other kind
	}
	for i := range found {
		s := &found[i]
		s.Pos, s.ValuePos = r.pos(at), r.pos(at)
		for _, fields := range [][]Named{s.Constraints, s.Ignored} {
			for j := range fields {
				fields[j].Pos = r.pos(at)
			}
		}
	}
	return found
}
