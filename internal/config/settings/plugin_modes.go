package settings

import (
	"maps"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
)

// A mode of the plugin is switched on by a parameter, and some modes need a table that another one names.
type mode struct{ Parameter, Table string }

// A setVariable is a variable that a file sets.
type setVariable struct {
	Setting int    `json:"setting"`
	Key     string `json:"key"`
	Service string `json:"service"`
}

// compareModes finds the variables that the plugin does not read in the modes that the
// files of their service switch on and off.
func (c *Comparison) compareModes(e *cuemod.Evaluator) ([]LintProblem, error) {
	if len(c.ofService) == 0 {
		return nil, nil
	}
	v, err := evaluateDefinition(e, "#LintModes", map[string]any{"plugin_version": c.plugin, "set": c.set, "given": c.ofService})
	if err != nil {
		return nil, err
	}
	return readProblems(e, v)
}

// addSwitches adds the variables, and the modes' switches and tables that hold for each service with variables.
func (c *Comparison) addSwitches(l *LintResult, settings []RunningSetting) {
	given := l.modeSwitches(settings)
	if len(given) == 0 {
		return
	}
	c.ofService = map[string]map[string]any{}
	for i, s := range settings {
		if s.Kind != "variable" || !l.canBeUnread(s.Key, given[""], given[s.Service]) {
			continue
		}
		c.set = append(c.set, setVariable{i, s.Key, s.Service})
		if c.ofService[s.Service] == nil {
			all := map[string]any{}
			maps.Copy(all, given[""])
			maps.Copy(all, given[s.Service])
			maps.DeleteFunc(all, func(_ string, value any) bool { return value == nil })
			c.ofService[s.Service] = all
		}
	}
}

// canBeUnread reports whether the plugin can leave a variable unread in the modes that a service and all services state.
func (l *LintResult) canBeUnread(name string, common, own map[string]any) bool {
	if l.fine == nil {
		return true
	}
	tables, err := readFineSettings()
	if err != nil {
		return true // the evaluation reports it
	}
	for id, isOn := range tables.VariableModes[l.Plugin][name] {
		value, isStated := own[l.modes[id].Parameter]
		if !isStated {
			value, isStated = common[l.modes[id].Parameter]
		}
		// (a mode with a table can also be off without it)
		if isStated && value != nil && (value != isOn || l.modes[id].Table != "") {
			return true
		}
	}
	return false
}

// modeSwitches returns the values of the modes' switches and tables by service and
// parameter; nil means that the files of the service differ.
func (l *LintResult) modeSwitches(settings []RunningSetting) map[string]map[string]any {
	isSwitch := map[string]bool{}
	for _, m := range l.modes {
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
	return given
}
