package lint

import (
	"maps"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
)

// selectRoles returns the values for rules that sum over the processes of all services: where services differ, the value of
// each. It returns false if the files do not say which service has which part in the cluster.
func (v values) selectRoles(linted *settings.LintResult) (values, bool) {
	roles := v.findRoles(linted)
	if roles == nil {
		return values{}, false
	}
	own := values{
		byKey: maps.Clone(v.byKey), positions: v.positions, amounts: v.amounts, defaulted: v.defaulted,
		roles: map[string]map[string]any{},
	}
	for role := range roles {
		own.roles[role] = map[string]any{}
	}
	for key, all := range v.byKey {
		if len(all) < 2 || !linted.PerService[key] {
			continue
		}
		each := map[string]any{}
		for role, service := range roles {
			if p := v.valueIn(service, key); p != nil && !p.isAmbiguous {
				each[role] = p.value
			}
		}
		if len(each) < len(roles) {
			continue // a rule that needs it is skipped
		}
		own.byKey[key] = all[:1]
		for role, value := range each {
			own.roles[role][key] = value
		}
	}
	return own, true
}

// findRoles returns the service of each part of the server that has processes: the one whose count is that of the part.
// It returns nil if a part has no service, or several.
func (v values) findRoles(linted *settings.LintResult) map[string]string {
	roles := map[string]string{}
	for _, counts := range linted.Processes {
		if len(counts) < 2 {
			continue
		}
		for _, count := range counts {
			role, _, _ := strings.Cut(count, ".")
			for _, service := range v.services {
				if _, has := v.byService[service][count]; !has {
					continue
				}
				if other := roles[role]; other != "" && other != service {
					return nil
				}
				roles[role] = service
			}
			if roles[role] == "" {
				return nil
			}
		}
	}
	return roles
}

// findUnstated returns the parameters whose one value is that of some services with processes: another one, whose environment
// the files show, does not take it from them. A ConfigMap can be for all.
func (v values) findUnstated(linted *settings.LintResult) map[string]bool {
	withProcesses := v.listWithProcesses(linted)
	unstated := map[string]bool{}
	for key, all := range v.byKey {
		if len(all) != 1 || !linted.PerService[key] || v.amounts[key] || v.defaulted[key] != "" {
			continue
		}
		isOfOther := slices.ContainsFunc(v.services, func(service string) bool {
			_, has := v.byService[service][key]
			return has && !slices.Contains(withProcesses, service)
		})
		lacksIt := func(service string) bool { return v.contained[service] && v.valueIn(service, key) == nil }
		if !isOfOther && slices.ContainsFunc(withProcesses, lacksIt) {
			unstated[key] = true
		}
	}
	return unstated
}

// listWithProcesses returns the services that state how many processes a part of the server has.
func (v values) listWithProcesses(linted *settings.LintResult) []string {
	counts := slices.Concat(slices.Collect(maps.Values(linted.Processes))...)
	return slices.DeleteFunc(slices.Clone(v.services), func(service string) bool {
		return !slices.ContainsFunc(counts, func(count string) bool { _, has := v.byService[service][count]; return has })
	})
}

// valueIn returns the value of a parameter in a service, or nil if it is not known.
func (v values) valueIn(service, key string) *placeValue {
	if p, ok := v.byService[service][key]; ok {
		return &p
	}
	if p, ok := v.common[key]; ok {
		return &p
	}
	return nil
}

// replaceSkipped returns the skipped rules with the reasons of a later evaluation.
func replaceSkipped(before, later []policy.SkippedRule) []policy.SkippedRule {
	out := slices.Clone(before)
	for i, u := range out {
		if n := slices.IndexFunc(later, func(x policy.SkippedRule) bool { return x.Rule == u.Rule }); n >= 0 {
			out[i] = later[n]
		}
	}
	return out
}
