package cuemod

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

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// SchemaErrors collects where a file does not match a definition: each place once, with
// the nearest name or the allowed values.
type SchemaErrors struct {
	Problems []source.Problem
	// Elsewhere returns where a field belongs that the definition does not have at its place, or "". nil means nowhere.
	Elsewhere func(name string) string

	definition, given cue.Value
	root, name        string
	seen              map[string]bool
}

// NewSchemaErrors returns an empty collection for a value of the user. The name of the
// file is the place of problems without one.
func (e *Evaluator) NewSchemaErrors(definition, given cue.Value, name string) *SchemaErrors {
	return &SchemaErrors{definition: definition, given: given, root: e.tree.root, name: name, seen: map[string]bool{}}
}

// AddProblem adds a problem at a path, unless that has one. A zero position means the place
// of the value.
func (m *SchemaErrors) AddProblem(path []string, pos source.Pos, message, remedy string) {
	at := strings.Join(path, ".")
	if m.seen[at] {
		return // the same, from another part of the definition
	}
	m.seen[at] = true
	if v, ok := LookupField(m.given, path); pos.IsZero() && ok {
		pos = cuefile.Position(v.Pos(), m.root)
	}
	if pos.IsZero() {
		pos = source.Pos{File: m.name, Line: 1, Column: 1}
	}
	m.Problems = append(m.Problems, source.Problem{Message: message, Pos: pos, Remedy: remedy})
}

// CheckValue finds unknown names and invalid values.
func (m *SchemaErrors) CheckValue() cue.Value {
	m.checkNames(m.definition, m.given, nil)
	v := m.definition.Unify(m.given)
	if err := v.Validate(cue.Concrete(true), cue.Final()); err != nil {
		m.addValueErrors(err)
	}
	return v
}

// checkNames finds names that the definition does not have.
func (m *SchemaErrors) checkNames(definition, given cue.Value, path []string) {
	if items, err := given.List(); err == nil {
		for i := 0; items.Next(); i++ {
			at := append(slices.Clip(path), strconv.Itoa(i))
			if of, ok := LookupField(definition, at[len(path):]); ok {
				m.checkNames(of, items.Value(), at)
			}
		}
		return
	}
	fields, err := given.Fields()
	if err != nil || definition.IncompleteKind()&cue.StructKind == 0 {
		return
	}
	for fields.Next() {
		name := fields.Selector().Unquoted()
		at := append(slices.Clip(path), name)
		if !definition.Allows(cue.Str(name)) {
			m.addUnknown(definition, at, cuefile.Position(labelPosition(fields.Value()), m.root))
		} else if of, ok := LookupField(definition, at[len(path):]); ok {
			m.checkNames(of, fields.Value(), at)
		}
	}
}

// addUnknown reports that the definition has no field of the last name of a path.
func (m *SchemaErrors) addUnknown(definition cue.Value, path []string, pos source.Pos) {
	var names []string
	known, err := definition.Fields(cue.Optional(true))
	for err == nil && known.Next() {
		names = append(names, strings.TrimRight(known.Selector().String(), "?!"))
	}
	outer, name := path[:len(path)-1], path[len(path)-1]
	message := strings.Join(path, ".") + ": unknown field"
	remedy := "allowed: " + strings.Join(slices.Compact(slices.Sorted(slices.Values(names))), ", ")
	if strings.Contains(name, "@") {
		message = "unknown field" // a URL in the wrong place may have a password in it
	}
	if near := suggest.NearestName(name, names); near != "" {
		remedy = suggest.AddNearest(remedy, near)
	} else if m.Elsewhere != nil {
		if elsewhere := m.Elsewhere(name); elsewhere != "" {
			remedy = elsewhere
		}
	}
	if len(names) == 0 {
		message, remedy = fmt.Sprintf(
			"%s: %q is not a valid name",
			strings.Join(outer, "."),
			name,
		), "letters, digits, and dots, dashes or underscores between them"
	}
	m.AddProblem(path, pos, message, remedy)
}

