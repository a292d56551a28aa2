package configfile

import (
	"cmp"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/running/chart"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/dynamicfile"
	"github.com/temporal-dsql/temporal-dsql/internal/running/staticfile"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
	"go.yaml.in/yaml/v3"
)

// readHelm reads values of the official chart, or of charts that depend on it: environment and replicas of each service,
// the dynamic config, and the server's static config by path.
func (r *reader) readHelm(root *yaml.Node) ([]deployed.Setting, error) {
	fields, err := r.MappingFields(root)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		if f.Key.Value == "server" {
			return r.readChart(fields, false)
		}
	}
	charts := chart.FindCharts(r.Text, fields)
	if len(charts) == 0 {
		return nil, r.NewError(
			r.Position(root),
			"the field server is missing",
			"use values of the Temporal chart, with server.config, server.additionalEnv or similar",
		)
	}
	return readEach(charts, func(sub configtext.Pair) ([]deployed.Setting, error) {
		first := len(r.Findings.Containers)
		values, err := r.MappingFields(sub.Value)
		if err != nil {
			return nil, err
		}
		found, err := r.readChart(values, true)
		if err == nil && len(charts) > 1 {
			deployed.NameServices(sub.Key.Value, found, r.Findings.Containers[first:])
		}
		return found, err
	})
}

// readChart reads the values of one Temporal chart. Those of a subchart can have the condition of the chart above it.
func (r *reader) readChart(values []configtext.Pair, isSubchart bool) ([]deployed.Setting, error) {
	var server *yaml.Node
	for _, f := range values {
		if f.Key.Value == "server" {
			server = f.Value
		}
	}
	isOld := chart.HasOldStores(r.Text, server)
	for _, f := range values {
		if f.Key.Value == "server" || isOld && chart.IsSubchart(f.Key.Value) || isSubchart && f.Key.Value == "enabled" {
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
			found, err = staticfile.Read(r.Text, "server.config", f.Key, f.Value)
		case name == "dynamicConfig" && !configtext.IsNull(f.Value):
			found, err = dynamicfile.Read(r.Text, f.Value)
		case name == chart.AdditionalEnv:
			sharedEnv, err = r.readPairs("", f.Value)
		case slices.Contains(chart.EnvironmentSources, name):
			chart.AddEnvironmentSource(r.Text, f.Value, "")
		case name == "image":
			err = chart.AddImage(r.Text, f.Value)
		case name == chart.ReplicaCount:
			shared, err = staticfile.Read(r.Text, chart.ReplicaCount, f.Key, f.Value)
		case slices.Contains(deployed.ServerServices, name) && configtext.FollowAlias(f.Value).Kind == yaml.MappingNode:
			found, err = r.readComponent(name, f.Value, ownEnv)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	all = append(all, chart.ShareEnvironment(r.Text, sharedEnv, all, ownEnv)...)
	deployed.AssignStores(all)
	all = deployed.LastSettings(chart.ShareCount(all, shared))
	slices.SortStableFunc(all, func(a, b deployed.Setting) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	return all, nil
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
		case chart.AdditionalEnv:
			if found, err = r.readPairs(service, f.Value); len(found) > 0 {
				ownEnv[service] = r.Position(f.Key)
			}
		case chart.ReplicaCount:
			found, err = staticfile.Read(r.Text, chart.ReplicaCount, f.Key, f.Value)
		default:
			if slices.Contains(chart.EnvironmentSources, f.Key.Value) {
				chart.AddEnvironmentSource(r.Text, f.Value, service)
			}
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
