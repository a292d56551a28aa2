package settings

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fineFields are the fields of files in which CUE surely finds no problem, and what they state.
type fineFields struct {
	Fields      map[string]map[string]bool
	ChosenName  *regexp.Regexp // matches a name in a path that the file chooses
	Services    []string
	DataStore   *regexp.Regexp
	ChartFields map[string]bool
	StatingKey  *regexp.Regexp
	Statics     []staticParameter
	Counts      *regexp.Regexp
	Roles       []string
	Revealing   []revealedParameter
	Fixed       []fixedText

	kinds   map[string]string // by path
	parents map[string]bool   // paths with fields below them
}

// A staticParameter is a parameter that fields state in the stores of a role; a nil role means in all.
type staticParameter struct {
	Path      *regexp.Regexp
	Store     *string
	Parameter string
	Less      *int // what is taken from the value
}

// A revealedParameter has a value because a setting is there, or because of its value if When is not nil.
type revealedParameter struct {
	Kind, Parameter string
	Value           any
	Key, When       *regexp.Regexp
	Store           *string
}

// A fixedText is the only text that a field can have.
type fixedText struct {
	Store                string
	Plugin, Key, Pattern *regexp.Regexp
}

func (f *fineFields) indexKinds() {
	f.kinds, f.parents = map[string]string{}, map[string]bool{}
	for kind, paths := range f.Fields {
		for path := range paths {
			f.kinds[path] = kind
			for at := parentPath(path); at != ""; at = parentPath(at) {
				f.parents[at] = true
			}
		}
	}
}

// findKind returns the kind of a field by its path, with * for names that the file chooses. A field below one without fields
// is a text.
func (f *fineFields) findKind(path string) (string, bool) {
	kind, ok := f.kinds[path]
	for at := parentPath(path); !ok && at != ""; at = parentPath(at) {
		if _, isField := f.kinds[at]; isField {
			return "text", !f.parents[at]
		}
	}
	return kind, ok
}

// parentPath returns the path of the field that has a field, or "".
func parentPath(path string) string { return path[:max(0, strings.LastIndexByte(path, '.'))] }

// findStems returns the common prefixes of a cluster's service names.
func (f *fineFields) findStems(settings []RunningSetting) map[string]bool {
	stems := map[string]bool{}
	for _, s := range settings {
		for _, role := range f.Roles {
			if stem, ok := strings.CutSuffix(s.Service, role); ok && role != "worker" {
				stems[stem] = true
			}
		}
	}
	return stems
}

// findField returns what a field states, and reports whether it is surely fine.
func (f *fineSettings) findField(s RunningSetting, stems map[string]bool) ([]statedValue, bool) {
	if !f.isReadField(s) {
		return nil, false
	}
	if !f.StatingKey.MatchString(s.Key) {
		return nil, true
	}
	stated, ok := f.findRevealed(s)
	if !ok || strings.HasSuffix(s.Key, ".cassandra.hosts") || !f.hasFixedText(s) {
		return nil, false
	}
	parameter, ok := f.findParameter(s, stems)
	if !ok || parameter == "" || !s.Known {
		return stated, ok
	}
	value, ok := f.Ranges[parameter].find(s.Value, s.As)
	return append(stated, statedValue{parameter, value}), ok
}

// isReadField reports whether the reader of a file surely takes a field.
func (f *fineFields) isReadField(s RunningSetting) bool {
	path := strings.TrimPrefix(s.Key, "server.config.")
	pattern := f.ChosenName.ReplaceAllString(path, "$1$2.*")
	kind, ok := f.findKind(pattern)
	if !s.ServerFile {
		return ok || f.ChartFields[pattern] || !f.DataStore.MatchString(s.Key)
	}
	if service, isService := strings.CutPrefix(path, "services."); isService {
		service, _, _ = strings.Cut(service, ".")
		ok = ok && slices.Contains(f.Services, service)
	}
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
		return kind == "duration" && err == nil && strings.ContainsAny(value, "smh")
	}
	return false
}

