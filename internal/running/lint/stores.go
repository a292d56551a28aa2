package lint

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

var (
	storeRole = regexp.MustCompile(`^server\.config\.persistence\.(defaultStore|(?:secondaryV|v)isibilityStore)$`)
	storeName = regexp.MustCompile(`^server\.config\.persistence\.(?:datastores\.)?([^.]+)\.`)
)

// findUndefinedStores reports the roles that name a data store that no file defines. Files without any data
// store are parts of a configuration.
func findUndefinedStores(given []deployed.Setting, linted *settings.LintResult) []report.Finding {
	names := map[string]bool{}
	for _, s := range given {
		if m := storeName.FindStringSubmatch(s.Key); m != nil && s.Kind == deployed.Static {
			names[m[1]] = true
		}
	}
	if len(names) == 0 {
		return nil
	}
	found := findWrongStores(given, linted)
	for _, s := range given {
		name, isText := s.Value.(string)
		// (the values of the chart have these stores)
		isOfChart := !s.ServerFile && (name == "default" || name == "visibility")
		isKnown := names[name] || isOfChart || s.Partial
		if s.Kind != deployed.Static || !storeRole.MatchString(s.Key) || !isText || name == "" || s.Unknown || isKnown {
			continue
		}
		f := newFinding(linted, "undefined_store", s.ValuePos, fmt.Sprintf("%s is %s, which persistence.datastores does not have: "+
			"the server does not start", strings.TrimPrefix(s.Key, "server.config."), name))
		f.Remedy = fmt.Sprintf("define %s, or use one of %s", name, strings.Join(slices.Sorted(maps.Keys(names)), ", "))
		found = append(found, f)
	}
	return found
}

// baseFile is the file that a server reads before that of its environment.
const baseFile = "base.yaml"

// findWrongStores reports problems of the data stores of a server: no visibility store, or a store of a role that is
// not of exactly one type. The server reads base.yaml, the file of its environment and that of its zone, and validates
// what they set together: a role can be in any of them, and a data store of a later file replaces that of an earlier one.
func findWrongStores(given []deployed.Setting, linted *settings.LintResult) []report.Finding {
	type file struct {
		name          string
		defaultPos    source.Pos // where defaultStore is
		hasVisibility bool
		stores        map[string]map[string]bool // types by store
		first         map[string]source.Pos
	}
	var order []*file
	byName := map[string]*file{}
	for _, s := range given {
		field, isServers := strings.CutPrefix(s.Key, "server.config.persistence.")
		if !s.ServerFile || !isServers || s.Partial {
			continue
		}
		f := byName[s.Pos.File]
		if f == nil {
			f = &file{name: s.Pos.File, stores: map[string]map[string]bool{}, first: map[string]source.Pos{}}
			byName[s.Pos.File] = f
			order = append(order, f)
		}
		parts := strings.Split(field, ".")
		switch {
		case field == "defaultStore":
			f.defaultPos = s.ValuePos
		case field == "visibilityStore":
			f.hasVisibility = true
		case len(parts) > 2 && parts[0] == "datastores" && s.Store != deployed.RoleOtherStore:
			name := parts[1]
			if f.stores[name] == nil {
				f.stores[name], f.first[name] = map[string]bool{}, s.Pos
			}
			if slices.Contains(linted.StoreTypes, parts[2]) {
				f.stores[name][parts[2]] = true
			}
		}
	}
	hasVisibility := slices.ContainsFunc(order, func(f *file) bool { return f.hasVisibility })
	// isReplaced reports whether a file that the server reads later defines a data store.
	isReplaced := func(name string, in *file) bool {
		return path.Base(in.name) == baseFile && slices.ContainsFunc(order, func(f *file) bool { return f != in && f.stores[name] != nil })
	}
	var found []report.Finding
	add := func(at source.Pos, message, remedy string) {
		f := newFinding(linted, "undefined_store", at, message+": the server does not start")
		f.Remedy = remedy
		found = append(found, f)
	}
	for _, f := range order {
		if !f.defaultPos.IsZero() && !hasVisibility && len(f.stores) > 0 {
			add(f.defaultPos, "persistence.visibilityStore is not set", "name the data store of visibility")
		}
		for _, name := range slices.Sorted(maps.Keys(f.stores)) {
			types := slices.Sorted(maps.Keys(f.stores[name]))
			if len(types) != 1 && !isReplaced(name, f) {
				add(f.first[name], fmt.Sprintf("persistence.datastores.%s has %d types of store%s", name, len(types), inBrackets(types)),
					"use exactly one of "+strings.Join(linted.StoreTypes, ", "))
			}
		}
	}
	return found
}

