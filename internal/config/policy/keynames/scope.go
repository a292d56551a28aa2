package keynames

import (
	"maps"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// A keyScope holds the known names in a part of a module.
type keyScope map[ast.Var]keyKind

// A keyKind is the meaning of a name.
type keyKind int

const (
	otherKind     keyKind = iota
	parameterKind         // a parameter of the profile
	mapKind               // a map by the keys of parameters
	factsKind             // the facts of a guard rail: such a map, with further ones in it
	libKind               // the package data.lib.rule
	factsFunction         // one of its functions that return facts
)

// libMembers lists the members of the package data.lib.rule.
var libMembers = map[string]keyKind{
	"facts": factsFunction, "optional": factsFunction, "values": mapKind, "stated": mapKind,
}

var libPath = ast.MustParseRef("data.lib.rule")

// addImports adds the names that a module imports.
func (s keyScope) addImports(m *ast.Module) {
	for _, i := range m.Imports {
		path, ok := i.Path.Value.(ast.Ref)
		if !ok {
			continue
		}
		if kind := s.kindOf(ast.NewTerm(path)); kind != otherKind {
			s[i.Name()] = kind
		}
	}
}

// addRules adds the maps that rules of a module define.
func (s keyScope) addRules(m *ast.Module) {
	imported := keyScope{}
	imported.addImports(m)
	for _, rule := range m.Rules {
		ref := rule.Head.Ref()
		name, ok := ref[0].Value.(ast.Var)
		if !ok {
			continue
		}
		inner, kind := imported.withRule(rule), otherKind
		switch {
		case len(rule.Head.Args) > 0 || rule.Else != nil:
		case len(ref) == 1 && rule.Head.Value != nil:
			kind = inner.kindOf(rule.Head.Value)
		case len(ref) == 2 && inner.isKey(ref[1]):
			kind = mapKind
		}
		if before, isKnown := s[name]; isKnown && before != kind {
			kind = otherKind
		}
		s[name] = kind
	}
}

// withRule returns the scope of a rule.
func (s keyScope) withRule(rule *ast.Rule) keyScope {
	inner := maps.Clone(s)
	for _, arg := range rule.Head.Args {
		ast.WalkVars(arg, func(v ast.Var) bool {
			inner[v] = otherKind
			return false
		})
	}
	return inner.withBody(rule.Body)
}

// withBody returns the scope of a body, with the names that it introduces.
func (s keyScope) withBody(body ast.Body) keyScope {
	inner := maps.Clone(s)
	for _, e := range body {
		switch terms := e.Terms.(type) {
		case *ast.SomeDecl:
			for _, symbol := range terms.Symbols {
				inner.declare(symbol)
			}
		case []*ast.Term:
			if name := terms[0].String(); len(terms) == 3 && (name == ast.Assign.Name || name == ast.Equality.Name) {
				inner.bind(terms[1], inner.kindOf(terms[2]), name == ast.Assign.Name)
			}
		}
	}
	return inner
}

// declare adds the names of some x in list, or of some x.
func (s keyScope) declare(symbol *ast.Term) {
	call, isCall := symbol.Value.(ast.Call)
	if !isCall {
		s.bind(symbol, otherKind, true)
		return
	}
	operands := call[1:]
	for _, name := range operands[:len(operands)-1] {
		s.bind(name, otherKind, true)
	}
	s.bindItem(operands[len(operands)-2], operands[len(operands)-1])
}

// bindItem adds the name of an item of a list.
func (s keyScope) bindItem(item, list *ast.Term) {
	kind := otherKind
	if isParameterList(list) {
		kind = parameterKind
	}
	s.bind(item, kind, true)
}

// bind gives a name its kind. Where the name can be an outer one, only a known kind changes it.
func (s keyScope) bind(name *ast.Term, kind keyKind, isNew bool) {
	if v, ok := name.Value.(ast.Var); ok && (isNew || kind != otherKind) {
		s[v] = kind
	}
}

// kindOf returns the meaning of a term.
func (s keyScope) kindOf(t *ast.Term) keyKind {
	switch v := t.Value.(type) {
	case ast.Var:
		return s[v]
	case *ast.ObjectComprehension:
		if s.withBody(v.Body).isKey(v.Key) {
			return mapKind
		}
	case ast.Call:
		if s.kindOf(v[0]) == factsFunction {
			return factsKind
		}
	case ast.Ref:
		return s.kindOfRef(v)
	}
	return otherKind
}

func (s keyScope) kindOfRef(ref ast.Ref) keyKind {
	if len(ref) == 3 && isParameterList(ast.NewTerm(ref[:2])) {
		return parameterKind
	}
	kind, rest := s.kindOf(ref[0]), ref[1:]
	if ref.HasPrefix(libPath) {
		kind, rest = libKind, ref[len(libPath):]
	}
	if kind == libKind && len(rest) > 0 {
		name, _ := rest[0].Value.(ast.String)
		kind, rest = libMembers[string(name)], rest[1:]
	}
	// (facts have the parameters of each service, and those that are not numbers)
	if len(rest) == 0 || kind == factsKind {
		return kind
	}
	return otherKind
}

// hasKeys reports whether a term is a map by the keys of parameters.
func (s keyScope) hasKeys(t *ast.Term) bool {
	kind := s.kindOf(t)
	return kind == mapKind || kind == factsKind
}

// isKey reports whether a term is the key of a parameter: p.key.
func (s keyScope) isKey(t *ast.Term) bool {
	ref, ok := t.Value.(ast.Ref)
	last := len(ref) - 1
	return ok && last > 0 && ref[last].Equal(ast.StringTerm("key")) && s.kindOf(ast.NewTerm(ref[:last])) == parameterKind
}

// isParameterList reports whether a term is a list of parameters of the profile: input.safety_params.
func isParameterList(t *ast.Term) bool {
	ref, ok := t.Value.(ast.Ref)
	if !ok || len(ref) != 2 || !ref[0].Equal(ast.InputRootDocument) {
		return false
	}
	name, _ := ref[1].Value.(ast.String)
	return strings.HasSuffix(string(name), "_params")
}
