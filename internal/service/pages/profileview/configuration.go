package profileview

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/engines"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
)

// configurationView shows the configuration of a cluster.
type configurationView struct {
	Groups []parameterGroup
	Raw    []rawSection
	behaviour.Snapshot
}

// parameterGroup holds the parameters of one classification.
type parameterGroup struct {
	Name, Meaning string
	Parameters    []parameterView
}

// parameterView is a parameter with its documentation.
type parameterView struct {
	Key, Doc, Rationale string
	Values              []namedValue // by service; "" means every service
}

// rawSection is a part of the configuration as it was read.
type rawSection struct {
	Name    string
	Entries []namedValue
}

func newConfigurationView(s behaviour.Snapshot, ref *engines.ModuleData) configurationView {
	c := configurationView{Snapshot: s}
	byClass := map[string][]parameterView{}
	for _, key := range slices.Sorted(maps.Keys(s.Parameters)) {
		p := ref.Parameters[key]
		one := parameterView{Key: key, Doc: p.Doc, Rationale: p.Rationale}
		for _, service := range slices.Sorted(maps.Keys(s.Parameters[key])) {
			one.Values = append(one.Values, namedValue{service, frame.FormatValue(s.Parameters[key][service])})
		}
		byClass[p.Classification] = append(byClass[p.Classification], one)
	}
	for _, of := range engines.Classifications {
		if found := byClass[of.Name]; len(found) > 0 {
			c.Groups = append(c.Groups, parameterGroup{cmp.Or(frame.FormatHeading(of.Name), "Other"), of.Meaning, found})
		}
	}
	for _, r := range []rawSection{{"Dynamic config", listEntries(s.DynamicConfig)}, {"DSQL plugin", listEntries(s.PluginConfig)},
		{"Worker options", listEntries(s.WorkerOptions)}} {
		if len(r.Entries) > 0 {
			c.Raw = append(c.Raw, r)
		}
	}
	for _, service := range slices.Sorted(maps.Keys(s.Environment)) {
		name := "Environment of " + service
		if service == "" {
			name = "Environment of every service"
		}
		if found := listEntries(s.Environment[service]); len(found) > 0 {
			c.Raw = append(c.Raw, rawSection{name, found})
		}
	}
	return c
}

func listEntries[T any](values map[string]T) []namedValue {
	var all []namedValue
	for _, name := range slices.Sorted(maps.Keys(values)) {
		all = append(all, namedValue{name, frame.FormatValue(formatJSON(values[name]))})
	}
	return all
}

// formatJSON leaves strings as they are and formats other values as JSON.
func formatJSON(v any) any {
	if s, ok := v.(string); ok {
		return s
	}
	data, err := json.Marshal(v)
	if err != nil {
		return v
	}
	return string(data)
}
