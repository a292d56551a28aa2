package compile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"cuelang.org/go/cue/ast"

	"github.com/agnivade/levenshtein"
)

// maxAsked is for how many unknown keys a near one is sought: where there are
// more, it is another kind of file.
const maxAsked = 50

// suggest adds what may have been meant. A name that only might be misspelt is
// no problem where nothing is near.
func (e *Engine) suggest(settings []Running, all []LintProblem, version string, read func() []string) []LintProblem {
	keys := sync.OnceValue(func() []string { return e.keysIn(version) })
	variables := sync.OnceValue(read)
	all = slices.DeleteFunc(all, func(p LintProblem) bool {
		return p.Near == "misspelt" && misnamed(settings[p.Setting].Key, variables()) == ""
	})
	asked := 0
	for i := range all {
		p := &all[i]
		near := ""
		switch p.Near {
		case "keys":
			if asked++; asked > maxAsked {
				break
			}
			near = meant(settings[p.Setting].Key, keys())
		case "variables", "misspelt":
			near = misnamed(settings[p.Setting].Key, variables())
		}
		if near != "" {
			p.Remediation = fmt.Sprintf("did you mean %s? %s", near, p.Remediation)
		}
	}
	return all
}

// misnamed is the variable that one may stand for: a slip of the pen away, or
// the same but for a word that was cut short. "" where there is none.
func misnamed(name string, known []string) string {
	if near := nearest(name, known); near != "" && levenshtein.ComputeDistance(name, near) <= 2 {
		return near
	}
	words := strings.Split(name, "_")
	for _, k := range known {
		theirs := strings.Split(k, "_")
		differ, like := 0, true
		for i := 0; i < len(words) && len(words) == len(theirs); i++ {
			if words[i] != theirs[i] {
				differ++
				like = like && (strings.HasPrefix(words[i], theirs[i]) || strings.HasPrefix(theirs[i], words[i]))
			}
		}
		if differ == 1 && like {
			return k
		}
	}
	return ""
}

// keysIn are the dynamic-config keys of a server, for suggestions. They are read
// as the catalogue is written: to evaluate it would cost more than all of a lint.
func (e *Engine) keysIn(version string) []string {
	var found []string
	versions := map[string]ast.Expr{}
	var rows []ast.Decl
	for _, file := range e.byPath[modulePath+"/schema/temporal"].Files {
		for _, d := range file.Decls {
			f, ok := d.(*ast.Field)
			if !ok {
				continue
			}
			name, _, _ := ast.LabelName(f.Label)
			if s, ok := f.Value.(*ast.StructLit); ok && name == "keys" {
				rows = append(rows, s.Elts...)
			}
			versions[name] = f.Value
		}
	}
	for _, row := range rows {
		var key string
		var of ast.Expr
		ast.Walk(row, func(n ast.Node) bool {
			if f, ok := n.(*ast.Field); ok && n != row {
				switch name, _, _ := ast.LabelName(f.Label); name {
				case "key":
					key = text(f.Value)
				case "versions":
					of = f.Value
				}
				return false
			}
			return true
		}, nil)
		if name, ok := of.(*ast.Ident); ok {
			of = versions[name.Name]
		}
		if all, ok := of.(*ast.ListLit); ok && slices.ContainsFunc(all.Elts, func(x ast.Expr) bool { return text(x) == version }) {
			found = append(found, key)
		}
	}
	return found
}

// text is a string literal's; "" of anything else.
func text(x ast.Expr) string {
	lit, ok := x.(*ast.BasicLit)
	if !ok {
		return ""
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return s
}

// meant is the key that a dead one may stand for: one of the same name under
// another component, else the nearest.
func meant(key string, known []string) string {
	last := func(k string) string { return strings.ToLower(k[strings.LastIndexByte(k, '.')+1:]) }
	var same []string
	for _, k := range known {
		if last(k) == last(key) {
			same = append(same, k)
		}
	}
	if len(same) == 1 {
		return same[0]
	}
	return nearest(key, known)
}
