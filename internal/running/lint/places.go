package lint

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// FindServerVersion returns the server version that the files state, and where. A version that is older than the catalogue
// counts as none: only its place is returned.
func FindServerVersion(engine *compile.Engine, scope *Scope) (string, source.Pos, error) {
	version, at := scope.ServerVersion()
	if version == "" {
		return "", source.Pos{}, nil
	}
	known, err := settings.ReadVersions(engine.Module)
	if err != nil {
		return "", source.Pos{}, err
	}
	if known.CheckServer(version) != nil {
		return "", at, nil //nolint:nilerr // too old for the catalogue
	}
	return version, at, nil
}

// clusterFinding reports files with several clusters.
func clusterFinding(clusters []Cluster, linted *settings.LintResult) report.Finding {
	return newFinding(linted, "several_clusters", clusters[1].Pos,
		fmt.Sprintf("the files have %d clusters: %s", len(clusters), DescribeClusters(clusters)))
}

// newFinding returns a finding about the files as a whole.
func newFinding(linted *settings.LintResult, name string, at source.Pos, message string) report.Finding {
	rule := settings.LintRule{Name: name}
	for _, r := range linted.Rules {
		if r.Name == rule.Name {
			rule = r
		}
	}
	return report.Finding{Pos: at, Finding: policy.Finding{
		RuleName: rule.Name, Severity: rule.Severity, Message: message, Remedy: rule.Remedy, ParameterKeys: []string{},
	}}
}

// addPlaced adds the value of a service.
func (v *values) addPlaced(s deployed.Setting, x settings.LintValue) {
	if s.Service == "" {
		if _, ok := v.common[x.Parameter]; ok {
			v.common[x.Parameter] = placeValue{isAmbiguous: true} // unless they are equal, which no rule needs
		} else {
			v.common[x.Parameter] = placeValue{value: x.Value}
		}
		v.shared[x.Parameter] = true
		return
	}
	if v.byService[s.Service] == nil {
		v.byService[s.Service] = map[string]placeValue{}
		v.services = append(v.services, s.Service)
	}
	p, ok := v.byService[s.Service][x.Parameter]
	if !ok {
		v.byService[s.Service][x.Parameter] = placeValue{value: x.Value, pos: s.ValuePos, isVariable: s.Kind == deployed.Variable}
		return
	}
	before, _ := json.Marshal(p.value) // was decoded from CUE
	after, _ := json.Marshal(x.Value)
	if string(before) != string(after) {
		p.isAmbiguous = true
		v.byService[s.Service][x.Parameter] = p
	}
}

// addServiceDefaults adds the defaults of one service's plugin for the variables that only other services set, or that
// follow from a variable with another value there.
func (v *values) addServiceDefaults(given []deployed.Setting, linted *settings.LintResult, env environments) {
	set, at := map[string]map[string]bool{"": {}}, map[string]source.Pos{}
	usesPlugin := slices.ContainsFunc(given, func(s deployed.Setting) bool {
		return s.Kind == deployed.Variable && isOfPlugin(linted.ParameterOf[s.Key], linted)
	})
	for _, s := range given {
		parameter, ok := linted.ParameterOf[s.Key]
		if !ok || s.Kind != deployed.Variable {
			continue
		}
		if set[s.Service] == nil {
			set[s.Service] = map[string]bool{}
		}
		set[s.Service][parameter] = true
		if (isOfPlugin(parameter, linted) || usesPlugin && env.complete[s.Service]) && at[s.Service].IsZero() {
			at[s.Service] = s.Pos
		}
	}
	for _, service := range v.services {
		if at[service].IsZero() || env.partial[service] || env.partial[""] {
			continue
		}
		add := func(key string, value any) {
			if set[service][key] || set[""][key] || len(v.byKey[key]) == 1 && reflect.DeepEqual(v.byKey[key][0], value) {
				return
			}
			v.byService[service][key] = placeValue{value: value, pos: at[service], isDefault: true}
			if len(env.partial) > 0 { // another service can have any value
				return
			}
			if !slices.ContainsFunc(v.byKey[key], func(other any) bool { return reflect.DeepEqual(other, value) }) {
				v.byKey[key] = append(v.byKey[key], value)
			}
			if _, ok := v.positions[key]; !ok {
				v.positions[key] = at[service]
			}
		}
		for _, key := range slices.Sorted(maps.Keys(linted.PluginDefaults)) {
			add(key, linted.PluginDefaults[key])
		}
		for _, key := range slices.Sorted(maps.Keys(linted.PluginFollows)) {
			other := linted.PluginFollows[key]
			if p := v.valueIn(service, other); p != nil && !p.isAmbiguous {
				add(key, p.value)
			} else if len(v.byKey[other]) == 1 {
				add(key, v.byKey[other][0])
			}
		}
	}
}

