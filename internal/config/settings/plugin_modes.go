package settings

import (
	"maps"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
)

// A setVariable is a variable that a file sets.
type setVariable struct {
	Setting int    `json:"setting"`
	Key     string `json:"key"`
	Service string `json:"service"`
}

// addModeProblems adds the variables that the plugin does not read in the modes that the
// files of their service switch on and off.
func (l *LintResult) addModeProblems(e *cuemod.Evaluator, settings []RunningSetting) error {
	given, err := l.modeSwitches(e, settings)
	if err != nil || len(given) == 0 {
		return err
	}
	set := []setVariable{}
	ofService := map[string]map[string]any{}
	for i, s := range settings {
		if s.Kind != "variable" {
			continue
		}
		set = append(set, setVariable{i, s.Key, s.Service})
		if ofService[s.Service] == nil {
			all := map[string]any{}
			maps.Copy(all, given[""])
			maps.Copy(all, given[s.Service])
			maps.DeleteFunc(all, func(_ string, value any) bool { return value == nil })
			ofService[s.Service] = all
		}
	}
	v, err := evaluateDefinition(e, "#LintModes", map[string]any{"plugin_version": l.Plugin, "set": set, "given": ofService})
	if err != nil {
		return err
	}
	return l.addProblems(e, v)
}

// evaluateDefinition evaluates a definition of the schema over data.
func evaluateDefinition(e *cuemod.Evaluator, definition string, data map[string]any) (cue.Value, error) {
	input, err := encodeFields(data)
	if err != nil {
		return cue.Value{}, err
	}
	return e.Evaluate(func(s *cuemod.Statement) {
		s.SetField(answerField, ast.NewBinExpr(token.AND, s.SchemaName(definition), input))
	})
}

// addProblems adds the problems of an evaluation.
func (l *LintResult) addProblems(e *cuemod.Evaluator, v cue.Value) error {
	var found []LintProblem
	if err := lookupField(v, answerField, "problems").Decode(&found); err != nil {
		return e.UserError("lint", err)
	}
	l.Problems = append(l.Problems, found...)
	return nil
}

// modeSwitches returns the values of the modes' switches and tables by service and
// parameter; nil means that the files of the service differ.
func (l *LintResult) modeSwitches(e *cuemod.Evaluator, settings []RunningSetting) (map[string]map[string]any, error) {
	modes, err := cuemod.Table[map[string]struct{ Parameter, Table string }](e, "modes")
	if err != nil {
		return nil, err
	}
	isSwitch := map[string]bool{}
	for _, m := range modes {
		isSwitch[m.Parameter], isSwitch[m.Table] = true, true
	}
	given := map[string]map[string]any{}
	for _, v := range l.Values {
		if !isSwitch[v.Parameter] {
			continue
		}
		service := settings[v.Setting].Service
		if given[service] == nil {
			given[service] = map[string]any{}
		}
		if other, ok := given[service][v.Parameter]; ok && other != v.Value {
			v.Value = nil
		}
		given[service][v.Parameter] = v.Value
	}
	return given, nil
}
