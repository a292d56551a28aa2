package compile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// resultPlaces converts the positions of a deployment.
func (c compiler) resultPlaces(d builtDeployment) artefact.Places {
	p := artefact.Places{
		Overrides: make(map[string]source.Pos, len(d.given)),
		Fields:    make(map[string]source.Pos, len(d.fields)),
		Origin:    d.origin,
		FindInput: c.registry.ReadDependencies(c.Evaluator).FindInput,
	}
	for path, pos := range d.fields {
		p.Fields[path] = c.Position(pos)
	}
	for _, key := range slices.Sorted(maps.Keys(d.given)) {
		pos := c.Position(d.given[key])
		p.Overrides[key], p.Overrides[strings.ToLower(key)] = pos, pos
	}
	for _, pos := range d.waivers {
		p.Waivers = append(p.Waivers, c.Position(pos))
	}
	return p
}

// addPositions adds the positions to which findings about a deployment refer.
func (c compiler) addPositions(d builtDeployment, user userPackage) builtDeployment {
	d.fields = cuefile.FieldPositions(user.files, true)
	for _, name := range []string{"preset", "modifier"} {
		if pos, ok := d.fields[name]; ok {
			d.origin = c.Position(pos)
		}
	}
	if d.origin.IsZero() && len(user.files) > 0 {
		d.origin = c.Position(user.files[0].Pos())
		d.origin.Line, d.origin.Column = 1, 1
	}
	for _, f := range user.files {
		cuefile.VisitFields(f.Decls, func(name string, f *ast.Field) {
			if list, ok := f.Value.(*ast.ListLit); ok && name == "waivers" {
				for _, waiver := range list.Elts {
					d.waivers = append(d.waivers, waiver.Pos())
				}
			}
		})
	}
	return d
}

// placeViolations sets the place of each violation and warning, and adds the nearest key.
func (c compiler) placeViolations(r *artefact.Result) {
	for _, group := range [][]artefact.Violation{r.Violations, r.Warnings} {
		c.placeGroup(r, group)
	}
}

func (c compiler) placeGroup(r *artefact.Result, group []artefact.Violation) {
	for i := range group {
		v := &group[i]
		v.Pos = r.FindPlace(v.ParameterKeys)
		if pos, ok := r.Fields[v.Field]; ok {
			v.Pos = pos
		}
		v.Remedy = v.Misspelt.AddTo(v.Remedy)
		for _, key := range v.ParameterKeys {
			if v.RuleName != "unknown_parameter" && v.RuleName != "key_not_catalogued" {
				continue
			}
			known := registry.ReadOverridableKeys(c.Evaluator)
			if longer := nestedKey(key, known); longer != "" {
				v.Remedy = fmt.Sprintf("keys are flat: write %s, say; %s", longer, v.Remedy)
			} else {
				v.Remedy = suggest.AddNearest(v.Remedy, suggest.NearestName(key, known))
			}
		}
	}
}

// nestedKey returns a known key below a name.
func nestedKey(key string, known []string) string {
	for _, k := range known {
		if strings.HasPrefix(strings.ToLower(k), strings.ToLower(key)+".") {
			return k
		}
	}
	return ""
}