// CheckSyntax finds mismatches in a value as the user wrote it. The remedy is for the value
// itself. References are left to CUE.
func (m *SchemaErrors) CheckSyntax(definition cue.Value, x ast.Expr, path []string, remedy string) {
	at := func(name string) []string { return append(slices.Clip(path), name) }
	kinds := definition.IncompleteKind()
	if list, ok := x.(*ast.ListLit); ok {
		if kinds&cue.ListKind == 0 {
			m.addMismatch(definition, x, path, remedy)
			return
		}
		for i, item := range list.Elts {
			if of, ok := LookupField(definition, []string{strconv.Itoa(i)}); ok {
				m.CheckSyntax(of, item, at(strconv.Itoa(i)), cmp.Or(FieldDoc(of), remedy))
			}
		}
		return
	}
	inner, fields := false, structAlternative(definition)
	cuefile.VisitFields([]ast.Decl{&ast.EmbedDecl{Expr: x}}, func(name string, f *ast.Field) {
		inner = true
		of, known := LookupField(fields, []string{name})
		switch {
		case kinds&cue.StructKind == 0 || f.Constraint == token.OPTION:
		case known:
			m.CheckSyntax(of, f.Value, at(name), FieldRemedy(of))
		case !fields.Allows(cue.Str(name)):
			m.addUnknown(fields, at(name), cuefile.Position(f.Label.Pos(), m.root))
		}
	})
	given, plain := evaluateScalar(x)
	switch {
	case inner && kinds&cue.StructKind == 0, plain && kinds&given.Kind() == 0:
		m.addMismatch(definition, x, path, remedy)
	case inner || !plain || definition.Err() != nil || definition.Unify(given).Err() == nil:
	default:
		if choices := cuefile.ChoiceRemedy(definition, given); choices != "" {
			remedy = choices
		} else if bound := violatedBound(definition.Unify(given)); bound != "" {
			remedy = strings.TrimSuffix("use a value "+bound+": "+remedy, ": ")
		}
		m.addRefusal(x, path, "is not allowed", remedy)
	}
}

// violatedBound returns the bound that a number violates, such as >=1, or "" if it violates another constraint.
func violatedBound(v cue.Value) string {
	for _, err := range errors.Errors(v.Err()) {
		format, args := err.Msg()
		if found := outOfBound.FindStringSubmatch(fmt.Sprintf(format, args...)); found != nil && !strings.Contains(found[2], "~") {
			return found[2]
		}
	}
	return ""
}

// structAlternative returns the struct of known fields among the alternatives of a
// definition, or the definition itself.
func structAlternative(definition cue.Value) cue.Value {
	if definition.IncompleteKind() == cue.StructKind {
		return definition
	}
	if op, all := definition.Expr(); op == cue.AndOp || op == cue.OrOp {
		for _, v := range all {
			if v = structAlternative(v); v.IncompleteKind() == cue.StructKind && !v.Allows(cue.AnyString) {
				return v
			}
		}
	}
	return definition
}

// addMismatch reports a value of another kind.
func (m *SchemaErrors) addMismatch(definition cue.Value, x ast.Expr, path []string, remedy string) {
	found := quoteSyntax(x)
	if found == hiddenValue {
		found = "another kind of value"
	}
	if number := cuefile.NumberInUnit(path[len(path)-1], found); number != "" {
		remedy = "write " + number + ": " + remedy
	}
	message := fmt.Sprintf("%s: expected %s, found %s", strings.Join(path, "."), kindWords(definition.IncompleteKind()), found)
	m.AddProblem(path, cuefile.Position(x.Pos(), m.root), message, remedy)
}

// kindWords names the kinds of a definition: a string or null.
func kindWords(kinds cue.Kind) string {
	var words []string
	for _, kind := range strings.Split(strings.Trim(kinds.String(), "()"), "|") {
		words = append(words, cuefile.KindName(kind))
	}
	return strings.Join(words, " or ")
}

// addRefusal reports the problem of a value as the user wrote it.
func (m *SchemaErrors) addRefusal(x ast.Expr, path []string, words, remedy string) {
	m.AddProblem(path, cuefile.Position(x.Pos(), m.root), fmt.Sprintf("%s: %s %s", strings.Join(path, "."), quoteSyntax(x), words), remedy)
}

