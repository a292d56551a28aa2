package configfile

import (
	"cmp"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/running/chart"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
	"go.yaml.in/yaml/v3"
)

// components are the services that the chart runs as separate deployments. [helm-charts,
// charts/temporal/templates/server-deployment.yaml]
var components = []string{"frontend", internalFrontend, "history", "matching", "worker"}

// internalFrontend is a service that runs only if it is enabled.
const internalFrontend = "internal-frontend"

// readHelm reads values of the official chart, or of charts that depend on it: environment and replicas of each service,
// the dynamic config, and the server's static config by path.
func (r *reader) readHelm(root *yaml.Node) ([]deployed.Setting, error) {
	fields, err := r.MappingFields(root)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		if f.Key.Value == "server" {
			return r.readChart(fields)
		}
	}
	charts := r.findCharts(fields)
	if len(charts) == 0 {
		return nil, r.NewError(
			r.Position(root),
			"the field server is missing",
			"use values of the Temporal chart, with server.config, server.additionalEnv or similar",
		)
	}
	var all []deployed.Setting
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
func (r *reader) findCharts(fields []configtext.Pair) [][]configtext.Pair {
	var all [][]configtext.Pair
	for _, f := range fields {
		if configtext.FollowAlias(f.Value).Kind != yaml.MappingNode {
			continue
		}
		values, err := r.MappingFields(f.Value)
		if err != nil {
			continue
		}
		server, err := r.FieldOf(f.Value, "server")
		if err != nil || server == nil {
			continue
		}
		for _, name := range []string{"config", "dynamicConfig", "additionalEnv", "replicaCount", "history", "matching"} {
			if field, err := r.FieldOf(server, name); err == nil && field != nil {
				all = append(all, values)
				break
			}
		}
	}
	return all
}

// readChart reads the values of one Temporal chart.
func (r *reader) readChart(values []configtext.Pair) ([]deployed.Setting, error) {
	var server *yaml.Node
	for _, f := range values {
		if f.Key.Value == "server" {
			server = f.Value
			continue
		}
		chart.CheckValue(r.Text, "", f, chart.Fields)
	}
	fields, err := r.MappingFields(server)
	if err != nil {
		return nil, err
	}
	var all, shared, sharedEnv []deployed.Setting
	ownEnv := map[string]source.Pos{}
	for _, f := range fields {
		chart.CheckValue(r.Text, "server.", f, chart.ServerFields)
		var found []deployed.Setting
		switch name := f.Key.Value; {
		case name == "config":
			found, err = r.readLeaves("server.config", f.Key, f.Value)
		case name == "dynamicConfig" && !configtext.IsNull(f.Value):
			found, err = r.readDynamicConfig(f.Value)
		case name == additionalEnv:
			sharedEnv, err = r.readPairs("", f.Value)
		case name == "image":
			err = chart.AddImage(r.Text, f.Value)
		case name == replicaCount:
			shared, err = r.readLeaves(replicaCount, f.Key, f.Value)
		case slices.Contains(components, name) && configtext.FollowAlias(f.Value).Kind == yaml.MappingNode:
			found, err = r.readComponent(name, f.Value, ownEnv)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	all = append(all, r.shareEnv(sharedEnv, all, ownEnv)...)
	deployed.AssignStores(all)
	all = deployed.LastSettings(shareCount(all, shared))
	slices.SortStableFunc(all, func(a, b deployed.Setting) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	return all, nil
}

const (
	replicaCount  = "replicaCount"
	additionalEnv = "additionalEnv"
)

// shareEnv returns the common environment: of all services, or of each service without its own if some have their own. The
// chart gives a service its own environment instead of the common one.
func (r *reader) shareEnv(shared, all []deployed.Setting, own map[string]source.Pos) []deployed.Setting {
	if len(own) == 0 {
		return shared
	}
	var out []deployed.Setting
	for _, name := range components {
		at, hasOwn := own[name]
		if !hasOwn {
			for _, s := range shared {
				if s.Service = name; name != internalFrontend {
					out = append(out, s)
				}
			}
			continue
		}
		has := map[string]bool{}
		for _, s := range all {
			has[s.Key] = has[s.Key] || s.Kind == deployed.Variable && s.Service == name
		}
		var lost []string
		for _, s := range shared {
			if !has[s.Key] {
				has[s.Key] = true
				lost = append(lost, s.Key)
			}
		}
		if len(lost) > 0 {
			path := "server." + name + "." + additionalEnv
			r.AddNotice(
				at,
				deployed.RuleDeadValue,
				path+" replaces server."+additionalEnv+": "+name+" does not have "+strings.Join(lost, ", "),
				"repeat them in "+path,
			)
		}
	}
	return out
}

// shareCount applies the common count to services without their own. The chart's templates treat 0 as none.
func shareCount(all, shared []deployed.Setting) []deployed.Setting {
	if len(shared) == 0 {
		return all
	}
	own := map[string]bool{}
	all = slices.DeleteFunc(all, func(s deployed.Setting) bool {
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

// readComponent reads the settings of one service, and notes where it has its own environment.
func (r *reader) readComponent(service string, n *yaml.Node, ownEnv map[string]source.Pos) ([]deployed.Setting, error) {
	fields, err := r.MappingFields(n)
	if err != nil {
		return nil, err
	}
	var all []deployed.Setting
	for _, f := range fields {
		chart.CheckValue(r.Text, "server."+service+".", f, chart.ComponentFields)
		var found []deployed.Setting
		switch f.Key.Value {
		case additionalEnv:
			if found, err = r.readPairs(service, f.Value); len(found) > 0 {
				ownEnv[service] = r.Position(f.Key)
			}
		case replicaCount:
			found, err = r.readLeaves(replicaCount, f.Key, f.Value)
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

// readLeaves returns every scalar below a node, by path.
func (r *reader) readLeaves(path string, key, n *yaml.Node) ([]deployed.Setting, error) {
	if configtext.FollowAlias(n).Kind != yaml.MappingNode {
		if configtext.IsNull(n) {
			return nil, nil
		}
		v, err := r.Value(n)
		s := deployed.Setting{Kind: deployed.Static, Key: path, Value: v, Pos: r.Position(key), ValuePos: r.Position(n)}
		if text, ok := v.(string); ok && (substituted().MatchString(text) || configtext.IsTemplate(text)) {
			s.Value, s.Unknown = nil, true
		}
		s.Unknown = s.Unknown || v == nil
		return []deployed.Setting{s}, err
	}
	fields, err := r.MappingFields(n)
	if err != nil {
		return nil, err
	}
	var all []deployed.Setting
	for _, f := range fields {
		found, err := r.readLeaves(path+"."+f.Key.Value, f.Key, f.Value)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}
