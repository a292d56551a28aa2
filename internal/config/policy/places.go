package policy

import (
	"github.com/open-policy-agent/opa/v1/ast"
)

// placesPackage evaluates every guard rail again for each place of a profile that has its own values: a service, a
// namespace or a task queue. Its findings have the names of the guard rails.
var placesPackage = ast.MustParseRef("data.lib.places")

func isPlaces(m *ast.Module) bool { return m.Package.Path.Equal(placesPackage) }

// placeQueries returns the rules of placesPackage. The findings of the guard rails take their METADATA from rules.
func placeQueries(modules map[string]*ast.Module, rules []ruleQuery) []ruleQuery {
	for _, m := range modules {
		if !isPlaces(m) {
			continue
		}
		var named []Rule
		for _, r := range rules {
			named = append(named, r.namedRules...)
		}
		var all []ruleQuery
		for _, verdict := range []string{"deny", "warn"} {
			q := ruleQuery{ref: placesPackage.Append(ast.StringTerm(verdict)), namedRules: named}
			q.Name, q.Severity = fallbackName(placesPackage, verdict), severityOf(verdict)
			all = append(all, q)
		}
		return all
	}
	return nil
}
