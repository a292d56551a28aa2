package compiletest

import "github.com/temporal-dsql/temporal-dsql/internal/config/compile"

// Names are the presets and modifiers that a test goes through, by name. The first modifier is "": none.
type Names struct{ Presets, Modifiers []string }

// ListNames lists the presets and modifiers of an engine.
func ListNames(e *compile.Engine) (Names, error) {
	presets, err := e.Presets()
	if err != nil {
		return Names{}, err
	}
	modifiers, err := e.Modifiers()
	if err != nil {
		return Names{}, err
	}
	names := Names{Modifiers: []string{""}}
	for _, p := range presets {
		names.Presets = append(names.Presets, p.Name)
	}
	for _, m := range modifiers {
		names.Modifiers = append(names.Modifiers, m.Name)
	}
	return names, nil
}
