package deployed

import "go.yaml.in/yaml/v3"

// ecs reads task definitions, bare or as the AWS CLI prints them, services with
// their desired count, and plain environments; several of them where they are
// the items of a list or the fields of a mapping.
func (r *reader) ecs(root *yaml.Node) ([]Setting, error) {
	all, err := r.ecsPart("", root, 0)
	if err == nil && len(all) == 0 {
		err = r.wrong(r.pos(root), "there is no environment in it", "a task definition has containerDefinitions, each with an environment")
	}
	return all, err
}

const maxECS = 4 // levels down to a task definition

func (r *reader) ecsPart(name string, n *yaml.Node, depth int) ([]Setting, error) {
	if n = target(n); n.Kind == yaml.SequenceNode {
		if r.isPairs(n) {
			return r.pairs(name, n)
		}
		var all []Setting
		for _, item := range n.Content {
			if target(item).Kind != yaml.MappingNode || depth == maxECS {
				continue
			}
			found, err := r.ecsPart(name, item, depth+1)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
		return all, r.spend(n)
	}
	if n.Kind != yaml.MappingNode {
		return nil, nil
	}
	fields, err := r.mapping(n)
	if err != nil {
		return nil, err
	}
	var all []Setting
	scalars := 0
	for _, f := range fields {
		var found []Setting
		switch value := target(f.value); {
		case f.key.Value == "containerDefinitions" && value.Kind == yaml.SequenceNode:
			found, err = r.containers(value)
		case f.key.Value == "desiredCount" || f.key.Value == "maximumPercent":
			// a service's own name says more than where it stands
			service := name
			for _, other := range fields {
				if other.key.Value == "serviceName" {
					service = target(other.value).Value
				}
			}
			s := Setting{Kind: Static, Service: service, Key: f.key.Value, Pos: r.pos(f.key), ValuePos: r.pos(f.value)}
			s.Value, err = r.value(f.value)
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
	// a map of variables
	if scalars == len(fields) && depth == 0 {
		for _, f := range fields {
			text, ok, err := r.scalar(f.value)
			if err != nil {
				return nil, err
			}
			if !assignment().MatchString(f.key.Value + "=") {
				return nil, nil
			}
			all = append(all, r.variable("", f.key, f.value, text, ok)...)
		}
	}
	return all, nil
}

// isPairs reports whether a list holds names and values, as an environment does.
func (r *reader) isPairs(n *yaml.Node) bool {
	for _, item := range n.Content {
		name, err := r.field(item, "name")
		value, _ := r.field(item, "value")
		if err != nil || name == nil || value == nil {
			return false
		}
	}
	return len(n.Content) > 0
}

func (r *reader) containers(n *yaml.Node) ([]Setting, error) {
	items, err := r.items(n)
	if err != nil {
		return nil, err
	}
	var all []Setting
	for _, c := range items {
		service := ""
		var environment, secrets *yaml.Node
		fields, err := r.mapping(c)
		if err != nil {
			return nil, err
		}
		for _, f := range fields {
			switch f.key.Value {
			case "name":
				service = target(f.value).Value
			case "environment":
				environment = f.value
			case "secrets":
				secrets = f.value
			}
		}
		// where both name one, the secret is what the container sees
		for _, list := range []*yaml.Node{environment, secrets} {
			if list == nil {
				continue
			}
			found, err := r.pairs(service, list)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
	}
	return winning(all), nil
}

// pairs reads a list of {name, value}, as ECS and Kubernetes write an
// environment. What has no value takes it from elsewhere (valueFrom).
func (r *reader) pairs(service string, n *yaml.Node) ([]Setting, error) {
	items, err := r.items(n)
	if err != nil {
		return nil, err
	}
	var all []Setting
	for _, item := range items {
		fields, err := r.mapping(item)
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
		if name == nil || target(name).Kind != yaml.ScalarNode || target(name).Value == "" {
			return nil, r.wrong(r.pos(item), "a variable has no name", "write name and value")
		}
		text, ok, at := "", !elsewhere, name
		if value != nil {
			at = value
			given := false
			if text, given, err = r.scalar(value); err != nil {
				return nil, err
			}
			ok = ok && given
		}
		placed := *target(name)
		placed.Line, placed.Column = name.Line, name.Column
		all = append(all, r.variable(service, &placed, at, text, ok)...)
	}
	return all, nil
}

// variable is a setting, and the dynamic config that it may carry.
func (r *reader) variable(service string, name, at *yaml.Node, text string, ok bool) []Setting {
	s := Setting{Kind: Variable, Service: service, Key: name.Value, Value: text, Unknown: !ok, Pos: r.pos(name), ValuePos: r.pos(at)}
	if !ok {
		s.Value = nil
		return []Setting{s}
	}
	if placeholder().MatchString(text) {
		s.Value, s.Unknown = nil, true
	}
	inner := r.within(text, at)
	for i := range inner {
		inner[i].Service = service
	}
	return append([]Setting{s}, inner...)
}