// findParameter returns the parameter that a field states, or "". It reports false if that is not sure.
func (f *fineFields) findParameter(s RunningSetting, stems map[string]bool) (string, bool) {
	for _, p := range f.Statics {
		if p.Path.MatchString(s.Key) && (p.Store == nil || *p.Store == s.Store) {
			return p.Parameter, p.Less == nil
		}
	}
	if f.Counts.MatchString(s.Key) {
		for _, role := range f.Roles {
			if stem, ok := strings.CutSuffix(s.Service, role); ok && (stem == "" || stems[stem]) {
				return role + ".replicas", true
			}
		}
	}
	return "", true
}

// findRevealed returns the parameter that a setting reveals. It reports false if that is not sure.
func (f *fineSettings) findRevealed(s RunningSetting) ([]statedValue, bool) {
	if s.Value == "" {
		return nil, true
	}
	for _, t := range f.Revealing {
		if t.Kind != s.Kind || !t.Key.MatchString(s.Key) || t.Store != nil && *t.Store != s.Store {
			continue
		}
		switch s.Value.(type) {
		case string, bool, int, nil:
		default:
			return nil, false
		}
		if t.When == nil || s.Known && t.When.MatchString(fmt.Sprint(s.Value)) {
			_, ok := f.Ranges[t.Parameter].find(t.Value, nil)
			return []statedValue{{t.Parameter, t.Value}}, ok
		}
	}
	return nil, true
}

// hasFixedText reports whether a field that can have one text only has it, or none.
func (f *fineFields) hasFixedText(s RunningSetting) bool {
	text, isText := s.Value.(string)
	return !s.Known || !isText || text == "" || !slices.ContainsFunc(f.Fixed, func(x fixedText) bool {
		return x.Store == s.Store && x.Plugin.MatchString(s.StorePlugin) && x.Key.MatchString(s.Key) && !x.Pattern.MatchString(text)
	})
}

// A fineRange has the values of a parameter that are fine.
type fineRange struct {
	Kind       string
	Min, Max   json.RawMessage // a number, or a duration as text
	OneOf      []string
	PowerOfTwo bool
}

// plainDuration matches a duration that the server reads as it stands.
var plainDuration = regexp.MustCompile(`^[0-9.]+(ms|s|m|h)$`)

// find returns a value as its reader takes it, and reports whether it is in the range. A text can have other readings.
func (r fineRange) find(value any, readings Readings) (any, bool) {
	if read, ok := readings[r.Kind]; ok {
		if _, err := strconv.ParseBool(fmt.Sprint(value)); r.Kind == "bool" && err != nil {
			return nil, false // yes and on are true for some readers only
		}
		value = read
	}
	switch value := value.(type) {
	case bool:
		return value, r.Kind == "bool"
	case int:
		isWithin := func(bound json.RawMessage, sign int) bool {
			limit, err := strconv.Atoi(string(bound))
			return len(bound) == 0 || err == nil && sign*limit <= sign*value
		}
		isPower := value > 0 && value&(value-1) == 0
		return int64(value), r.Kind == "int" && isWithin(r.Min, 1) && isWithin(r.Max, -1) && (isPower || !r.PowerOfTwo)
	case string:
		switch r.Kind {
		case "string":
			return value, len(r.OneOf) == 0 || slices.Contains(r.OneOf, value)
		case "duration":
			length, err := time.ParseDuration(value)
			isWithin := func(bound json.RawMessage, sign int64) bool {
				limit, err := time.ParseDuration(strings.Trim(string(bound), `"`))
				return len(bound) == 0 || err == nil && sign*int64(limit) <= sign*int64(length)
			}
			return value, err == nil && isWithin(r.Min, 1) && isWithin(r.Max, -1)
		}
	}
	return nil, false
}
