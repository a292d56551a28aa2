package registry

import (
	"regexp"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
)

// Dependencies are the references of the formulas, as their syntax has them: evaluating them for every deployment would
// cost more than a compile. A name that a loop computes has a * for each computed part.
type Dependencies struct {
	// refs are the references of each formula: parameters by key, and with a group before it any other name, such as
	// needs.instances and workload.activities.
	refs map[string][]string
	// patterns match the names that a loop computes.
	patterns map[string]*regexp.Regexp
}

// anyPart stands for the computed part of a name.
const anyPart = "*"

// formulaGroups are the tables of #Formulas that a reference can name.
var formulaGroups = map[string]string{"values": "", "needs": "needs.", "workload": "workload.", "database": "database."}

// ReadDependencies reads the references of the formulas.
func (r *Registry) ReadDependencies(e *cuemod.Evaluator) *Dependencies {
	if r.dependencies != nil {
		return r.dependencies
	}
	d := &Dependencies{refs: map[string][]string{}, patterns: map[string]*regexp.Regexp{}}
	for name, value := range cuefile.TopFields(e.PackageFiles(cuemod.SchemaPath)) {
		body, ok := value.(*ast.StructLit)
		switch {
		case ok && name == "#Formulas":
			d.addFormulas(body)
		case ok && name == "raisedByLoad":
			d.addRaised(body)
		}
	}
	for name, refs := range d.refs {
		d.addPattern(name)
		for _, ref := range refs {
			d.addPattern(ref)
		}
	}
	r.dependencies = d
	return d
}

// addRaised adds the quantity that raises each topology parameter.
func (d *Dependencies) addRaised(table *ast.StructLit) {
	for _, x := range table.Elts {
		if f, ok := x.(*ast.Field); ok {
			key := nameOf(f.Label)
			d.refs[key] = append(d.refs[key], "needs."+nameOf(f.Value))
		}
	}
}

// addFormulas adds the formulas of #Formulas, and its let clauses.
func (d *Dependencies) addFormulas(body *ast.StructLit) {
	for _, x := range body.Elts {
		switch x := x.(type) {
		case *ast.LetClause:
			d.refs["let "+x.Ident.Name] = references(x.Expr)
		case *ast.Field:
			group := map[string]string{"needs": "needs.", "derived": ""}
			if prefix, ok := group[nameOf(x.Label)]; ok {
				d.addGroup(prefix, x.Value)
			}
		}
	}
}

// addGroup adds the formulas of a group, also those in comprehensions.
func (d *Dependencies) addGroup(prefix string, group ast.Node) {
	lit, ok := group.(*ast.StructLit)
	if !ok {
		return
	}
	for _, x := range lit.Elts {
		switch x := x.(type) {
		case *ast.Field:
			name := prefix + nameOf(x.Label)
			d.refs[name] = append(d.refs[name], references(x.Value)...)
		case *ast.Comprehension:
			d.addGroup(prefix, x.Value)
		}
	}
}

// references returns what an expression refers to.
func references(x ast.Node) []string {
	var found []string
	ast.Walk(x, func(n ast.Node) bool {
		var group ast.Expr
		var member ast.Node
		switch n := n.(type) {
		case *ast.SelectorExpr:
			group, member = n.X, n.Sel
		case *ast.IndexExpr:
			group, member = n.X, n.Index
		case *ast.Ident:
			found = append(found, "let "+n.Name)
		}
		if of, ok := group.(*ast.Ident); ok {
			if prefix, ok := formulaGroups[of.Name]; ok {
				found = append(found, prefix+nameOf(member))
			}
		}
		return true
	}, nil)
	return found
}

// nameOf returns the name that a label or an index states, with anyPart for each part that is computed.
func nameOf(x ast.Node) string {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.BasicLit:
		if text, err := literal.Unquote(x.Value); err == nil && x.Kind == token.STRING {
			return text
		}
	case *ast.Interpolation:
		text := ""
		for i, part := range x.Elts {
			lit, ok := part.(*ast.BasicLit)
			if !ok {
				text += anyPart
				continue
			}
			piece := lit.Value
			if i == 0 {
				piece = strings.TrimPrefix(piece, `"`)
			}
			if i == len(x.Elts)-1 {
				piece = strings.TrimSuffix(piece, `"`)
			}
			text += strings.TrimSuffix(strings.TrimPrefix(piece, ")"), `\(`)
		}
		return text
	}
	return anyPart
}

// FindInput returns the input nearest to a parameter of those that it is derived from, directly or through others. It is
// "" if it is derived from none of them.
func (d *Dependencies) FindInput(key string, inputs []string) string {
	seen := map[string]bool{key: true}
	for level := []string{key}; len(level) > 0; {
		var next []string
		for _, name := range level {
			for formula, refs := range d.refs {
				if !d.sameName(formula, name) {
					continue
				}
				for _, ref := range refs {
					if !seen[ref] {
						seen[ref] = true
						next = append(next, ref)
					}
				}
			}
		}
		for _, input := range inputs { // in the order of the user
			for _, ref := range next {
				if d.sameName(ref, input) {
					return input
				}
			}
		}
		level = next
	}
	return ""
}

// addPattern adds the pattern of a name that is computed in part. One that is computed as a whole says nothing.
func (d *Dependencies) addPattern(name string) {
	if strings.Contains(name, anyPart) && name != anyPart && !strings.HasSuffix(name, "."+anyPart) {
		text := strings.ReplaceAll(regexp.QuoteMeta(name), regexp.QuoteMeta(anyPart), "[a-z_]+")
		d.patterns[name] = regexp.MustCompile("^" + text + "$")
	}
}

// sameName reports whether two names are equal, or one is the other with its computed parts filled in.
func (d *Dependencies) sameName(a, b string) bool {
	matches := func(name, other string) bool { return d.patterns[name] != nil && d.patterns[name].MatchString(other) }
	return strings.EqualFold(a, b) || matches(a, b) || matches(b, a)
}
