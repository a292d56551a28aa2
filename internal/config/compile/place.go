package compile

import (
	"fmt"
	"strings"

	"cuelang.org/go/cue/ast"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// places are where the user wrote what a result follows from.
type places struct {
	given   map[string]source.Pos // overrides, by lower-cased key
	fields  map[string]source.Pos // of the deployment, by their paths
	origin  source.Pos
	waivers []source.Pos
}

// Place is where the user decided on one of the parameters: the override of the
// first that has one, else the preset or modifier of the deployment, else its
// file. It is zero for what a command line left to a preset.
func (p places) Place(keys []string) source.Pos {
	for _, k := range keys {
		if pos, ok := p.given[strings.ToLower(k)]; ok {
			return pos
		}
	}
	return p.origin
}

// WaiverPlace is where the deployment's nth waiver is written.
func (p places) WaiverPlace(n int) source.Pos {
	if n < 0 || n >= len(p.waivers) {
		return p.origin
	}
	return p.waivers[n]
}

func (e *Engine) places(d described) places {
	p := places{given: make(map[string]source.Pos, len(d.given)), fields: make(map[string]source.Pos, len(d.fields)), origin: d.origin}
	for path, pos := range d.fields {
		p.fields[path] = toPos(pos, e.module.root)
	}
	for key, pos := range d.given {
		p.given[strings.ToLower(key)] = toPos(pos, e.module.root)
	}
	for _, pos := range d.waivers {
		p.waivers = append(p.waivers, toPos(pos, e.module.root))
	}
	return p
}

// locate finds what findings about a deployment are placed at.
func (e *Engine) locate(d described, user userPackage) described {
	d.fields = written(user.files, true)
	for _, name := range []string{"preset", "modifier"} {
		if pos, ok := d.fields[name]; ok {
			d.origin = toPos(pos, e.module.root)
		}
	}
	if d.origin.IsZero() && len(user.files) > 0 {
		d.origin = toPos(user.files[0].Pos(), e.module.root)
		d.origin.Line, d.origin.Column = 1, 1
	}
	for _, f := range user.files {
		eachField(f.Decls, func(name string, f *ast.Field) {
			if list, ok := f.Value.(*ast.ListLit); ok && name == "waivers" {
				for _, waiver := range list.Elts {
					d.waivers = append(d.waivers, waiver.Pos())
				}
			}
		})
	}
	return d
}

// place finds where each violation was given, and adds what may have been meant.
func (e *Engine) place(r *Result) {
	for i := range r.Violations {
		v := &r.Violations[i]
		v.Pos = r.Place(v.ParameterKeys)
		if pos, ok := r.fields[v.Field]; ok {
			v.Pos = pos
		}
		for _, key := range v.ParameterKeys {
			if v.RuleName != "unknown_parameter" {
				continue
			}
			known := e.keys()
			if below := nested(key, known); below != "" {
				v.Remediation = fmt.Sprintf("keys are flat: write %s, say; %s", below, v.Remediation)
			} else if near := nearest(key, known); near != "" {
				v.Remediation = fmt.Sprintf("did you mean %s? %s", near, v.Remediation)
			}
		}
	}
}

// nested is a known key that lies under another's name.
func nested(key string, known []string) string {
	for _, k := range known {
		if strings.HasPrefix(strings.ToLower(k), strings.ToLower(key)+".") {
			return k
		}
	}
	return ""
}
