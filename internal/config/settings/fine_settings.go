package settings

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
)

// fineSettings are the settings in which CUE surely finds no problem: see #FineSettings of the schema.
type fineSettings struct {
	Keys      map[string]map[string]map[string]bool
	Curated   map[string]fineKey
	Variables map[string]map[string]string
	// VariableModes are the modes in which the plugin reads a variable, by generation and name.
	VariableModes map[string]map[string]map[string]bool
	Formed        map[string]bool
	Ranges        map[string]fineRange
	fineFields
	Stated map[string]bool

	keys map[string]fineKey // by lower-cased name
}

type fineKey struct {
	fineRange
	Parameter string
	Lines     []string // of the servers that have the key
}

// readFineSettings reads them from tablesFile.
var readFineSettings = sync.OnceValues(func() (*fineSettings, error) {
	all, err := decodeGenerated[*fineSettings]("fineSettings")
	if err != nil {
		return nil, err
	}
	all.keys = all.Curated
	for kind, byLines := range all.Keys {
		for lines, names := range byLines {
			key := fineKey{fineRange: fineRange{Kind: kind, Min: leastOf[kind]}, Lines: strings.Fields(lines)}
			for name := range names {
				key.Parameter = name
				all.keys[strings.ToLower(name)] = key
			}
		}
	}
	all.indexKinds()
	return all, nil
})

// leastOf are the least values of keys that are not parameters: a negative number can be a problem.
var leastOf = map[string]json.RawMessage{"int": json.RawMessage("0"), "duration": json.RawMessage("0s")}

// findFine finds the settings that are surely fine for a server.
func (l *LintResult) findFine(settings []RunningSetting, release registry.Release) error {
	fine, err := readFineSettings()
	if err != nil {
		return err
	}
	l.fine = map[int][]statedValue{}
	stems := fine.findStems(settings)
	for i, s := range settings {
		var stated []statedValue
		isFine := false
		switch s.Kind {
		case "dynamic_config":
			stated, isFine = fine.findKey(s, release.Line)
		case "variable":
			stated, isFine = fine.findVariable(s, l.Plugin)
		case "static":
			stated, isFine = fine.findField(s, stems)
		}
		if isFine {
			l.fine[i] = stated
		}
	}
	return nil
}

// A statedValue is a parameter that a setting sets.
type statedValue struct {
	parameter string
	value     any
}

// findKey returns what a value of a dynamic-config key states, and reports whether it is surely fine.
func (f *fineSettings) findKey(s RunningSetting, line string) ([]statedValue, bool) {
	key, ok := f.keys[strings.ToLower(s.Key)]
	if !ok || !s.Known || len(s.Constraints) > 0 || len(s.Ignored) > 0 || !slices.Contains(key.Lines, line) {
		return nil, false
	}
	if text, isText := s.Value.(string); isText && !plainDuration.MatchString(text) {
		return nil, false
	}
	value, ok := key.find(s.Value, nil)
	return []statedValue{{key.Parameter, value}}, ok
}

// findVariable returns what a variable states, and reports whether it is surely fine.
func (f *fineSettings) findVariable(s RunningSetting, plugin string) ([]statedValue, bool) {
	parameter, ok := f.Variables[plugin][s.Key]
	if !ok {
		return nil, false
	}
	stated, ok := f.findRevealed(s)
	if !ok || !s.Known {
		return stated, ok
	}
	text, isText := s.Value.(string)
	if parameter == "" || text == "" {
		return stated, isText && (parameter != "" || !f.Formed[s.Key])
	}
	value, ok := f.Ranges[parameter].find(text, s.As)
	return append(stated, statedValue{parameter, value}), isText && ok
}

// isFine reports whether a setting is surely fine.
func (l *LintResult) isFine(i int) bool {
	_, ok := l.fine[i]
	return ok
}

// addFine adds the values of the fine settings where an evaluation would have them.
func (l *LintResult) addFine(settings []RunningSetting) {
	for i, stated := range l.fine {
		for _, s := range stated {
			l.Values = append(l.Values, LintValue{s.parameter, s.value, i})
			if settings[i].Kind == "dynamic_config" {
				l.read[i] = s.value
			}
		}
	}
	rank := map[int]int{}
	for n, group := range distinctGroups(settings, evaluateAll) {
		for _, i := range group {
			rank[i] = n
		}
	}
	slices.SortStableFunc(l.Values, func(a, b LintValue) int {
		return cmp.Or(
			cmp.Compare(rank[a.Setting], rank[b.Setting]), cmp.Compare(a.Setting, b.Setting), cmp.Compare(a.Parameter, b.Parameter),
		)
	})
}

// CanState reports whether the settings can set a parameter, or leave it to a default. It looks at their names only, and
// reports true for some parameters that they do not set. It knows nothing of a schema that is not the binary's.
func (l *LintResult) CanState(settings []RunningSetting) func(parameter string) bool {
	fine, err := readFineSettings()
	if err != nil {
		return func(string) bool { return false } // the evaluation reports it
	}
	can := map[string]bool{}
	has := map[string]bool{} // kinds of settings
	for _, s := range settings {
		has[s.Kind] = true
		switch s.Kind {
		case "variable":
			can[fine.Variables[l.Plugin][s.Key]], can[l.ParameterOf[s.Key]] = true, true
		case "dynamic_config":
			can[fine.keys[strings.ToLower(s.Key)].Parameter] = true
		}
	}
	return func(parameter string) bool {
		group, _, _ := strings.Cut(parameter, ".")
		_, isServer := l.Defaults[parameter]
		_, isPlugin := l.PluginDefaults[parameter]
		_, isFollowing := l.PluginFollows[parameter]
		_, isStore := l.StoreDefaults[parameter]
		return can[parameter] || group == "limits" || group == "margins" || isServer && has["dynamic_config"] ||
			(isPlugin || isFollowing) && has["variable"] || (isStore || fine.Stated[parameter]) && has["static"]
	}
}