// isOfPlugin reports whether the plugin has a default for a parameter.
func isOfPlugin(parameter string, linted *settings.LintResult) bool {
	_, hasDefault := linted.PluginDefaults[parameter]
	_, follows := linted.PluginFollows[parameter]
	return hasDefault || follows
}

// selectService returns the values of one service: its own, and those that only have one value.
func (v values) selectService(service string) values {
	own := values{
		byKey: maps.Clone(v.byKey), positions: maps.Clone(v.positions), amounts: v.amounts, defaulted: maps.Clone(v.defaulted),
	}
	for _, key := range v.listUnset(service) {
		delete(own.byKey, key)
	}
	for key, p := range v.byService[service] {
		if delete(own.defaulted, key); p.isDefault {
			own.defaulted[key] = "plugin"
		}
		if own.positions[key] = p.pos; !p.isAmbiguous {
			own.byKey[key] = []any{p.value}
		}
	}
	return own
}

// listUnset returns the parameters that only the environments of other services set, for a service in a container, which
// has an environment of its own.
func (v values) listUnset(service string) []string {
	if !v.contained[service] {
		return nil
	}
	unset := map[string]bool{}
	for other, of := range v.byService {
		for key, p := range of {
			if _, has := v.byService[service][key]; other != service && p.isVariable && !has && !v.shared[key] {
				unset[key] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(unset))
}

// place is a namespace or a task queue with its own values.
type place struct {
	words       string
	constraints map[string]string
	values      map[string]any
	positions   map[string]source.Pos
}

// addPlace adds the value of a namespace or a task queue. The server takes the first of several.
func (v *values) addPlace(s deployed.Setting, x settings.PlacedLintValue) {
	n := slices.IndexFunc(v.places, func(p place) bool { return p.words == x.Place })
	if n < 0 {
		if n = len(v.places); int64(n) == budget.LintPlaces.Most {
			if v.unplaced.IsZero() {
				v.unplaced = s.ValuePos
			}
			return
		}
		v.places = append(v.places, place{x.Place, x.Constraints, map[string]any{}, map[string]source.Pos{}})
	}
	if _, has := v.places[n].values[x.Parameter]; !has {
		v.places[n].values[x.Parameter], v.places[n].positions[x.Parameter] = x.Value, s.ValuePos
	}
}

// statePlaces returns the places as a config profile has them. The field of each is its number.
func (v values) statePlaces() []map[string]any {
	all := []map[string]any{}
	for n, p := range v.places {
		all = append(all, map[string]any{
			"place": p.words, "field": strconv.Itoa(n), "constraints": p.constraints, "values": p.values,
		})
	}
	return all
}

// at returns the values with the places in the file of what one place sets.
func (v values) at(field string) values {
	n, err := strconv.Atoi(strings.TrimSuffix(field, ".overrides"))
	if err != nil || n >= len(v.places) {
		return v
	}
	own := v
	own.positions = maps.Clone(v.positions)
	own.defaulted = maps.Clone(v.defaulted)
	for key, pos := range v.places[n].positions {
		own.positions[key] = pos
		delete(own.defaulted, key)
	}
	return own
}

// evaluation is the result of guard rails.
type evaluation struct {
	findings []report.Finding
	rules    []policy.Rule
	skipped  []policy.SkippedRule // that were not evaluated
	unplaced source.Pos           // of the first place that is not checked, if there is one
}

// evaluateRules evaluates the guard rails that have all their values: once where each parameter has one value, and
// otherwise for each service.
func (v values) evaluateRules(ctx context.Context, survey *policy.Survey, linted *settings.LintResult) (evaluation, error) {
	out := evaluation{unplaced: v.unplaced}
	everywhere := survey
	if len(v.places) > 0 {
		everywhere = survey.WithPlaces()
	}
	unstated := v.findUnstated(linted)
	isBorrowing := func(reads []string) bool {
		return countProcesses(reads, linted) > 1 && slices.ContainsFunc(reads, func(key string) bool { return unstated[key] })
	}
	left, err := out.evaluate(ctx, everywhere.Without(isBorrowing), v, linted, v.hasOneValue, "")
	if err != nil {
		return out, err
	}
	if len(unstated) > 0 {
		isStated := func(key string) bool { return v.hasOneValue(key) && !unstated[key] }
		borrowing := everywhere.Without(func(reads []string) bool { return !isBorrowing(reads) })
		skipped, err := out.evaluate(ctx, borrowing, v, linted, isStated, "")
		if err != nil {
			return out, err
		}
		left = append(left, skipped...)
		slices.SortStableFunc(left, func(a, b policy.SkippedRule) int { return strings.Compare(a.Rule, b.Rule) })
	}
	groups := map[string][]string{}
	var order []string
	for _, service := range v.services {
		text, _ := json.Marshal([]any{v.ambiguousValues(service), v.listUnset(service)}) // was decoded from CUE
		if groups[string(text)] == nil {
			order = append(order, string(text))
		}
		groups[string(text)] = append(groups[string(text)], service)
	}
	if len(order) < 2 {
		out.skipped = v.explainMissing(left, unstated)
		return out, nil
	}
	if most := int(budget.LintServices.Most); len(order) > most {
		service := groups[order[most]][0]
		out.findings = append(out.findings, newFinding(linted, "many_places", v.findFirst(service), fmt.Sprintf(
			"guard rails are checked for %d services with different values, and not for %s and those after it", most, service,
		)))
		order = order[:most]
	}
	isSeveral := func(reads []string) bool {
		return slices.ContainsFunc(reads, func(key string) bool { return len(v.byKey[key]) > 1 })
	}
	for _, id := range order {
		group := groups[id]
		own := v.selectService(group[0])
		// a rule that sums over processes needs the value of each of them
		skip := func(reads []string) bool { return !isSeveral(reads) || countProcesses(reads, linted) > 1 }
		name := "service "
		if len(group) > 1 {
			name = "services "
		}
		_, err := out.evaluate(ctx, survey.Without(skip), own, linted, own.hasOneValue, name+strings.Join(group, ", "))
		if err != nil {
			return out, err
		}
	}
	if sums, ok := v.selectRoles(linted); ok {
		skip := func(reads []string) bool { return !isSeveral(reads) || countProcesses(reads, linted) < 2 }
		isStated := func(key string) bool { return sums.hasOneValue(key) && !unstated[key] }
		summed, err := out.evaluate(ctx, survey.Without(skip), sums, linted, isStated, "")
		if err != nil {
			return out, err
		}
		left = replaceSkipped(left, summed)
	}
	done := map[string]bool{}
	for _, rule := range out.rules {
		done[rule.Name] = true
	}
	left = slices.DeleteFunc(left, func(u policy.SkippedRule) bool { return done[u.Rule] })
	out.skipped = v.explainMissing(left, unstated)
	return out, nil
}

// findFirst returns the place of the first value of a service.
func (v values) findFirst(service string) source.Pos {
	places := slices.Collect(maps.Values(v.byService[service]))
	return slices.MinFunc(places, func(a, b placeValue) int { return a.pos.Compare(b.pos) }).pos
}

// countProcesses returns the number of services whose processes a rule counts.
func countProcesses(reads []string, linted *settings.LintResult) int {
	counted := map[string]bool{}
	for _, counts := range linted.Processes {
		for _, key := range counts {
			if slices.Contains(reads, key) {
				counted[key] = true
			}
		}
	}
	return len(counted)
}

// ambiguousValues returns the values of a service for the parameters with several values.
func (v values) ambiguousValues(service string) map[string]any {
	all := map[string]any{}
	for key, p := range v.byService[service] {
		if len(v.byKey[key]) > 1 {
			all[key] = p.value
		}
	}
	return all
}

// evaluate evaluates the guard rails that have all their values.
func (e *evaluation) evaluate(
	ctx context.Context, survey *policy.Survey, v values, linted *settings.LintResult, has func(string) bool, place string,
) ([]policy.SkippedRule, error) {
	rules, left, err := survey.PrepareSufficient(ctx, has)
	if err != nil || rules == nil {
		return left, err
	}
	profile, err := v.buildProfile(linted)
	if err != nil {
		return nil, err
	}
	found, err := rules.Evaluate(ctx, profile)
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		if place != "" {
			f.Message += " (" + place + ")"
		}
		at := v.at(f.Field)
		f.Field = ""
		e.findings = append(e.findings, report.Finding{Finding: f, Pos: at.findPlace(f.ParameterKeys, f.Message)})
	}
	for _, rule := range rules.All() {
		if !slices.ContainsFunc(e.rules, func(r policy.Rule) bool { return r.Name == rule.Name }) {
			e.rules = append(e.rules, rule)
		}
	}
	return left, nil
}
