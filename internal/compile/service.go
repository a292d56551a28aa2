package compile

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

const readingService = "read the service's configuration"

// Service reads a file of #Service: CUE, YAML or JSON, into a value as
// encoding/json would. What is wrong has its place in the file, and what the
// schema says of the field.
func (e *Engine) Service(name string, into any) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.core(); err != nil {
		return err
	}
	schema, err := e.value(modulePath + "/schema")
	if err != nil {
		return err
	}
	decls, err := extract(readingService, name)
	if err != nil {
		return discreet(err, name)
	}
	given := e.ctx.BuildFile(&ast.File{Filename: name, Decls: withoutSchema(decls)})
	if err := given.Err(); err != nil {
		return discreet(problems(readingService, err, e.module.root), name)
	}
	m := &misfits{form: schema.LookupPath(cue.ParsePath("#Service")), given: given, root: e.module.root, name: name, seen: map[string]bool{}}
	m.fields(m.form, given, nil)
	v := m.form.Unify(given)
	if err := v.Validate(cue.Concrete(true), cue.Final()); err != nil {
		m.values(err)
	}
	if len(m.problems) > 0 {
		slices.SortStableFunc(m.problems, func(a, b source.Problem) int {
			return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
		})
		return &source.Error{Doing: readingService, Problems: m.problems}
	}
	data, err := v.MarshalJSON()
	if err != nil {
		return problems(readingService, err, e.module.root)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return source.Wrong(readingService, fmt.Sprintf("%s: %v", name, err), "")
	}
	return nil
}

// discreet keeps to itself what is quoted of a file where that may be a URL with a
// password in it.
func discreet(err error, name string) error {
	var in *source.Error
	if !errors.As(err, &in) {
		return err
	}
	for i, p := range in.Problems {
		if !strings.Contains(strings.ReplaceAll(p.Message, name, ""), "@") {
			continue
		}
		in.Problems[i].Message = "this cannot be read"
		if p.Pos.IsZero() {
			in.Problems[i].Pos.File = name
		}
	}
	return in
}

// withoutSchema drops the field that names a JSON Schema, for editors.
func withoutSchema(decls []ast.Decl) []ast.Decl {
	var kept []ast.Decl
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.EmbedDecl:
			if lit, ok := d.Expr.(*ast.StructLit); ok {
				lit.Elts = withoutSchema(lit.Elts)
			}
		case *ast.Field:
			if label, _, err := ast.LabelName(d.Label); err == nil && label == schemaField {
				continue
			}
		}
		kept = append(kept, d)
	}
	return kept
}

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
	var names []string
	known, err := form.Fields(cue.Optional(true))
	for err == nil && known.Next() {
		names = append(names, strings.TrimRight(known.Selector().String(), "?!"))
	}
	for fields.Next() {
		name := fields.Selector().Unquoted()
		at := append(slices.Clip(path), name)
		if form.Allows(cue.Str(name)) {
			if of, ok := below(form, at[len(path):]); ok {
				m.fields(of, fields.Value(), at)
			}
			continue
		}
		message, hint := strings.Join(at, ".")+" is no field of it", "allowed: "+strings.Join(sorted(names), ", ")
		if strings.Contains(name, "@") {
			message = "there is no such field" // a URL in the wrong place may have a password in it
		}
		if near := nearest(name, names); near != "" {
			hint = fmt.Sprintf("did you mean %s? %s", near, hint)
		}
		if len(names) == 0 {
			message, hint = fmt.Sprintf("%s: %q is no name for it", strings.Join(path, "."), name), "letters, digits, and dots, dashes or underscores between them"
		}
		m.add(at, toPos(labelPos(fields.Value()), m.root), message, hint)
	}
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

// ServiceForm is the JSON Schema of the service's configuration.
func (e *Engine) ServiceForm(string) (Form, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.core(); err != nil {
		return nil, err
	}
	v, err := e.value(modulePath + "/schema")
	if err != nil {
		return nil, err
	}
	form, err := e.generated(v.LookupPath(cue.ParsePath("#Service")))
	if err != nil {
		return nil, problems("write the schema", err, e.module.root)
	}
	if fields, ok := form["properties"].(map[string]any); ok {
		fields[schemaField] = Form{"type": "string"}
	}
	return form, nil
}