// findVersions reports servers of different versions, where none is requested: all are checked for the newest.
func findVersions(scope *Scope, linted *settings.LintResult) []report.Finding {
	text, at := scope.DescribeVersions()
	if text == "" {
		return nil
	}
	return []report.Finding{newFinding(linted, "several_versions", at, text+"; all are checked for "+linted.Temporal)}
}

// DescribeVersions lists the server versions that the files state, and where the second is; "" if there is at most one.
func (s *Scope) DescribeVersions() (string, source.Pos) {
	all := s.serverVersions()
	if len(all) < 2 {
		return "", source.Pos{}
	}
	var parts []string
	for _, v := range all {
		parts = append(parts, fmt.Sprintf("%s (%s)", v.version, strings.Join(v.services, ", ")))
	}
	return fmt.Sprintf("the servers have %d versions: %s", len(all), strings.Join(parts, " and ")), all[1].pos
}

// inBrackets lists names for a message, or returns "".
func inBrackets(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}

// otherStores are the stores of the files in another database than DSQL.
type otherStores struct {
	OtherStores
	parameters []string // that only a store in DSQL has
}

const otherStore = "other_store"

func findOtherStores(given []deployed.Setting, linted *settings.LintResult) otherStores {
	const storePlugin = "server.sql_plugin"
	o := otherStores{OtherStores: OtherStores{Services: map[string]bool{}}, parameters: linted.StoreParameters}
	for _, p := range linted.Problems {
		if p.RuleName == otherStore {
			o.Services[given[p.Setting].Service] = true
		}
	}
	for _, v := range linted.Values {
		o.IsDSQL = o.IsDSQL || v.Parameter == storePlugin
	}
	return o
}

// areAlone reports whether there is another store, and none in DSQL.
func (o otherStores) areAlone() bool { return len(o.Services) > 0 && !o.IsDSQL }

// OtherStores are the services whose store is a database other than DSQL.
type OtherStores struct {
	Services map[string]bool
	IsDSQL   bool // whether there is a store in DSQL, too
}

// Has reports whether the store of a service is another database.
func (o OtherStores) Has(service string) bool {
	return len(o.Services) > 0 && (o.Services[service] || o.Services[""] || service == "" && !o.IsDSQL)
}

// dropValues drops the values that only a store in DSQL has.
func (o otherStores) dropValues(given []deployed.Setting, linted *settings.LintResult) {
	linted.Values = slices.DeleteFunc(linted.Values, func(v settings.LintValue) bool {
		return o.Has(given[v.Setting].Service) && slices.Contains(o.parameters, v.Parameter)
	})
	if o.areAlone() {
		maps.DeleteFunc(linted.Defaults, func(key string, _ any) bool { return slices.Contains(o.parameters, key) })
	}
}

// dropProblems drops the problems with DSQL's limits, and keeps one problem for each other database.
func (o otherStores) dropProblems(given []deployed.Setting, linted *settings.LintResult) {
	seen := map[string]bool{}
	linted.Problems = slices.DeleteFunc(linted.Problems, func(p settings.LintProblem) bool {
		if p.RuleName == otherStore {
			_, message, _ := strings.Cut(p.Message, ": ")
			repeated := seen[message]
			seen[message] = true
			return repeated
		}
		return p.RuleName != "wrong_type" && o.Has(given[p.Setting].Service) && slices.Contains(o.parameters, p.Parameter)
	})
}
