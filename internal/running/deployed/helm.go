package deployed

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// components are the services that the chart runs as separate deployments. [helm-charts,
// charts/temporal/templates/server-deployment.yaml]
var components = []string{"frontend", "history", "matching", "worker"}

// readHelm reads values of the official chart: environment and replicas of each service, the dynamic config, and the
// server's static config by path.
func (r *reader) readHelm(root *yaml.Node) ([]Setting, error) {
	server, err := r.fieldOf(root, "server")
	if err != nil {
		return nil, err
	}
	if server == nil {
		return nil, r.newError(
			r.position(root),
			"the field server is missing",
			"use values of the Temporal chart, with server.config, server.additionalEnv or similar",
		)
	}
	fields, err := r.mappingFields(server)
	if err != nil {
		return nil, err
	}
	var all, shared []Setting
	for _, f := range fields {
		var found []Setting
		switch name := f.key.Value; {
		case name == "config":
			found, err = r.readLeaves("server.config", f.key, f.value)
		case name == "dynamicConfig" && !isNull(f.value):
			found, err = r.readDynamicConfig(f.value)
		case name == "additionalEnv":
			found, err = r.readPairs("", f.value)
		case name == replicaCount:
			shared, err = r.readLeaves(replicaCount, f.key, f.value)
		case followAlias(f.value).Kind == yaml.MappingNode:
			found, err = r.readComponent(name, f.value)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	all = lastSettings(shareCount(all, shared))
	slices.SortStableFunc(all, func(a, b Setting) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	return all, nil
}

const replicaCount = "replicaCount"

// shareCount applies the common count to services without their own. The chart's templates treat 0 as none.
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

// readComponent reads the settings of one service.
func (r *reader) readComponent(service string, n *yaml.Node) ([]Setting, error) {
	fields, err := r.mappingFields(n)
	if err != nil {
		return nil, err
	}
	var all []Setting
	for _, f := range fields {
		var found []Setting
		switch f.key.Value {
		case "additionalEnv":
			found, err = r.readPairs(service, f.value)
		case replicaCount:
			found, err = r.readLeaves(replicaCount, f.key, f.value)
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

func isNull(n *yaml.Node) bool {
	return followAlias(n).Kind == yaml.ScalarNode && followAlias(n).ShortTag() == "!!null"
}

// readLeaves returns every scalar below a node, by path.
func (r *reader) readLeaves(path string, key, n *yaml.Node) ([]Setting, error) {
	if followAlias(n).Kind != yaml.MappingNode {
		if isNull(n) {
			return nil, nil
		}
		v, err := r.value(n)
		s := Setting{Kind: Static, Key: path, Value: v, Pos: r.position(key), ValuePos: r.position(n)}
		if text, ok := v.(string); ok && (placeholder().MatchString(text) || strings.Contains(text, "{{")) {
			s.Value, s.Unknown = nil, true
		}
		return []Setting{s}, err
	}
	fields, err := r.mappingFields(n)
	if err != nil {
		return nil, err
	}
	var all []Setting
	for _, f := range fields {
		found, err := r.readLeaves(path+"."+f.key.Value, f.key, f.value)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}