// evaluateScalar returns the value of a literal.
func evaluateScalar(x ast.Expr) (cue.Value, bool) {
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

// hiddenValue replaces a value that is long or can contain a password.
const hiddenValue = "this"

// quoteSyntax quotes a value as the user wrote it, if it is short and cannot contain a
// password.
func quoteSyntax(x ast.Expr) string {
	var text []byte
	var err error
	if lit, ok := x.(*ast.BasicLit); ok {
		text = []byte(lit.Value) // without the comment behind it
	} else {
		text, err = format.Node(x)
	}
	if err != nil || len(text) > cuefile.MaxMessage || strings.ContainsAny(string(text), "@\n") {
		return hiddenValue
	}
	return string(text)
}

// labelPosition returns the position of the name of a field.
func labelPosition(v cue.Value) token.Pos {
	if f, ok := v.Source().(*ast.Field); ok {
		return f.Label.Pos()
	}
	return v.Pos()
}

// addValueErrors adds CUE's errors about values.
func (m *SchemaErrors) addValueErrors(err error) {
	for _, x := range errors.Errors(err) {
		path := unquotePath(x.Path())
		if i := slices.Index(path, "#Service"); i >= 0 {
			path = path[i+1:]
		}
		format, args := x.Msg()
		words := fmt.Sprintf(format, args...)
		field, _ := LookupField(m.definition, path)
		remedy := FieldDoc(field)
		given, _ := LookupField(m.given, path)
		if choices := cuefile.ChoiceRemedy(field, given); choices != "" {
			remedy = choices
		}
		pos := cuefile.UserPosition(errors.Positions(x), m.root)
		switch at := strings.Join(path, "."); {
		case strings.Contains(words, "field not allowed"):
			m.AddProblem(path, pos, at+": unknown field", "")
		case strings.Contains(words, "required but not present"):
			if v, ok := LookupField(m.given, path[:max(0, len(path)-1)]); ok && pos.IsZero() {
				pos = cuefile.Position(v.Pos(), m.root)
			}
			m.AddProblem(path, pos, at+" is missing", remedy)
		default:
			if v, ok := LookupField(m.given, path); ok {
				pos = cuefile.Position(v.Pos(), m.root)
			}
			if number := cuefile.BareDuration(field, given); number != "" {
				m.AddProblem(path, pos, at+": "+number+" has no unit", "write "+number+"s for seconds: "+remedy)
				continue
			}
			if kinds := field.IncompleteKind(); given.Exists() && kinds&given.IncompleteKind() == 0 {
				m.AddProblem(path, pos, fmt.Sprintf("%s: expected %s, found %s", at, kindWords(kinds), describeGiven(given)), remedy)
				continue
			}
			m.AddProblem(path, pos, at+": "+plainMessage(words), remedy)
		}
	}
}

// describeGiven returns a number or a switch as it is, and of anything else its kind: a text can contain a password.
func describeGiven(given cue.Value) string {
	if given.IncompleteKind()&(cue.NumberKind|cue.BoolKind|cue.NullKind) != 0 {
		return fmt.Sprint(given)
	}
	return cuefile.KindName(given.IncompleteKind().String())
}

// unquotePath returns the names of a path without quotes.
func unquotePath(path []string) []string {
	names := slices.Clone(path)
	for i, name := range names {
		if text, err := literal.Unquote(name); err == nil {
			names[i] = text
		}
	}
	return names
}

// plainMessage returns a message of CUE without its notation, and without a value that can
// contain a password.
func plainMessage(words string) string {
	value := ""
	for _, how := range []string{" (out of bound", " (does not satisfy"} {
		if before, _, ok := strings.Cut(words, how); ok {
			value = strings.TrimPrefix(before, "invalid value ")
		}
	}
	switch {
	case value != "" && !strings.Contains(value, "@") && len(value) <= cuefile.MaxMessage:
		return value + " is not allowed"
	case value != "", strings.Contains(words, "empty disjunction"),
		strings.Contains(words, "conflicting values"), strings.Contains(words, "mismatched types"):
		return "this is not allowed"
	case strings.Contains(words, "@") || len(words) > cuefile.MaxMessage:
		return "this is not allowed"
	}
	return words
}

// FieldDoc returns the comment of a field in the schema.
func FieldDoc(field cue.Value) string {
	for _, group := range field.Doc() {
		if text := strings.Join(strings.Fields(group.Text()), " "); text != "" {
			return text
		}
	}
	return ""
}

// FieldRemedy returns the remedy for a value that a field does not accept: its documentation, after the form of a struct.
func FieldRemedy(field cue.Value) string {
	if field.IncompleteKind() == cue.StructKind {
		return strings.TrimSuffix("write one KEY: VALUE per line below it: "+FieldDoc(field), ": ")
	}
	return FieldDoc(field)
}

// LookupField follows a path in a definition: fields, pattern fields, items of a list.
func LookupField(definition cue.Value, path []string) (cue.Value, bool) {
	for _, step := range path {
		var found cue.Value
		selectors := []cue.Selector{cue.Str(step), cue.Str(step).Optional(), cue.Str(step).Required(), cue.AnyString}
		if i, err := strconv.Atoi(step); err == nil {
			selectors = append([]cue.Selector{cue.Index(i), cue.AnyIndex}, selectors...)
		}
		for _, s := range selectors {
			if found = definition.LookupPath(cue.MakePath(s)); found.Exists() {
				break
			}
		}
		if !found.Exists() {
			return definition, false
		}
		definition = found
	}
	return definition, true
}
