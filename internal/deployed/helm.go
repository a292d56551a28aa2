package deployed

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// helm reads values of the official chart: the environment and the replicas of
// each service, the dynamic config, and the server's static config by path.
func (r *reader) helm(root *yaml.Node) ([]Setting, error) {
	server, err := r.field(root, "server")
	if err != nil {
		return nil, err
	}
	if server == nil {
		return nil, r.wrong(r.pos(root), "there is no server in it", "values of the chart have server.config, server.additionalEnv and the like")
	}
	fields, err := r.mapping(server)
	if err != nil {
		return nil, err
	}
	var all []Setting
	for _, f := range fields {
		var found []Setting
		switch name := f.key.Value; {
		case name == "config":
			found, err = r.leaves("server.config", f.key, f.value)
		case name == "dynamicConfig" && !absent(f.value):
			found, err = r.dynamicConfig(f.value)
		case name == "additionalEnv":
			found, err = r.pairs("", f.value)
		case name == "replicaCount":
			found, err = r.leaves("replicaCount", f.key, f.value)
		case target(f.value).Kind == yaml.MappingNode:
			found, err = r.component(name, f.value)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return winning(all), nil
}

// component reads what one service has for itself.
func (r *reader) component(service string, n *yaml.Node) ([]Setting, error) {
	fields, err := r.mapping(n)
	if err != nil {
		return nil, err
	}
	var all []Setting
	for _, f := range fields {
		var found []Setting
		switch f.key.Value {
		case "additionalEnv":
			found, err = r.pairs(service, f.value)
		case "replicaCount":
			found, err = r.leaves("replicaCount", f.key, f.value)
		}
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			s.Service = service
			all = append(all, s)
		}
	}
	return all, nil
}

func absent(n *yaml.Node) bool {
	return target(n).Kind == yaml.ScalarNode && target(n).ShortTag() == "!!null"
}

// leaves gives every single value below a node, by its path.
func (r *reader) leaves(path string, key, n *yaml.Node) ([]Setting, error) {
	if target(n).Kind != yaml.MappingNode {
		if absent(n) {
			return nil, nil
		}
		v, err := r.value(n)
		s := Setting{Kind: Static, Key: path, Value: v, Pos: r.pos(key), ValuePos: r.pos(n)}
		if text, ok := v.(string); ok && (placeholder().MatchString(text) || strings.Contains(text, "{{")) {
			s.Value, s.Unknown = nil, true
		}
		return []Setting{s}, err
	}
	fields, err := r.mapping(n)
	if err != nil {
		return nil, err
	}
	var all []Setting
	for _, f := range fields {
		found, err := r.leaves(path+"."+f.key.Value, f.key, f.value)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}
