package compile

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// misfits gathers where a file is not what a form says: each place once, with
// what may have been meant or what is allowed.
type misfits struct {
	form, given cue.Value
	root, name  string
	seen        map[string]bool
	problems    []source.Problem
}

func (m *misfits) add(path []string, pos source.Pos, message, hint string) {
	at := strings.Join(path, ".")
	if m.seen[at] {
		return // the same, said of another part of the form
	}
	m.seen[at] = true
	if v, ok := below(m.given, path); pos.IsZero() && ok {
		pos = toPos(v.Pos(), m.root)
	}
	if pos.IsZero() {
		pos = source.Pos{File: m.name, Line: 1, Column: 1}
	}
	m.problems = append(m.problems, source.Problem{Message: message, Pos: pos, Hint: hint})
}

// fields finds names that the form has not.
func (m *misfits) fields(form, given cue.Value, path []string) {
	if items, err := given.List(); err == nil {
		for i := 0; items.Next(); i++ {
			at := append(slices.Clip(path), strconv.Itoa(i))
			if of, ok := below(form, at[len(path):]); ok {
				m.fields(of, items.Value(), at)
			}
		}
		return
	}
	fields, err := given.Fields()
	if err != nil || form.IncompleteKind()&cue.StructKind == 0 {
		return
	}
	for fields.Next() {
		name := fields.Selector().Unquoted()
		at := append(slices.Clip(path), name)
		if !form.Allows(cue.Str(name)) {
			m.unknown(form, at, toPos(labelPos(fields.Value()), m.root))
		} else if of, ok := below(form, at[len(path):]); ok {
			m.fields(of, fields.Value(), at)
		}
	}
}

// unknown says of the last name of a path that the form has no such field.
func (m *misfits) unknown(form cue.Value, path []string, pos source.Pos) {
	var names []string
	known, err := form.Fields(cue.Optional(true))
	for err == nil && known.Next() {
		names = append(names, strings.TrimRight(known.Selector().String(), "?!"))
	}
	outer, name := path[:len(path)-1], path[len(path)-1]
	message, hint := strings.Join(path, ".")+" is no field of it", "allowed: "+strings.Join(sorted(names), ", ")
	if strings.Contains(name, "@") {
		message = "there is no such field" // a URL in the wrong place may have a password in it
	}
	if near := nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %s? %s", near, hint)
	}
	if len(names) == 0 {
		message, hint = fmt.Sprintf("%s: %q is no name for it", strings.Join(outer, "."), name), "letters, digits, and dots, dashes or underscores between them"
	}
	m.add(path, pos, message, hint)
}

// written finds in a value, as it is written, what the form does not take; the hint
// is for the value itself. What it refers to is left to CUE.
func (m *misfits) written(form cue.Value, x ast.Expr, path []string, hint string) {
	at := func(name string) []string { return append(slices.Clip(path), name) }
	kinds := form.IncompleteKind()
	if list, ok := x.(*ast.ListLit); ok {
		if kinds&cue.ListKind == 0 {
			m.mismatch(form, x, path, hint)
			return
		}
		for i, item := range list.Elts {
			if of, ok := below(form, []string{strconv.Itoa(i)}); ok {
				m.written(of, item, at(strconv.Itoa(i)), cmp.Or(said(of), hint))
			}
		}
		return
	}
	inner, fields := false, structOf(form)
	eachField([]ast.Decl{&ast.EmbedDecl{Expr: x}}, func(name string, f *ast.Field) {
		inner = true
		of, known := below(fields, []string{name})
		switch {
		case kinds&cue.StructKind == 0 || f.Constraint == token.OPTION:
		case known:
			m.written(of, f.Value, at(name), said(of))
		case !fields.Allows(cue.Str(name)):
			m.unknown(fields, at(name), toPos(f.Label.Pos(), m.root))
		}
	})
	given, plain := scalar(x)
	switch {
	case inner && kinds&cue.StructKind == 0, plain && kinds&given.Kind() == 0:
		m.mismatch(form, x, path, hint)
	case inner || !plain || form.Err() != nil || form.Unify(given).Err() == nil:
	default:
		if few := choices(form); few != "" {
			hint = "one of " + few
		}
		m.refuse(x, path, "is not allowed", hint)
	}
}

// structOf is the alternative of a form that is a struct of known fields, where it may
// be null as well; else the form.
func structOf(form cue.Value) cue.Value {
	if form.IncompleteKind() == cue.StructKind {
		return form
	}
	if op, all := form.Expr(); op == cue.AndOp || op == cue.OrOp {
		for _, v := range all {
			if v = structOf(v); v.IncompleteKind() == cue.StructKind && !v.Allows(cue.AnyString) {
				return v
			}
		}
	}
	return form
}

