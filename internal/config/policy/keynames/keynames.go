// Package keynames finds the keys of parameters that policies look for.
package keynames

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// An Unknown is a key of a parameter that policies look for, and that no profile can have. A rule
// that looks for one finds nothing.
type Unknown struct {
	Key string
	Pos source.Pos
}

// keyForm matches a text that can be a key of a parameter with a group: dsql.max_conn_lifetime.
var keyForm = regexp.MustCompile(`^[A-Za-z][A-Za-z-]*(\.[A-Za-z0-9_-]+)+$`)

// FindUnknown returns the keys that modules compare with the key of a parameter, or look up in a map by the keys of
// parameters, and that are not among the known ones. It reports only what is certain to be a key of a
// parameter of the profile: policies have their own maps and lists.
func FindUnknown(modules map[string]*ast.Module, known []string) []Unknown {
	f := finder{known: map[string]bool{}, groups: map[string]bool{}}
	for _, key := range known {
		f.known[key] = true
		if group, _, isGrouped := strings.Cut(key, "."); isGrouped {
			f.groups[group] = true
		}
	}
	globals := map[string]keyScope{}
	for _, m := range modules {
		path := m.Package.Path.String()
		if globals[path] == nil {
			globals[path] = keyScope{}
		}
		globals[path].addRules(m)
	}
	for _, m := range modules {
		scope := maps.Clone(globals[m.Package.Path.String()])
		scope.addImports(m)
		for _, rule := range m.Rules {
			f.find(rule, scope)
		}
	}
	slices.SortFunc(f.found, func(a, b Unknown) int { return cmp.Or(a.Pos.Compare(b.Pos), cmp.Compare(a.Key, b.Key)) })
	return slices.Compact(f.found)
}

// finder collects unknown keys.
type finder struct {
	known, groups map[string]bool // keys, and their parts before the first dot
	found         []Unknown
}

// find adds the keys in a part of a module.
func (f *finder) find(node any, scope keyScope) {
	inside := func(scope keyScope, parts ...any) bool {
		for _, part := range parts {
			f.find(part, scope)
		}
		return true
	}
	ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.Rule:
			inner := scope.withRule(x)
			if x.Else != nil {
				f.find(x.Else, scope)
			}
			return inside(inner, x.Head, x.Body)
		case *ast.ArrayComprehension:
			return inside(scope.withBody(x.Body), x.Term, x.Body)
		case *ast.SetComprehension:
			return inside(scope.withBody(x.Body), x.Term, x.Body)
		case *ast.ObjectComprehension:
			return inside(scope.withBody(x.Body), x.Key, x.Value, x.Body)
		case *ast.Every:
			inner := maps.Clone(scope)
			inner.bindItem(x.Value, x.Domain)
			return inside(scope, x.Domain) && inside(inner.withBody(x.Body), x.Body)
		case *ast.Expr:
			// (what must not be there can have any name)
			if x.IsCall() && !x.Negated {
				f.addCompared(x.Operator().String(), x.Operands(), scope)
			}
		case ast.Call:
			f.addCompared(x[0].String(), x[1:], scope)
		case ast.Ref:
			f.addIndices(x, scope)
		}
		return false
	}).Walk(node)
}

// addCompared adds the keys of a call that compares or looks up.
func (f *finder) addCompared(operator string, operands []*ast.Term, scope keyScope) {
	switch {
	case operator == ast.ObjectGet.Name && len(operands) > 1:
		if scope.hasKeys(operands[0]) {
			f.addGrouped(operands[1])
		}
	case len(operands) < 2 || !isComparison[operator]:
	case scope.isKey(operands[0]):
		f.addTexts(operands[1])
	case scope.isKey(operands[1]):
		f.addTexts(operands[0])
	}
}

// (!= can exclude a name that no parameter has)
var isComparison = map[string]bool{ast.Equal.Name: true, ast.Equality.Name: true, ast.Member.Name: true}

// addIndices adds the keys with which a reference looks up parameters.
func (f *finder) addIndices(ref ast.Ref, scope keyScope) {
	for i, term := range ref {
		if i > 0 && scope.hasKeys(ast.NewTerm(ref[:i])) {
			f.addGrouped(term)
		}
	}
}

// addTexts adds a text, or those of a list or a set.
func (f *finder) addTexts(t *ast.Term) {
	switch v := t.Value.(type) {
	case ast.String:
		f.add(string(v), t.Location)
	case *ast.Array:
		v.Foreach(f.addTexts)
	case ast.Set:
		v.Foreach(f.addTexts)
	}
}

// addGrouped adds a text that has the form of a key, and the group of a known one.
func (f *finder) addGrouped(t *ast.Term) {
	text, ok := t.Value.(ast.String)
	if group, _, _ := strings.Cut(string(text), "."); ok && keyForm.MatchString(string(text)) && f.groups[group] {
		f.add(string(text), t.Location)
	}
}

func (f *finder) add(key string, at *ast.Location) {
	if !f.known[key] && at != nil {
		f.found = append(f.found, Unknown{key, source.Pos{File: at.File, Line: at.Row, Column: at.Col}})
	}
}
