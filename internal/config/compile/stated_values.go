package compile

import (
	"maps"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
)

// StatedValues are the values of parameters that a preset and a modifier state. Overrides take precedence over them.
type StatedValues struct {
	Values map[string]any `json:"values"` // as they are used
	Least  map[string]any `json:"least"`  // which the load can raise
}

// A StatedTable has the stated values of all presets.
type StatedTable struct {
	presets map[string]StatedValues
	changes map[string][]string // by modifier
}

// Find returns the stated values of a preset with a modifier; "" is none.
func (t StatedTable) Find(preset, modifier string) StatedValues {
	of := t.presets[preset]
	found := StatedValues{maps.Clone(of.Values), maps.Clone(of.Least)}
	for _, key := range t.changes[modifier] {
		delete(found.Values, key)
		delete(found.Least, key)
	}
	return found
}

// ListStatedValues returns what presets and modifiers state, without an evaluation of formulas.
func (e *Engine) ListStatedValues(presets []registry.Preset, modifiers []registry.Modifier) (StatedTable, error) {
	return withCompiler(e, func(c compiler) (StatedTable, error) {
		table := StatedTable{map[string]StatedValues{}, map[string][]string{}}
		for _, m := range modifiers {
			path, err := c.FindPackage("modifiers", m.Name)
			if err != nil {
				return table, err
			}
			v, err := c.PackageValue(path)
			if err != nil {
				return table, err
			}
			table.changes[m.Name] = cuemod.FieldNames(v.LookupPath(cue.MakePath(cue.Str(m.Name), cue.Str("values"))))
		}
		return table, c.readStatedValues(presets, table.presets)
	})
}

// readStatedValues evaluates what presets state.
func (c compiler) readStatedValues(presets []registry.Preset, into map[string]StatedValues) error {
	paths := map[string]string{}
	for _, p := range presets {
		path, err := c.FindPackage("presets", p.Name)
		if err != nil {
			return err
		}
		paths[p.Name] = path
	}
	v, err := c.Evaluate(func(s *cuemod.Statement) {
		for name, path := range paths {
			preset := ast.NewStruct("preset", cuemod.IndexField(s.UsePackage(path), name))
			s.SetField(name, ast.NewBinExpr(token.AND, s.SchemaName("#StatedValues"), preset))
		}
	})
	if err == nil {
		err = v.Decode(&into)
	}
	if err != nil {
		return c.UserError("read presets", err)
	}
	return nil
}
