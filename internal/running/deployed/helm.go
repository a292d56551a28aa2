package deployed

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// components are the services that the chart runs as separate deployments. [helm-charts,
// charts/temporal/templates/server-deployment.yaml]
var components = []string{"frontend", internalFrontend, "history", "matching", "worker"}

// internalFrontend is a service that runs only if it is enabled.
const internalFrontend = "internal-frontend"

// readHelm reads values of the official chart, or of charts that depend on it: environment and replicas of each service,
// the dynamic config, and the server's static config by path.
func (r *reader) readHelm(root *yaml.Node) ([]Setting, error) {
	fields, err := r.mappingFields(root)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		if f.key.Value == "server" {
			return r.readChart(fields)
		}
	}
	charts := r.findCharts(fields)
	if len(charts) == 0 {
		return nil, r.newError(
			r.position(root),
			"the field server is missing",
			"use values of the Temporal chart, with server.config, server.additionalEnv or similar",
		)
	}
	var all []Setting
	for _, chart := range charts {
		found, err := r.readChart(chart)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// findCharts returns the values of each chart that another chart depends on, and that looks like the Temporal chart.
func (r *reader) findCharts(fields []pair) [][]pair {
	var all [][]pair
	for _, f := range fields {
		if followAlias(f.value).Kind != yaml.MappingNode {
			continue
		}
		values, err := r.mappingFields(f.value)
		if err != nil {
			continue
		}
		server, err := r.fieldOf(f.value, "server")
		if err != nil || server == nil {
			continue
		}
		for _, name := range []string{"config", "dynamicConfig", "additionalEnv", "replicaCount", "history", "matching"} {
			if field, err := r.fieldOf(server, name); err == nil && field != nil {
				all = append(all, values)
				break
			}
		}
	}
	return all
}

// readChart reads the values of one Temporal chart.
func (r *reader) readChart(values []pair) ([]Setting, error) {
	var server *yaml.Node
	for _, f := range values {
		if f.key.Value == "server" {
			server = f.value
			continue
		}
		r.checkChartValue("", f, chartFields)
	}
	fields, err := r.mappingFields(server)
	if err != nil {
		return nil, err
	}
	var all, shared []Setting
	for _, f := range fields {
		r.checkChartValue("server.", f, serverFields)
		var found []Setting
		switch name := f.key.Value; {
		case name == "config":
			found, err = r.readLeaves("server.config", f.key, f.value)
		case name == "dynamicConfig" && !isNull(f.value):
			found, err = r.readDynamicConfig(f.value)
		case name == "additionalEnv":
			found, err = r.readPairs("", f.value)
		case name == "image":
			err = r.addChartImage(f.value)
		case name == replicaCount:
			shared, err = r.readLeaves(replicaCount, f.key, f.value)
		case slices.Contains(components, name) && followAlias(f.value).Kind == yaml.MappingNode:
			found, err = r.readComponent(name, f.value)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	assignStores(all)
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
			if !own[name] && name != internalFrontend {
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
		r.checkChartValue("server."+service+".", f, componentFields)
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
		if text, ok := v.(string); ok && (substituted().MatchString(text) || strings.Contains(text, "{{")) {
			s.Value, s.Unknown = nil, true
		}
		s.Unknown = s.Unknown || v == nil
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
