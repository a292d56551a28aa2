package configfile

import (
	"regexp"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/envfile"
	"go.yaml.in/yaml/v3"
)

// readECS reads task definitions, bare or as printed by the AWS CLI, services with their counts, and plain environments.
// A list or mapping can hold several.
func (r *reader) readECS(root *yaml.Node) ([]deployed.Setting, error) {
	return r.readECSPart("", root, 0)
}

const maxECS = 4 // levels above a task definition

func (r *reader) readECSPart(name string, n *yaml.Node, depth int) ([]deployed.Setting, error) {
	if n = configtext.FollowAlias(n); n.Kind == yaml.SequenceNode {
		if r.isPairs(n) {
			return r.readPairs(name, n)
		}
		var all []deployed.Setting
		for _, item := range n.Content {
			if configtext.FollowAlias(item).Kind != yaml.MappingNode || depth == maxECS {
				continue
			}
			found, err := r.readECSPart(name, item, depth+1)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
		return all, r.SpendBudget(n)
	}
	if n.Kind != yaml.MappingNode {
		return nil, nil
	}
	fields, err := r.MappingFields(n)
	if err != nil {
		return nil, err
	}
	var all []deployed.Setting
	scalars := 0
	for _, f := range fields {
		var found []deployed.Setting
		switch value := configtext.FollowAlias(f.Value); {
		case f.Key.Value == "containerDefinitions" && value.Kind == yaml.SequenceNode:
			family := ""
			for _, other := range fields {
				if other.Key.Value == "family" {
					family = configtext.FollowAlias(other.Value).Value
				}
			}
			found, err = r.readContainers(family, value)
		case f.Key.Value == "desiredCount" || f.Key.Value == "maximumPercent":
			// the service's own name is more precise than its place
			service := name
			for _, other := range fields {
				if other.Key.Value == "serviceName" {
					service = configtext.FollowAlias(other.Value).Value
				}
			}
			s := deployed.Setting{
				Kind:     deployed.Static,
				Service:  service,
				Key:      f.Key.Value,
				Pos:      r.Position(f.Key),
				ValuePos: r.Position(f.Value),
			}
			s.Value, err = r.Value(f.Value)
			s.Unknown = s.Value == nil
			found = []deployed.Setting{s}
		case value.Kind == yaml.ScalarNode:
			scalars++
		case depth < maxECS:
			found, err = r.readECSPart(f.Key.Value, value, depth+1)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	// a mapping of variables
	if scalars == len(fields) && depth == 0 {
		for _, f := range fields {
			text, ok, err := r.ScalarText(f.Value)
			if err != nil {
				return nil, err
			}
			if !envfile.IsVariableName(f.Key.Value) {
				return nil, nil
			}
			all = append(all, r.variableSettings("", f.Key, f.Value, text, ok)...)
		}
	}
	return all, nil
}

// isPairs reports whether a list holds names and values, like an environment.
func (r *reader) isPairs(n *yaml.Node) bool {
	for _, item := range n.Content {
		name, err := r.FieldOf(item, "name")
		value, _ := r.FieldOf(item, "value")
		if err != nil || name == nil || value == nil {
			return false
		}
	}
	return len(n.Content) > 0
}

// readContainers reads the containers of a task definition of a family; "" if its name is not known.
func (r *reader) readContainers(family string, n *yaml.Node) ([]deployed.Setting, error) {
	items, err := r.ListItems(n)
	if err != nil {
		return nil, err
	}
	var all []deployed.Setting
	for _, c := range items {
		service, err := r.addContainer(c)
		if err != nil {
			return nil, err
		}
		files, err := r.ItemsAt(c, "environmentFiles")
		if err != nil {
			return nil, err
		}
		noted := &r.Findings.Containers[len(r.Findings.Containers)-1]
		noted.Task, noted.Family, noted.IsPartial = service, family, len(files) > 0
		environment, err := r.FieldOf(c, "environment")
		if err != nil {
			return nil, err
		}
		secrets, err := r.FieldOf(c, "secrets")
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
	for i := range all {
		all[i].Family = family
	}
	return deployed.LastSettings(all), nil
}

// readPairs reads a list of {name, value}, as in ECS and Kubernetes. Items without a value get it from elsewhere
// (valueFrom).
func (r *reader) readPairs(service string, n *yaml.Node) ([]deployed.Setting, error) {
	items, err := r.ListItems(n)
	if err != nil {
		return nil, err
	}
	var all []deployed.Setting
	for _, item := range items {
		fields, err := r.MappingFields(item)
		if err != nil {
			return nil, err
		}
		var name, value *yaml.Node
		elsewhere := false
		for _, f := range fields {
			switch f.Key.Value {
			case "name":
				name = f.Value
			case "value":
				value = f.Value
			case "valueFrom":
				elsewhere = true
			}
		}
		if name == nil || configtext.FollowAlias(name).Kind != yaml.ScalarNode || configtext.FollowAlias(name).Value == "" {
			return nil, r.NewError(r.Position(item), "a variable has no name", "write name and value")
		}
		text, ok, at := "", !elsewhere, name
		if value != nil {
			at = value
			given := false
			if text, given, err = r.ScalarText(value); err != nil {
				return nil, err
			}
			ok = ok && given
		}
		placed := *configtext.FollowAlias(name)
		placed.Line, placed.Column = name.Line, name.Column
		all = append(all, r.variableSettings(service, &placed, at, text, ok)...)
	}
	return all, nil
}

// placeholder matches values that are filled in before use.
var placeholder = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*\}`) })

// variableSettings returns a variable, with the settings of a configuration in its text.
func (r *reader) variableSettings(service string, name, at *yaml.Node, text string, ok bool) []deployed.Setting {
	s := deployed.Setting{
		Kind:     deployed.Variable,
		Service:  service,
		Key:      name.Value,
		Value:    text,
		Unknown:  !ok,
		Pos:      r.Position(name),
		ValuePos: r.Position(at),
	}
	if !ok {
		s.Value = nil
		return []deployed.Setting{s}
	}
	if placeholder().MatchString(text) || configtext.IsTemplate(text) {
		s.Value, s.Unknown = nil, true
	}
	inner, err := r.readInner(name.Value, at, "")
	if err != nil {
		inner = nil
	}
	for i := range inner {
		inner[i].Service = service
	}
	return append([]deployed.Setting{s}, inner...)
}
