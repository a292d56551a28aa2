package settings

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
)

// fineSettings are the settings in which CUE surely finds no problem: see fineSettings of the schema.
type fineSettings struct {
	Keys       map[string]map[string]map[string]bool
	Curated    map[string]fineKey
	Variables  map[string]map[string]string
	Formed     map[string]bool
	Ranges     map[string]fineRange
	Fields     map[string]map[string]bool
	Stated     map[string]bool
	ChosenName *regexp.Regexp
	Services   []string
}

// A fineRange has the values of a parameter that are fine.
type fineRange struct {
	Kind     string
	Min, Max json.RawMessage // a number, or a duration as text
	OneOf    []string
}

type fineKey struct {
	fineRange
	Parameter string
	Lines     []string // of the servers that have the key
}

// readFineSettings reads them from tablesFile. Keys are by their lower-cased names then, fields by their paths.
var readFineSettings = sync.OnceValues(func() (*fineTables, error) {
	read, err := decodeGenerated[fineSettings]("fineSettings")
	if err != nil {
		return nil, err
	}
	all := &fineTables{fineSettings: read, keys: read.Curated, kinds: map[string]string{}}
	for kind, byLines := range read.Keys {
		for lines, names := range byLines {
			key := fineKey{fineRange: fineRange{Kind: kind, Min: leastOf[kind]}, Lines: strings.Fields(lines)}
			for name := range names {
				key.Parameter = name
				all.keys[strings.ToLower(name)] = key
			}
		}
	}
	for kind, paths := range read.Fields {
		for path := range paths {
			all.kinds[path] = kind
		}
	}
	return all, nil
})

// leastOf are the least values of keys that are not parameters: a negative number can be a problem.
var leastOf = map[string]json.RawMessage{"int": json.RawMessage("0"), "duration": json.RawMessage("0s")}

type fineTables struct {
	fineSettings
	keys  map[string]fineKey // by lower-cased name
	kinds map[string]string  // of fields, by path
}

// A fineSetting is a setting without problems: the parameter that it sets and the value, or no parameter.
type fineSetting struct {
	parameter string
	value     any
}

// find reports whether a setting is surely fine.
func (f *fineTables) find(s RunningSetting, release registry.Release, plugin string) (fineSetting, bool) {
	switch s.Kind {
	case "dynamic_config":
		return f.findKey(s, release.Line)
	case "variable":
		return f.findVariable(s, plugin)
	}
	return fineSetting{}, s.ServerFile && f.hasFineField(s)
}

func (f *fineTables) findKey(s RunningSetting, line string) (fineSetting, bool) {
	key, ok := f.keys[strings.ToLower(s.Key)]
	if !ok || !s.Known || len(s.Constraints) > 0 || len(s.Ignored) > 0 || !slices.Contains(key.Lines, line) {
		return fineSetting{}, false
	}
	switch value := s.Value.(type) {
	case int:
		return fineSetting{key.Parameter, int64(value)}, key.Kind == "int" && key.has(int64(value))
	case bool:
		return fineSetting{key.Parameter, value}, key.Kind == "bool"
	case string:
		return fineSetting{key.Parameter, value}, key.Kind == "duration" && plainDuration.MatchString(value) && key.has(value)
	}
	return fineSetting{}, false
}

// plainDuration matches a duration that the server reads as it stands.
var plainDuration = regexp.MustCompile(`^[0-9.]+(ms|s|m|h)$`)

func (f *fineTables) findVariable(s RunningSetting, plugin string) (fineSetting, bool) {
	parameter, ok := f.Variables[plugin][s.Key]
	if !ok || !s.Known {
		return fineSetting{}, ok
	}
	text, isText := s.Value.(string)
	switch values := f.Ranges[parameter]; {
	case !isText || parameter == "" && f.Formed[s.Key]:
		return fineSetting{}, false
	case parameter == "" || text == "":
		return fineSetting{}, true
	case values.Kind == "bool":
		value, err := strconv.ParseBool(text)
		return fineSetting{parameter, value}, err == nil
	case values.Kind == "int":
		value, err := strconv.Atoi(text)
		return fineSetting{parameter, int64(value)}, err == nil && values.has(int64(value))
	default:
		return fineSetting{parameter, text}, values.has(text)
	}
}

// has reports whether a value is in the range.
func (r fineRange) has(value any) bool {
	switch value := value.(type) {
	case string:
		switch {
		case len(r.OneOf) > 0:
			return slices.Contains(r.OneOf, value)
		case r.Kind == "duration":
			length, err := time.ParseDuration(value)
			isWithin := func(bound json.RawMessage, sign int64) bool {
				limit, err := time.ParseDuration(strings.Trim(string(bound), `"`))
				return len(bound) == 0 || err == nil && sign*int64(limit) <= sign*int64(length)
			}
			return err == nil && isWithin(r.Min, 1) && isWithin(r.Max, -1)
		}
		return r.Kind == "string"
	case int64:
		isWithin := func(bound json.RawMessage, sign int64) bool {
			limit, err := strconv.ParseInt(string(bound), 10, 64)
			return len(bound) == 0 || err == nil && sign*limit <= sign*value
		}
		return r.Kind == "int" && isWithin(r.Min, 1) && isWithin(r.Max, -1)
	}
	return false
}

// hasFineField reports whether the server takes a field of its own file that states nothing.
func (f *fineTables) hasFineField(s RunningSetting) bool {
	path := strings.TrimPrefix(s.Key, "server.config.")
	if service, ok := strings.CutPrefix(path, "services."); ok {
		service, _, _ = strings.Cut(service, ".")
		if !slices.Contains(f.Services, service) {
			return false
		}
	}
	kind, ok := f.kinds[f.ChosenName.ReplaceAllString(path, "$1$2.*")]
	if !ok || !s.Known || kind == "text" {
		return ok
	}
	switch value := s.Value.(type) {
	case int, float64:
		return kind == "int"
	case bool:
		return kind == "bool"
	case string:
		_, err := time.ParseDuration(value)
		return kind == "duration" && err == nil && strings.HasSuffix(value, "s")
	}
	return false
}

// findFine finds the settings that are surely fine for a server.
func (l *LintResult) findFine(settings []RunningSetting, release registry.Release) error {
	fine, err := readFineSettings()
	if err != nil {
		return err
	}
	l.fine = map[int]fineSetting{}
	for i, s := range settings {
		if found, ok := fine.find(s, release, l.Plugin); ok {
			l.fine[i] = found
		}
	}
	return nil
}

// isFine reports whether a setting is surely fine.
func (l *LintResult) isFine(i int) bool {
	_, ok := l.fine[i]
	return ok
}

// addFine adds the values of the fine settings where an evaluation would have them.
func (l *LintResult) addFine(settings []RunningSetting) {
	for i, s := range l.fine {
		if s.parameter == "" {
			continue
		}
		l.Values = append(l.Values, LintValue{s.parameter, s.value, i})
		if settings[i].Kind == "dynamic_config" {
			l.read[i] = s.value
		}
	}
	rank := map[int]int{}
	for n, group := range distinctGroups(settings, evaluateAll) {
		for _, i := range group {
			rank[i] = n
		}
	}
	slices.SortStableFunc(l.Values, func(a, b LintValue) int {
		return cmp.Or(cmp.Compare(rank[a.Setting], rank[b.Setting]), cmp.Compare(a.Setting, b.Setting))
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
