package settings

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
)

// A keyValue is a value of a dynamic-config key that the server reads.
type keyValue struct {
	Setting int            `json:"setting"`
	Key     string         `json:"key"`
	Value   any            `json:"value"`
	Service string         `json:"service"`
	At      map[string]any `json:"at"` // the constraints, by their lower-cased names
}

// addInterplayProblems adds the values that the values of other keys replace, switch off or undercut.
func (l *LintResult) addInterplayProblems(e *cuemod.Evaluator, settings []RunningSetting) error {
	given := l.readValues(settings)
	if len(given) == 0 {
		return nil
	}
	// (those of every place come first: a cluster has at most one of each key)
	first := slices.IndexFunc(given, func(v keyValue) bool { return len(v.At) > 0 })
	if first < 0 {
		first = len(given)
	}
	most := int(budget.ComparedPlaces.Most)
	everywhere, placed := given[:first], given[first:]
	if len(placed) > most {
		l.Uncompared, placed = placed[most].Setting+1, placed[:most]
	}
	if known := len(l.interplayKeys); len(everywhere) > known {
		l.Uncompared, everywhere = everywhere[known].Setting+1, everywhere[:known]
	}
	given = slices.Concat(everywhere, placed)
	if len(given) > maxBatch {
		e = e.Renew() // for the memory's sake
	}
	isSQL := !slices.ContainsFunc(l.Problems, func(p LintProblem) bool { return p.RuleName == "other_store" })
	v, err := evaluateDefinition(e, "#Interplay", map[string]any{"temporal_version": l.Temporal, "given": given, "sql": isSQL})
	if err != nil {
		return err
	}
	if err := checkComplete(v, "_judged", "all", func(i int) string { return given[i].Key }, len(given)); err != nil {
		return err
	}
	return l.addProblems(e, v)
}

// readValues returns the values of the keys that the server reads, those of every place first.
func (l *LintResult) readValues(settings []RunningSetting) []keyValue {
	var given []keyValue
	for _, i := range slices.Sorted(maps.Keys(l.read)) {
		s := settings[i]
		if !l.interplayKeys[strings.ToLower(s.Key)] {
			continue
		}
		at := map[string]any{}
		for _, c := range s.Constraints {
			at[strings.ToLower(c.Name)] = markFloats(c.Value)
		}
		given = append(given, keyValue{i, s.Key, markFloats(l.read[i]), s.Service, at})
	}
	// (of very many, those of every place are compared, since they decide about the others)
	slices.SortStableFunc(given, func(a, b keyValue) int { return cmp.Compare(min(len(a.At), 1), min(len(b.At), 1)) })
	return given
}
