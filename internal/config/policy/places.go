package policy

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// paramLists are the lists of a config profile that have its parameters.
var paramLists = []string{"slo_params", "topology_params", "safety_params", "tuning_params"}

// placedValues are values that hold for one namespace or task queue only.
type placedValues struct {
	Place  string         `json:"place"`
	Field  string         `json:"field"`
	Values map[string]any `json:"values"`
}

// judgePlaces evaluates every rule once for each place of a config profile that has values of
// its own, with those values. It returns the findings about them that the rest of the cluster
// does not have.
func (r *Rules) judgePlaces(ctx context.Context, profile []byte, elsewhere []Finding) ([]Finding, error) {
	if !bytes.Contains(profile, []byte(`"places"`)) {
		return nil, nil
	}
	var stated struct {
		Places []placedValues `json:"places"`
	}
	if err := json.Unmarshal(profile, &stated); err != nil {
		return nil, fmt.Errorf("read places of the profile: %w", err)
	}
	var all []Finding
	for _, p := range stated.Places {
		placed, err := p.applyTo(profile)
		if err != nil {
			return nil, fmt.Errorf("read profile: %w", err)
		}
		found, err := r.evaluateJSON(ctx, placed)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			isAbout := slices.ContainsFunc(f.ParameterKeys, func(key string) bool { _, has := p.Values[key]; return has })
			isElsewhere := slices.ContainsFunc(
				elsewhere,
				func(o Finding) bool { return o.RuleName == f.RuleName && o.Message == f.Message },
			)
			if isAbout && !isElsewhere {
				f.Message, f.Field = p.Place+": "+f.Message, p.Field+".overrides"
				all = append(all, f)
			}
		}
	}
	return all, nil
}

// applyTo returns a profile as it holds at the place.
func (p placedValues) applyTo(profile []byte) ([]byte, error) {
	var document map[string]any
	decoder := json.NewDecoder(bytes.NewReader(profile))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}
	delete(document, "places")
	rest := maps.Clone(p.Values)
	for _, name := range paramLists {
		list, _ := document[name].([]any)
		for _, x := range list {
			param, _ := x.(map[string]any)
			key, _ := param["key"].(string)
			if value, has := p.Values[key]; has {
				param["value"], param["source"] = value, "override"
				delete(rest, key)
			}
		}
	}
	tuning, _ := document["tuning_params"].([]any)
	for _, key := range slices.Sorted(maps.Keys(rest)) {
		tuning = append(tuning, map[string]any{"key": key, "value": rest[key], "classification": "tuning", "source": "override"})
	}
	document["tuning_params"] = tuning
	return json.Marshal(document)
}
