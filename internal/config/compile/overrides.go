package compile

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// An Override is a value that replaces all others, with the place where it was given.
type Override struct {
	Key    string
	expr   ast.Expr
	source string // the file, or "" for a flag
}

// Text returns the value as --override KEY=VALUE takes it.
func (o Override) Text() string {
	if lit, ok := o.expr.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		if text, err := literal.Unquote(lit.Value); err == nil {
			return text
		}
	}
	text, err := format.Node(o.expr)
	if err != nil {
		return "" // it was made from a value: there is always a text
	}
	return strings.Join(strings.Fields(string(text)), " ")
}

// Value returns the value as a number, text, bool, list or map.
func (o Override) Value() any {
	text := o.Text()
	if lit, ok := o.expr.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		return text
	}
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return text
	}
	return IntegralNumber(value)
}

// ParseOverride parses KEY=VALUE. The value of a string parameter is literal text, that of
// any other a JSON scalar.
func (e *Engine) ParseOverride(arg string) (Override, error) {
	key, text, ok := strings.Cut(arg, "=")
	key = strings.TrimSpace(key)
	if !ok || key == "" {
		return Override{}, source.Wrong(
			"read --override",
			fmt.Sprintf("%q is not KEY=VALUE", arg),
			"for example --override history.replicas=8",
		)
	}
	kind, _ := withCompiler(e, func(c compiler) (string, error) { return registry.ReadKind(c.Evaluator, key), nil })
	name := "--override " + arg
	if kind == "string" || kind == "duration" {
		if unquoted, err := strconv.Unquote(text); err == nil {
			text = unquoted
		}
		return Override{Key: key, expr: placeLiteral(name, ast.NewString(text))}, nil
	}
	if expr, err := parser.ParseExpr(name, text); err == nil && cuefile.IsLiteral(expr) {
		return Override{Key: key, expr: expr}, nil
	}
	return Override{Key: key, expr: placeLiteral(name, ast.NewString(text))}, nil
}

// placeLiteral sets the place of a literal, for errors.
func placeLiteral(file string, lit *ast.BasicLit) *ast.BasicLit {
	lit.ValuePos = token.NewFile(file, 0, 1).Pos(0, token.NoRelPos)
	return lit
}

// ReadOverrides reads a file of overrides: CUE, YAML or JSON, one struct with
// a field for each key.
func ReadOverrides(name string) ([]Override, error) {
	const doing = "read overrides"
	decls, err := cuefile.ReadValues(doing, name)
	if err != nil {
		return nil, err
	}
	found, err := parseOverrides(doing, name, decls)
	if err == nil && len(found) == 1 && found[0].Key == "overrides" {
		// the syntax of a deployment is accepted, too
		if inner, ok := found[0].expr.(*ast.StructLit); ok {
			return parseOverrides(doing, name, inner.Elts)
		}
	}
	return found, err
}

// parseOverrides returns the fields of declarations, which must be plain values.
func parseOverrides(doing, name string, decls []ast.Decl) ([]Override, error) {
	var found []Override
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.Package, *ast.CommentGroup, *ast.Attribute:
		case *ast.EmbedDecl:
			s, ok := d.Expr.(*ast.StructLit)
			if !ok {
				return nil, &source.Error{Doing: doing, Problems: []source.Problem{{
					Message: "expected a struct of keys and values",
					Pos:     nodePosition(name, d),
					Remedy:  "write one KEY: VALUE per line",
				}}}
			}
			inner, err := parseOverrides(doing, name, s.Elts)
			if err != nil {
				return nil, err
			}
			found = append(found, inner...)
		case *ast.Field:
			label, _, err := ast.LabelName(d.Label)
			if err != nil || !cuefile.IsLiteral(d.Value) {
				remedy := "expressions belong in a deployment: profiles/NAME/deployment.cue"
				if cuefile.IsPlain(name) {
					remedy = "a number, text, true, false, a list or a struct; .nan and .inf are not supported"
				}
				return nil, &source.Error{Doing: doing, Problems: []source.Problem{{
					Message: "only plain values can be given here",
					Pos:     cuefile.Position(d.Pos(), "."),
					Remedy:  remedy,
				}}}
			}
			for _, o := range found {
				if o.Key == label {
					return nil, &source.Error{Doing: doing, Problems: []source.Problem{{
						Message: fmt.Sprintf("%s is given twice, first at %v", label, cuefile.Position(o.expr.Pos(), ".")),
						Pos:     cuefile.Position(d.Pos(), "."),
						Remedy:  "keep one of them",
					}}}
				}
			}
			found = append(found, Override{Key: label, expr: d.Value, source: name})
		default:
			return nil, &source.Error{Doing: doing, Problems: []source.Problem{{
				Message: "only KEY: VALUE is allowed here",
				Pos:     cuefile.Position(d.Pos(), "."),
				Remedy:  "expressions and imports belong in a deployment: profiles/NAME/deployment.cue",
			}}}
		}
	}
	return found, nil
}

// nodePosition returns the place of a node in a file, or the start of the file.
func nodePosition(name string, n ast.Node) source.Pos {
	if pos := cuefile.Position(n.Pos(), "."); !pos.IsZero() {
		return pos
	}
	return source.Pos{File: name, Line: 1, Column: 1}
}

// winningOverrides returns the overrides that no later source replaces, in any spelling of
// the key: a flag wins over a file, and a later flag over an earlier one. Two spellings in
// one file both stay: a constraint rejects them.
func winningOverrides(given []Override) []Override {
	last := map[string]int{}
	for i, o := range given {
		last[strings.ToLower(o.Key)] = i
	}
	var all []Override
	for i, o := range given {
		winner := last[strings.ToLower(o.Key)]
		if i == winner || o.source != "" && o.source == given[winner].source {
			all = append(all, o)
		}
	}
	return all
}

// NewOverride returns an override for a value in some file.
func (e *Engine) NewOverride(key string, value any, at source.Pos) (Override, error) {
	expr, err := withCompiler(e, func(c compiler) (ast.Expr, error) { return c.EncodeSyntax(value) })
	if err != nil {
		return Override{}, err
	}
	placeLiteralAt(expr, at)
	return Override{Key: key, expr: expr}, nil
}

// placeLiteralAt sets the place of a literal to a line and column of another file.
func placeLiteralAt(expr ast.Expr, at source.Pos) {
	const widest = 1 << 12 // columns beyond it are cut
	line, column := max(1, at.Line), min(max(1, at.Column), widest)
	lines := make([]int, line)
	for i := range lines {
		lines[i] = i * widest
	}
	file := token.NewFile(at.File, 0, line*widest)
	file.SetLines(lines)
	pos := file.Pos((line-1)*widest+column-1, token.NoRelPos)
	switch x := expr.(type) {
	case *ast.BasicLit:
		x.ValuePos = pos
	case *ast.StructLit:
		x.Lbrace = pos
	case *ast.ListLit:
		x.Lbrack = pos
	case *ast.UnaryExpr:
		x.OpPos = pos
	}
}
