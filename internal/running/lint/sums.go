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

// findUnstated returns the parameters with one value that not every service with processes has: a service whose environment
// the files show does not take the value of another one.
func (v values) findUnstated(linted *settings.LintResult) map[string]bool {
	unstated := map[string]bool{}
	for key, all := range v.byKey {
		if len(all) != 1 || !linted.PerService[key] || v.amounts[key] || v.defaulted[key] != "" {
			continue
		}
		for _, counts := range linted.Processes {
			for _, count := range counts {
				for _, service := range v.services {
					_, has := v.byService[service][count]
					if len(counts) > 1 && has && v.contained[service] && v.valueIn(service, key) == nil {
						unstated[key] = true
					}
				}
			}
		}
	}
	return unstated
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
