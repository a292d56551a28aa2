package pages

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// A configuration is what a cluster ran with, as a page shows it.
type configuration struct {
	Groups []group
	Raw    []raw
	behaviour.Snapshot
}

// A group has the parameters of one classification.
type group struct {
	Name, Meaning string
	Parameters    []setting
}

// A setting is a parameter and what the registry says of it.
type setting struct {
	Key, Doc, Rationale string
	Values              []part // by service; "" is every one
}

// A raw part is configuration as it was read.
type raw struct {
	Name    string
	Entries []part
}

// classifications in their order, and what each means to who reads it.
var classifications = []struct{ name, meaning string }{
	{"slo", "What the cluster is asked for."},
	{"topology", "What carries it, and may be chosen."},
	{"safety", "Derived: a wrong value breaks the cluster."},
	{"tuning", "Derived: how well it runs."},
	{"", "Not in the registry: nothing vouches for these."},
}

func configurationOf(s behaviour.Snapshot, ref *reference) configuration {
	c := configuration{Snapshot: s}
	byClass := map[string][]setting{}
	for _, key := range slices.Sorted(maps.Keys(s.Parameters)) {
		p := ref.parameters[key]
		one := setting{Key: key, Doc: p.Doc, Rationale: p.Rationale}
		for _, service := range slices.Sorted(maps.Keys(s.Parameters[key])) {
			one.Values = append(one.Values, part{service, plain(s.Parameters[key][service])})
		}
		byClass[p.Classification] = append(byClass[p.Classification], one)
	}
	for _, of := range classifications {
		if found := byClass[of.name]; len(found) > 0 {
			c.Groups = append(c.Groups, group{cmp.Or(humane(of.name), "Other"), of.meaning, found})
		}
	}
	for _, r := range []raw{{"Dynamic config", entries(s.DynamicConfig)}, {"DSQL plugin", entries(s.PluginConfig)}, {"Worker options", entries(s.WorkerOptions)}} {
		if len(r.Entries) > 0 {
			c.Raw = append(c.Raw, r)
		}
	}
	for _, service := range slices.Sorted(maps.Keys(s.Environment)) {
		name := "Environment of " + service
		if service == "" {
			name = "Environment of every service"
		}
		if found := entries(s.Environment[service]); len(found) > 0 {
			c.Raw = append(c.Raw, raw{name, found})
		}
	}
	return c
}

func entries[T any](values map[string]T) []part {
	var all []part
	for _, name := range slices.Sorted(maps.Keys(values)) {
		all = append(all, part{name, plain(asJSON(values[name]))})
	}
	return all
}

// asJSON leaves text as it is; all else is shown as JSON writes it.
func asJSON(v any) any {
	if s, ok := v.(string); ok {
		return s
	}
	data, err := json.Marshal(v)
	if err != nil {
		return v
	}
	return string(data)
}
