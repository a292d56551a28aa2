package lint

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// ClusterNames returns the names of the clusters that the files themselves distinguish, such as subcharts, in the order of
// the files: none if there is one, or if some of them have a store at the same host.
func (s *Scope) ClusterNames(given []deployed.Setting) []string {
	var names []string
	owner := map[string]string{} // of an endpoint
	for _, x := range given {
		if x.Cluster == "" {
			continue
		}
		if !slices.Contains(names, x.Cluster) {
			names = append(names, x.Cluster)
		}
		endpoint := endpointOf(s.programs, x)
		if endpoint == "" || x.Unknown {
			continue
		}
		if other, ok := owner[endpoint]; ok && other != x.Cluster && !x.IsVariant {
			return nil
		}
		owner[endpoint] = x.Cluster
	}
	if len(names) < 2 {
		return nil
	}
	return names
}

// FindClusters returns the clusters of the services: by the endpoints of their stores, or else by the names that the files
// give them.
func (s *Scope) FindClusters(given []deployed.Setting) []Cluster {
	return findClusters(s.Clusters(given), s.ClusterNames(given), given)
}

func findClusters(byEndpoint []Cluster, names []string, given []deployed.Setting) []Cluster {
	if len(byEndpoint) > 1 {
		return byEndpoint
	}
	var all []Cluster
	for _, name := range names {
		first := slices.IndexFunc(given, func(x deployed.Setting) bool { return x.Cluster == name })
		all = append(all, Cluster{Services: []string{name}, Pos: given[first].Pos})
	}
	return all
}

// findDisagreements reports what a cluster keeps from its first start on, and services set to different values. Services at
// different endpoints are of different clusters.
func (v values) findDisagreements(linted *settings.LintResult, clusters []Cluster) []report.Finding {
	groups := [][]string{v.services}
	if len(clusters) > 1 {
		groups = nil
		for _, c := range clusters {
			isOther := func(service string) bool { return !slices.Contains(c.Services, service) }
			groups = append(groups, slices.DeleteFunc(slices.Clone(v.services), isOther))
		}
	}
	var found []report.Finding
	for _, key := range linted.Immutable {
		if len(v.byKey[key]) < 2 {
			continue
		}
		for _, services := range groups {
			if parts, at := v.groupByValue(key, services); len(parts) > 1 {
				found = append(found, newFinding(linted, "services_disagree", at, key+" is "+strings.Join(parts, " and ")))
			}
		}
	}
	return found
}

// groupByValue lists the values of a parameter that services set, each with its services. It also returns the place of the
// last value.
func (v values) groupByValue(key string, services []string) (parts []string, at source.Pos) {
	for _, value := range v.byKey[key] {
		var with []string
		for _, service := range services {
			if p, ok := v.byService[service][key]; ok && !p.isDefault && reflect.DeepEqual(p.value, value) {
				with, at = append(with, service), p.pos
			}
		}
		if len(with) > 0 {
			parts = append(parts, fmt.Sprintf("%v in %s", value, strings.Join(with, ", ")))
		}
	}
	return parts, at
}

// findUnevaluated reports the clusters for which no guard rail is evaluated, because there are too many.
func findUnevaluated(names []string, given []deployed.Setting, linted *settings.LintResult) []report.Finding {
	most := int(budget.LintServices.Most)
	if len(names) <= most {
		return nil
	}
	first := slices.IndexFunc(given, func(x deployed.Setting) bool { return x.Cluster == names[most] })
	return []report.Finding{newFinding(linted, "many_places", given[first].Pos, fmt.Sprintf(
		"guard rails are checked for the first %d clusters, and not for %s and those after it", most, names[most],
	))}
}

// selectSettings returns a result with the values of some settings.
func selectSettings(given []deployed.Setting, linted *settings.LintResult, has func(deployed.Setting) bool) *settings.LintResult {
	part := *linted
	part.Values = slices.DeleteFunc(slices.Clone(linted.Values), func(v settings.LintValue) bool { return !has(given[v.Setting]) })
	part.Placed = slices.DeleteFunc(slices.Clone(linted.Placed), func(v settings.PlacedLintValue) bool { return !has(given[v.Setting]) })
	return &part
}

// evaluateClusters evaluates guard rails for each named cluster, with the settings that it shares with the others, or once
// if there are no names. A finding that not all of them have says which one it is about.
func evaluateClusters(
	ctx context.Context, names []string, evaluate func(has func(deployed.Setting) bool) (evaluation, error),
) (evaluation, error) {
	if len(names) == 0 {
		return evaluate(func(deployed.Setting) bool { return true })
	}
	var out evaluation
	var parts []evaluation
	count := map[string]int{}
	id := func(f report.Finding) string { return f.Pos.String() + " " + f.RuleName + " " + f.Message }
	for _, name := range names[:min(len(names), int(budget.LintServices.Most))] {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		part, err := evaluate(func(s deployed.Setting) bool { return s.Cluster == "" || s.Cluster == name })
		if err != nil {
			return out, err
		}
		for _, f := range part.findings {
			count[id(f)]++
		}
		parts = append(parts, part)
	}
	skipped := map[string]policy.SkippedRule{}
	for n, part := range parts {
		for _, f := range part.findings {
			switch isCommon := count[id(f)] == len(parts); {
			case isCommon && n > 0:
				continue
			case !isCommon && !strings.Contains(f.Message, " (service"):
				f.Message += fmt.Sprintf(" (cluster %s)", names[n])
			}
			out.findings = append(out.findings, f)
		}
		for _, rule := range part.rules {
			if !slices.ContainsFunc(out.rules, func(r policy.Rule) bool { return r.Name == rule.Name }) {
				out.rules = append(out.rules, rule)
			}
		}
		for _, rule := range part.skipped {
			if _, has := skipped[rule.Rule]; !has {
				skipped[rule.Rule] = rule
				out.skipped = append(out.skipped, rule)
			}
		}
		if out.unplaced.IsZero() {
			out.unplaced = part.unplaced
		}
	}
	out.skipped = slices.DeleteFunc(out.skipped, func(u policy.SkippedRule) bool {
		return slices.ContainsFunc(out.rules, func(r policy.Rule) bool { return r.Name == u.Rule })
	})
	return out, nil
}
