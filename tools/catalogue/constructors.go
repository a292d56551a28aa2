package main

import (
	"fmt"
	"go/ast"
	"sort"
	"strings"
)

// settingPackage declares the constructors that register keys.
const settingPackage = serverModule + "/common/dynamicconfig"

// constructor is what the name of New<Precedence><Type>Setting<Form> says.
type constructor struct {
	precedence  string
	typ         string // Bool, Int, Float, String, Duration, Map or Typed
	converter   bool   // the second argument is a conversion function
	constrained bool   // the default is a list of constrained values
}

// arguments says at which positions a call carries the conversion function, the
// default and the description; the key is always first.
func (c constructor) arguments() (convert, def, doc int) {
	if c.converter {
		return 1, 2, 3
	}
	return -1, 1, 2
}

// constructors reads the constructors that a server version declares. The
// precedences come from its Precedence constants, so that a new one needs no
// change here; a constructor that cannot be understood is an error rather than
// a key silently missed.
func constructors(src *source) (map[string]constructor, error) {
	p := src.packages[settingPackage]
	if p == nil {
		return nil, fmt.Errorf("find constructors: no package %s", settingPackage)
	}
	var precedences []string
	for name := range p.consts {
		if rest, ok := strings.CutPrefix(name, "Precedence"); ok && rest != "Unknown" {
			precedences = append(precedences, rest)
		}
	}
	// the longest first: NamespaceID before Namespace
	sort.Slice(precedences, func(i, j int) bool { return len(precedences[i]) > len(precedences[j]) })

	found := map[string]constructor{}
	for name, fn := range p.funcs {
		if !strings.HasPrefix(name, "New") || !strings.Contains(name, "Setting") || !isConstructor(fn.decl) {
			continue
		}
		c, err := parseConstructor(name, precedences)
		if err != nil {
			return nil, err
		}
		if c.typ == "Typed" && c.constrained {
			// NewXTypedSettingWithConstrainedDefault takes a converter too
			c.converter = true
		}
		found[name] = c
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("find constructors: none in %s", settingPackage)
	}
	return found, nil
}

func parseConstructor(name string, precedences []string) (constructor, error) {
	rest := strings.TrimPrefix(name, "New")
	var c constructor
	for _, p := range precedences {
		if after, ok := strings.CutPrefix(rest, p); ok {
			c.precedence, rest = p, after
			break
		}
	}
	typ, form, ok := strings.Cut(rest, "Setting")
	c.typ = typ
	switch form {
	case "":
	case "WithConverter":
		c.converter = true
	case "WithConstrainedDefault":
		c.constrained = true
	default:
		ok = false
	}
	switch typ {
	case "Bool", "Int", "Float", "String", "Duration", "Map", "Typed":
	default:
		ok = false
	}
	if !ok || c.precedence == "" {
		return constructor{}, fmt.Errorf("read constructor %s: want New<Precedence><Type>Setting<Form>", name)
	}
	return c, nil
}

// isConstructor reports whether a function with a constructor's name takes a key first.
func isConstructor(fn *ast.FuncDecl) bool {
	params := fn.Type.Params.List
	return len(params) > 0 && len(params[0].Names) > 0 && params[0].Names[0].Name == "key"
}