// mismatch says of a value that it is of another kind.
func (m *misfits) mismatch(form cue.Value, x ast.Expr, path []string, hint string) {
	kinds := strings.ReplaceAll(strings.Trim(form.IncompleteKind().String(), "()"), "|", " or ")
	m.refuse(x, path, "is no "+kinds, hint)
}

// refuse says what is wrong with a value, as it is written.
func (m *misfits) refuse(x ast.Expr, path []string, words, hint string) {
	m.add(path, toPos(x.Pos(), m.root), fmt.Sprintf("%s: %s %s", strings.Join(path, "."), quoted(x), words), hint)
}

// scalar is a value that refers to nothing.
func scalar(x ast.Expr) (cue.Value, bool) {
	of := x
	if sign, ok := x.(*ast.UnaryExpr); ok {
		of = sign.X
	}
	if _, ok := of.(*ast.BasicLit); !ok {
		return cue.Value{}, false
	}
	v := cuecontext.New().BuildExpr(x)
	return v, v.Err() == nil
}

// quoted is a value as it is written, where that is short and cannot have a password in it.
func quoted(x ast.Expr) string {
	text, err := format.Node(x)
	if err != nil || len(text) > maxMessage || strings.ContainsAny(string(text), "@\n") {
		return "this"
	}
	return string(text)
}

// labelPos is where the name of a field stands.
func labelPos(v cue.Value) token.Pos {
	if f, ok := v.Source().(*ast.Field); ok {
		return f.Label.Pos()
	}
	return v.Pos()
}

// values tells what CUE finds wrong with the values.
func (m *misfits) values(err error) {
	for _, x := range errors.Errors(err) {
		path := unquoted(x.Path())
		if i := slices.Index(path, "#Service"); i >= 0 {
			path = path[i+1:]
		}
		format, args := x.Msg()
		words := fmt.Sprintf(format, args...)
		field, _ := below(m.form, path)
		hint := said(field)
		if allowed := choices(field); allowed != "" {
			hint = "one of " + allowed
		}
		pos := userPos(errors.Positions(x), m.root)
		switch at := strings.Join(path, "."); {
		case strings.Contains(words, "field not allowed"):
			m.add(path, pos, at+" is no field of it", "")
		case strings.Contains(words, "required but not present"):
			if v, ok := below(m.given, path[:max(0, len(path)-1)]); ok && pos.IsZero() {
				pos = toPos(v.Pos(), m.root)
			}
			m.add(path, pos, at+" is missing", hint)
		default:
			if v, ok := below(m.given, path); ok {
				pos = toPos(v.Pos(), m.root)
			}
			m.add(path, pos, at+": "+plainly(words), hint)
		}
	}
}

// unquoted are the names of a path as they were written.
func unquoted(path []string) []string {
	names := slices.Clone(path)
	for i, name := range names {
		if text, err := literal.Unquote(name); err == nil {
			names[i] = text
		}
	}
	return names
}

// choices are the texts that a field may be, where it may be a few only.
func choices(field cue.Value) string {
	op, all := field.Expr()
	if op != cue.OrOp {
		return ""
	}
	var texts []string
	for _, v := range all {
		text, err := v.String()
		if err != nil {
			return ""
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}

// plainly says what CUE says, without its own notation, and without a value that
// may have a password in it.
func plainly(words string) string {
	value := ""
	for _, how := range []string{" (out of bound", " (does not satisfy"} {
		if before, _, ok := strings.Cut(words, how); ok {
			value = strings.TrimPrefix(before, "invalid value ")
		}
	}
	switch {
	case value != "" && !strings.Contains(value, "@") && len(value) <= maxMessage:
		return value + " is not allowed"
	case value != "", strings.Contains(words, "empty disjunction"), strings.Contains(words, "conflicting values"), strings.Contains(words, "mismatched types"):
		return "this is not allowed"
	case strings.Contains(words, "@") || len(words) > maxMessage:
		return "this is not allowed"
	}
	return words
}

// said is what the schema says of a field.
func said(field cue.Value) string {
	for _, group := range field.Doc() {
		if text := strings.Join(strings.Fields(group.Text()), " "); text != "" {
			return text
		}
	}
	return ""
}

// below walks a path down a form: fields, those of any name, items of a list.
func below(form cue.Value, path []string) (cue.Value, bool) {
	for _, step := range path {
		var found cue.Value
		selectors := []cue.Selector{cue.Str(step), cue.Str(step).Optional(), cue.Str(step).Required(), cue.AnyString}
		if i, err := strconv.Atoi(step); err == nil {
			selectors = append([]cue.Selector{cue.Index(i), cue.AnyIndex}, selectors...)
		}
		for _, s := range selectors {
			if found = form.LookupPath(cue.MakePath(s)); found.Exists() {
				break
			}
		}
		if !found.Exists() {
			return form, false
		}
		form = found
	}
	return form, true
}
