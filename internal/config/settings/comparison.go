package settings

import (
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
)

// A Comparison compares settings with each other: variables with the modes that others switch on and off, and values of
// dynamic-config keys with those that replace, switch off or undercut them.
type Comparison struct {
	server, plugin string
	isSQL          bool
	set            []setVariable
	ofService      map[string]map[string]any // switches and tables of modes, by service and parameter
	values         []keyValue
	undecided      map[string]bool // keys, lower-cased
}

func (l *LintResult) newComparison(settings []RunningSetting) *Comparison {
	c := &Comparison{server: l.Temporal, plugin: l.Plugin}
	c.isSQL = !slices.ContainsFunc(l.Problems, func(p LintProblem) bool { return p.RuleName == "other_store" })
	c.addSwitches(l, settings)
	c.undecided = l.undecidedKeys(settings)
	if left := c.addValues(l, settings); len(left) > 0 {
		l.Uncompared = left[0].Setting + 1
	}
	return c
}

// Evaluate returns the problems that the comparison finds.
func (c *Comparison) Evaluate(m *cuemod.Module) ([]LintProblem, error) {
	return cuemod.WithEvaluator(m, func(e *cuemod.Evaluator) ([]LintProblem, error) {
		ofModes, err := c.compareModes(e)
		if err != nil {
			return nil, err
		}
		ofValues, err := c.compareValues(e)
		return slices.Concat(ofModes, ofValues), err
	})
}
