package settings

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"cuelang.org/go/cue"

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

// compareValues finds the values that the values of other keys replace, switch off or undercut.
func (c *Comparison) compareValues(e *cuemod.Evaluator) ([]LintProblem, error) {
	if len(c.values) == 0 {
		return nil, nil
	}
	v, err := c.evaluateInterplay(e)
	if err != nil {
		return nil, err
	}
	if err := checkComplete(v, "_judged", "all", func(i int) string { return c.values[i].Key }, len(c.values)); err != nil {
		return nil, err
	}
	return readProblems(e, v)
}

// evaluateInterplay evaluates how the values affect each other.
func (c *Comparison) evaluateInterplay(e *cuemod.Evaluator) (cue.Value, error) {
	if len(c.values) > maxBatch {
		e = e.Renew() // for the memory's sake
	}
	return evaluateDefinition(e, "#Interplay", map[string]any{
		"temporal_version": c.server, "given": c.values, "undecided": c.undecided, "sql": c.isSQL,
	})
}

// addValues adds the values of keys to compare with each other. Nothing follows from the keys of those that it leaves out
// and returns.
func (c *Comparison) addValues(l *LintResult, settings []RunningSetting) (left []keyValue) {
	c.values, left = l.comparedValues(settings)
	for _, v := range left {
		c.undecided[strings.ToLower(v.Key)] = true
	}
	return left
}

// comparedValues returns the values to compare with each other, and those that are left out.
func (l *LintResult) comparedValues(settings []RunningSetting) (given, left []keyValue) {
	given = l.readValues(settings)
	// (those of every place come first: a cluster has at most one of each key)
	first := slices.IndexFunc(given, func(v keyValue) bool { return len(v.At) > 0 })
	if first < 0 {
		first = len(given)
	}
	everywhere, placed := given[:first], given[first:]
	known, most := min(len(everywhere), len(l.interplayKeys)), min(len(placed), int(budget.ComparedPlaces.Most))
	return slices.Concat(everywhere[:known], placed[:most]), slices.Concat(everywhere[known:], placed[most:])
}

// undecidedKeys returns the keys with a value that is not known, or that the server cannot read.
func (l *LintResult) undecidedKeys(settings []RunningSetting) map[string]bool {
	var keys []string
	for _, s := range settings {
		if s.Kind == "dynamic_config" && !s.Known {
			keys = append(keys, s.Key)
		}
	}
	for _, p := range l.Problems {
		if s := settings[p.Setting]; s.Kind == "dynamic_config" && p.RuleName == "wrong_type" {
			keys = append(keys, s.Key)
		}
	}
	return lowerKeys(keys)
}

func lowerKeys(keys []string) map[string]bool {
	all := map[string]bool{}
	for _, key := range keys {
		all[strings.ToLower(key)] = true
	}
	return all
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

// FindUnused returns why a server never uses values of dynamic-config keys, by their index: another value, or the server's
// default of another key, switches them off, or nothing reads them. It leaves out values that are the default, and limits
// that another one replaces: the server uses those until it knows how many instances there are. Nothing follows from the
// undecided keys, which also have a value that is not given.
func FindUnused(m *cuemod.Module, server string, given []RunningSetting, undecided []string) (map[int]string, error) {
	return cuemod.WithEvaluator(m, func(e *cuemod.Evaluator) (map[int]string, error) {
		keys, err := schemaTable[map[string]bool](e, "interplayKeys")
		if err != nil {
			return nil, err
		}
		l := &LintResult{read: map[int]any{}, interplayKeys: keys}
		for i, s := range given {
			l.read[i] = s.Value
		}
		c := &Comparison{server: server, isSQL: true, undecided: lowerKeys(undecided)}
		c.addValues(l, given)
		if len(c.values) == 0 {
			return map[int]string{}, nil
		}
		v, err := c.evaluateInterplay(e)
		if err != nil {
			return nil, err
		}
		var found []struct {
			Setting int
			Reason  string
		}
		if err := lookupField(v, answerField, "dispensable").Decode(&found); err != nil {
			return nil, e.UserError("find unused values", err)
		}
		reasons := map[int]string{}
		for _, f := range found {
			reasons[f.Setting] = f.Reason
		}
		return reasons, nil
	})
}
