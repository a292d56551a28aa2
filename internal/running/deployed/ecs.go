package deployed

import "go.yaml.in/yaml/v3"

// readECS reads task definitions, bare or as printed by the AWS CLI, services with their counts, and plain environments.
// A list or mapping can hold several.
func (r *reader) readECS(root *yaml.Node) ([]Setting, error) {
	return r.ecsPart("", root, 0)
}

const maxECS = 4 // levels above a task definition

func (r *reader) ecsPart(name string, n *yaml.Node, depth int) ([]Setting, error) {
	if n = followAlias(n); n.Kind == yaml.SequenceNode {
		if r.isPairs(n) {
			return r.readPairs(name, n)
		}
		var all []Setting
		for _, item := range n.Content {
			if followAlias(item).Kind != yaml.MappingNode || depth == maxECS {
				continue
			}
			found, err := r.ecsPart(name, item, depth+1)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
		return all, r.spendBudget(n)
	}
	if n.Kind != yaml.MappingNode {
		return nil, nil
	}
	fields, err := r.mappingFields(n)
	if err != nil {
		return nil, err
	}
	var all []Setting
	scalars := 0
	for _, f := range fields {
		var found []Setting
		switch value := followAlias(f.value); {
		case f.key.Value == "containerDefinitions" && value.Kind == yaml.SequenceNode:
			found, err = r.readContainers(value)
		case f.key.Value == "desiredCount" || f.key.Value == "maximumPercent":
			// the service's own name is more precise than its place
			service := name
			for _, other := range fields {
				if other.key.Value == "serviceName" {
					service = followAlias(other.value).Value
				}
			}
			s := Setting{Kind: Static, Service: service, Key: f.key.Value, Pos: r.position(f.key), ValuePos: r.position(f.value)}
			s.Value, err = r.value(f.value)
			s.Unknown = s.Value == nil
			found = []Setting{s}
		case value.Kind == yaml.ScalarNode:
			scalars++
		case depth < maxECS:
			found, err = r.ecsPart(f.key.Value, value, depth+1)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	// a mapping of variables
	if scalars == len(fields) && depth == 0 {
		for _, f := range fields {
			text, ok, err := r.scalarText(f.value)
			if err != nil {
				return nil, err
			}
			if !assignment().MatchString(f.key.Value + "=") {
				return nil, nil
			}
			all = append(all, r.variableSettings("", f.key, f.value, text, ok)...)
		}
	}
	return all, nil
}

// isPairs reports whether a list holds names and values, like an environment.
func (r *reader) isPairs(n *yaml.Node) bool {
	for _, item := range n.Content {
		name, err := r.fieldOf(item, "name")
		value, _ := r.fieldOf(item, "value")
		if err != nil || name == nil || value == nil {
			return false
		}
	}
	return len(n.Content) > 0
}

func (r *reader) readContainers(n *yaml.Node) ([]Setting, error) {
	items, err := r.listItems(n)
	if err != nil {
		return nil, err
	}
	var all []Setting
	for _, c := range items {
		service, err := r.addContainer(c)
		if err != nil {
			return nil, err
		}
		environment, err := r.fieldOf(c, "environment")
		if err != nil {
			return nil, err
		}
		secrets, err := r.fieldOf(c, "secrets")
		if err != nil {
			return nil, err
		}
		// containers see the secret if both have a name
		for _, list := range []*yaml.Node{environment, secrets} {
			if list == nil {
				continue
			}
			found, err := r.readPairs(service, list)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
	}
	return lastSettings(all), nil
}

// readPairs reads a list of {name, value}, as in ECS and Kubernetes. Items without a value get it from elsewhere
// (valueFrom).
func (r *reader) readPairs(service string, n *yaml.Node) ([]Setting, error) {
	items, err := r.listItems(n)
	if err != nil {
		return nil, err
	}
	var all []Setting
	for _, item := range items {
		fields, err := r.mappingFields(item)
		if err != nil {
			return nil, err
		}
		var name, value *yaml.Node
		elsewhere := false
		for _, f := range fields {
			switch f.key.Value {
			case "name":
				name = f.value
			case "value":
				value = f.value
			case "valueFrom":
				elsewhere = true
			}
		}
		if name == nil || followAlias(name).Kind != yaml.ScalarNode || followAlias(name).Value == "" {
			return nil, r.newError(r.position(item), "a variable has no name", "write name and value")
		}
		text, ok, at := "", !elsewhere, name
		if value != nil {
			at = value
			given := false
			if text, given, err = r.scalarText(value); err != nil {
				return nil, err
			}
			ok = ok && given
		}
		placed := *followAlias(name)
		placed.Line, placed.Column = name.Line, name.Column
		all = append(all, r.variableSettings(service, &placed, at, text, ok)...)
	}
	return all, nil
}

// variableSettings returns a variable, with the settings of a configuration in its text.
func (r *reader) variableSettings(service string, name, at *yaml.Node, text string, ok bool) []Setting {
	s := Setting{
		Kind:     Variable,
		Service:  service,
		Key:      name.Value,
		Value:    text,
		Unknown:  !ok,
		Pos:      r.position(name),
		ValuePos: r.position(at),
	}
	if !ok {
		s.Value = nil
		return []Setting{s}
	}
	if placeholder().MatchString(text) {
		s.Value, s.Unknown = nil, true
	}
	inner, err := r.readInner(name.Value, at, "")
	if err != nil {
		inner = nil
	}
	for i := range inner {
		inner[i].Service = service
	}
	return append([]Setting{s}, inner...)
}
