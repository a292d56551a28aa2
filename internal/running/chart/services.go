package chart

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// Fields of the chart with the count of a service, and with its environment.
const (
	ReplicaCount  = "replicaCount"
	AdditionalEnv = "additionalEnv"
)

// FindCharts returns the field of each chart that another chart depends on, and that looks like the Temporal chart.
func FindCharts(r *configtext.Text, fields []configtext.Pair) []configtext.Pair {
	var all []configtext.Pair
	for _, f := range fields {
		if configtext.FollowAlias(f.Value).Kind != yaml.MappingNode {
			continue
		}
		server, err := r.FieldOf(f.Value, "server")
		if err != nil || server == nil {
			continue
		}
		for _, name := range []string{"config", "dynamicConfig", AdditionalEnv, ReplicaCount, "history", "matching"} {
			if field, err := r.FieldOf(server, name); err == nil && field != nil {
				all = append(all, f)
				break
			}
		}
	}
	return all
}

// IsTemporal reports whether values are those of the Temporal chart, or of a chart that depends on it.
func IsTemporal(r *configtext.Text, values *yaml.Node) (bool, error) {
	if values == nil {
		return false, nil
	}
	fields, err := r.MappingFields(values)
	if err != nil {
		return false, err
	}
	for _, f := range fields {
		if f.Key.Value == "server" {
			return true, nil
		}
	}
	return len(FindCharts(r, fields)) > 0, nil
}

// ShareEnvironment returns the common environment: of all services, or of each service without its own if some have their own. The
// chart gives a service its own environment instead of the common one.
func ShareEnvironment(r *configtext.Text, shared, all []deployed.Setting, own map[string]source.Pos) []deployed.Setting {
	if len(own) == 0 {
		return shared
	}
	var out []deployed.Setting
	for _, name := range deployed.ServerServices {
		at, hasOwn := own[name]
		if !hasOwn {
			for _, s := range shared {
				if s.Service = name; name != deployed.InternalFrontend {
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
			path := "server." + name + "." + AdditionalEnv
			r.AddNotice(
				at,
				deployed.RuleDeadValue,
				path+" replaces server."+AdditionalEnv+": "+name+" does not have "+strings.Join(lost, ", "),
				"repeat them in "+path,
			)
		}
	}
	return out
}

// ShareCount applies the common count to services without their own. The chart's templates treat 0 as none.
func ShareCount(all, shared []deployed.Setting) []deployed.Setting {
	if len(shared) == 0 {
		return all
	}
	own := map[string]bool{}
	all = slices.DeleteFunc(all, func(s deployed.Setting) bool {
		if s.Key != ReplicaCount {
			return false
		}
		own[s.Service] = s.Value != 0
		return !own[s.Service]
	})
	for _, s := range shared {
		taken := false
		for _, name := range deployed.ServerServices {
			if !own[name] && name != deployed.InternalFrontend {
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
