package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// A finding states the name of its rule in rule_name, or gets it from
// data.lib.rule.findings, which takes the last part of the package. Without either, the
// finding is named PACKAGE.RULE. The imports of a module do not matter.

const nameField = "rule_name"

var findingsRef = ast.MustParseRef("data.lib.rule.findings")

// packages maps packages and names to the rules of modules.
type packages map[string]map[string][]ruleBody

// A ruleBody is one definition of a rule, with the module that it is in.
type ruleBody struct {
	module *ast.Module
	*ast.Rule
}

func packagesOf(modules map[string]*ast.Module) packages {
	all := packages{}
	for _, file := range slices.Sorted(maps.Keys(modules)) {
		m := modules[file]
		if isPlaces(m) {
			continue // it repeats the findings of others
		}
		path := m.Package.Path.String()
		if all[path] == nil {
			all[path] = map[string][]ruleBody{}
		}
		for _, r := range m.Rules {
			name := r.Head.Ref()[0].Value.String()
			all[path][name] = append(all[path][name], ruleBody{m, r})
		}
	}
	return all
}

// statedNames returns the rule names that a rule body, or a rule of the same package that
// it refers to, states as text.
func (p packages) statedNames(body ruleBody) []string {
	names := map[string]bool{}
	visited := map[*ast.Rule]bool{}
	var visit func(ruleBody)
	// another rule that makes findings states its own names
	helpers := func(path ast.Ref, name string) {
		if severityOf(name) != "" {
			return
		}
		for _, other := range p[path.String()][name] {
			visit(other)
		}
	}
	visit = func(b ruleBody) {
		if visited[b.Rule] {
			return
		}
		visited[b.Rule] = true
		path := b.module.Package.Path
		walkNames(b.Rule, func(name *ast.Term) {
			if text, ok := literalName(name); ok {
				names[text] = true
			}
		})
		ast.WalkVars(b.Rule, func(v ast.Var) bool {
			helpers(path, string(v))
			return false
		})
		ast.WalkRefs(b.Rule, func(ref ast.Ref) bool {
			switch full := fullRef(b.module, ref); {
			case full.HasPrefix(findingsRef):
				names[lastPart(path)] = true
			case full.HasPrefix(path) && len(full) > len(path):
				if s, ok := full[len(path)].Value.(ast.String); ok {
					helpers(path, string(s))
				}
			}
			return false
		})
	}
	visit(body)
	return slices.Sorted(maps.Keys(names))
}

// possibleNames returns the names that findings of modules can have, as far as the text
// of the modules shows them. complete is false if a policy computes a name.
func (p packages) possibleNames() (names map[string]bool, complete bool) {
	names, complete = map[string]bool{}, true
	usesLib := false
	var parts []string
	for _, rules := range p {
		for _, bodies := range rules {
			for _, b := range bodies {
				path := b.module.Package.Path
				if verdict := b.Head.Ref()[0].Value.String(); severityOf(verdict) != "" {
					names[fallbackName(path, verdict)] = true
					parts = append(parts, lastPart(path))
				}
				walkNames(b.Rule, func(name *ast.Term) {
					text, ok := literalName(name)
					if names[text] = ok; !ok {
						complete = false
					}
				})
				ast.WalkRefs(b.Rule, func(ref ast.Ref) bool {
					if full := fullRef(b.module, ref); full != nil && full.HasPrefix(findingsRef) {
						usesLib = true
						parts = append(parts, lastPart(path))
					}
					return false
				})
			}
		}
	}
	delete(names, "")
	if usesLib {
		for _, part := range parts {
			names[part] = true
		}
	}
	return names, complete
}

// walkNames visits each value that a rule gives to rule_name, in an object or in its head.
// It visits nil if the rule sets the field in another way, such as by json.patch.
func walkNames(rule *ast.Rule, visit func(*ast.Term)) {
	if ref := rule.Head.Ref(); len(ref) > 1 && isNameField(ref[len(ref)-1]) {
		visit(rule.Head.Value)
	}
	var walk *ast.GenericVisitor
	walk = ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case ast.Object:
			x.Foreach(func(key, value *ast.Term) {
				if isNameField(key) {
					visit(value)
				} else {
					walk.Walk(key)
				}
				walk.Walk(value)
			})
			return true
		case ast.Ref: // reads a field
			for _, part := range x {
				if _, isText := part.Value.(ast.String); !isText {
					walk.Walk(part)
				}
			}
			return true
		case *ast.Term:
			if isNameField(x) {
				visit(nil)
			}
		}
		return false
	})
	walk.Walk(rule.Head.Args)
	for _, term := range []*ast.Term{rule.Head.Key, rule.Head.Value} {
		if term != nil {
			walk.Walk(term)
		}
	}
	walk.Walk(rule.Body)
	if rule.Else != nil {
		walkNames(rule.Else, visit)
	}
}

func isNameField(t *ast.Term) bool {
	text, ok := literalName(t)
	return ok && strings.TrimPrefix(text, "/") == nameField
}

// literalName returns the text of a term that is a string.
func literalName(t *ast.Term) (string, bool) {
	if t == nil {
		return "", false
	}
	s, ok := t.Value.(ast.String)
	return string(s), ok
}

// fullRef resolves the imports of a module in a ref; nil means that the ref does not
// start in data.
func fullRef(m *ast.Module, ref ast.Ref) ast.Ref {
	if len(ref) == 0 {
		return nil
	}
	head, ok := ref[0].Value.(ast.Var)
	if !ok {
		return nil
	}
	if head.Equal(ast.DefaultRootDocument.Value) {
		return ref
	}
	for _, i := range m.Imports {
		path, ok := i.Path.Value.(ast.Ref)
		if ok && i.Name().Equal(head) && path.HasPrefix(ast.Ref{ast.DefaultRootDocument}) {
			return path.Concat(ref[1:])
		}
	}
	return nil
}

func lastPart(path ast.Ref) string {
	text, _ := literalName(path[len(path)-1])
	return text
}

func fallbackName(path ast.Ref, verdict string) string {
	return strings.TrimPrefix(path.String(), "data.") + "." + verdict
}
