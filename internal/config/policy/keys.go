package policy

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// An UnknownKey is a key of a parameter that the project's own policies look for, and that no profile can have. A rule
// that looks for one finds nothing.
type UnknownKey struct {
	Key string
	Pos source.Pos
}

// keyForm matches a text that can be a key of a parameter with a group: dsql.max_conn_lifetime.
var keyForm = regexp.MustCompile(`^[A-Za-z][A-Za-z-]*(\.[A-Za-z0-9_-]+)+$`)

// FindUnknownKeys returns the keys that the project's own policies compare with the key of a parameter, or look up in a
// map by the keys of parameters, and that are not among the known ones.
func (r *Rules) FindUnknownKeys(known []string) []UnknownKey {
	f := keyFinder{known: map[string]bool{}, groups: map[string]bool{}}
	for _, key := range known {
		f.known[key] = true
		if group, _, isGrouped := strings.Cut(key, "."); isGrouped {
			f.groups[group] = true
		}
	}
	for _, m := range r.own.modules {
		ast.WalkRefs(m, func(ref ast.Ref) bool {
			for _, term := range ref[1:] {
				f.addGrouped(term)
			}
			return false
		})
		ast.WalkExprs(m, func(e *ast.Expr) bool {
			if e.IsCall() {
				f.addCompared(e.Operator().String(), e.Operands())
			}
			return false
		})
		ast.WalkTerms(m, func(t *ast.Term) bool {
			if call, ok := t.Value.(ast.Call); ok {
				f.addCompared(call[0].String(), call[1:])
			}
			return false
		})
	}
	slices.SortFunc(f.found, func(a, b UnknownKey) int { return cmp.Or(a.Pos.Compare(b.Pos), cmp.Compare(a.Key, b.Key)) })
	return slices.Compact(f.found)
}

// keyFinder collects unknown keys.
type keyFinder struct {
	known, groups map[string]bool // keys, and their parts before the first dot
	found         []UnknownKey
}

// addCompared adds the keys of a call that compares or looks up.
func (f *keyFinder) addCompared(operator string, operands []*ast.Term) {
	switch {
	case operator == ast.ObjectGet.Name && len(operands) > 1:
		f.addGrouped(operands[1])
	case len(operands) < 2 || !isComparison[operator]:
	case isKeyOf(operands[0]):
		f.addTexts(operands[1])
	case isKeyOf(operands[1]):
		f.addTexts(operands[0])
	}
}

var isComparison = map[string]bool{
	ast.Equal.Name: true, ast.Equality.Name: true, ast.NotEqual.Name: true, ast.Member.Name: true, ast.Assign.Name: true,
}

// isKeyOf reports whether a term is the key of a parameter: p.key.
func isKeyOf(t *ast.Term) bool {
	ref, ok := t.Value.(ast.Ref)
	return ok && len(ref) > 1 && ref[len(ref)-1].Equal(ast.StringTerm("key"))
}

// addTexts adds a text, or those of a list or a set.
func (f *keyFinder) addTexts(t *ast.Term) {
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
func (f *keyFinder) addGrouped(t *ast.Term) {
	text, ok := t.Value.(ast.String)
	if group, _, _ := strings.Cut(string(text), "."); ok && keyForm.MatchString(string(text)) && f.groups[group] {
		f.add(string(text), t.Location)
	}
}

func (f *keyFinder) add(key string, at *ast.Location) {
	if !f.known[key] && at != nil {
		f.found = append(f.found, UnknownKey{key, posOf(at)})
	}
}
