package deployed

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// components are the services that the chart runs, each as a deployment of its
// own. [helm-charts, charts/temporal/templates/server-deployment.yaml]
var components = []string{"frontend", "history", "matching", "worker"}

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
	var all, shared []Setting
	for _, f := range fields {
		var found []Setting
		switch name := f.key.Value; {
		case name == "config":
			found, err = r.leaves("server.config", f.key, f.value)
		case name == "dynamicConfig" && !absent(f.value):
			found, err = r.dynamicConfig(f.value)
		case name == "additionalEnv":
			found, err = r.pairs("", f.value)
		case name == replicaCount:
			shared, err = r.leaves(replicaCount, f.key, f.value)
		case target(f.value).Kind == yaml.MappingNode:
			found, err = r.component(name, f.value)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	all = winning(shareCount(all, shared))
	slices.SortStableFunc(all, func(a, b Setting) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	return all, nil
}

const replicaCount = "replicaCount"

// shareCount gives the count of all services to those that have none of their
// own: to the chart's templates 0 is none, too.
func shareCount(all, shared []Setting) []Setting {
	if len(shared) == 0 {
		return all
	}
	own := map[string]bool{}
	all = slices.DeleteFunc(all, func(s Setting) bool {
		if s.Key != replicaCount {
			return false
		}
		own[s.Service] = s.Value != 0
		return !own[s.Service]
	})
	for _, s := range shared {
		taken := false
		for _, name := range components {
			if !own[name] {
				s.Service, taken = name, true
				all = append(all, s)
			}
		}
		if !taken {
			all = append(all, s)
		}
	}
	return all
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
		case replicaCount:
			found, err = r.leaves(replicaCount, f.key, f.value)
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
