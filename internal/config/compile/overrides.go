package compile

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
	"cuelang.org/go/encoding/json"
	"cuelang.org/go/encoding/yaml"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// An Override is one value that wins, and where it was given.
type Override struct {
	Key    string
	expr   ast.Expr
	source string // the file, or "" for a flag
}

// Text is the value as --override KEY=VALUE takes it.
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

// ParseOverride reads KEY=VALUE. The registry's kind decides how the value is
// read: a string parameter takes it as it stands, the others as a JSON scalar.
func (e *Engine) ParseOverride(arg string) (Override, error) {
	key, text, ok := strings.Cut(arg, "=")
	key = strings.TrimSpace(key)
	if !ok || key == "" {
		return Override{}, source.Wrong("read --override", fmt.Sprintf("%q is not KEY=VALUE", arg), "for example --override history.replicas=8")
	}
	e.mu.Lock()
	kind := e.kindOf(key)
	e.mu.Unlock()
	name := "--override " + arg
	if kind == "string" || kind == "duration" {
		if unquoted, err := strconv.Unquote(text); err == nil {
			text = unquoted
		}
		return Override{Key: key, expr: at(name, ast.NewString(text))}, nil
	}
	if expr, err := parser.ParseExpr(name, text); err == nil && isData(expr) {
		return Override{Key: key, expr: expr}, nil
	}
	return Override{Key: key, expr: at(name, ast.NewString(text))}, nil
}

// isData reports whether an expression is a literal: no references, no operators.
func isData(expr ast.Expr) bool {
	ok := true
	ast.Walk(expr, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			// a label is a name, not a reference
			ok = ok && isData(n.Value)
			return false
		case *ast.StructLit, *ast.ListLit:
		case *ast.BasicLit:
			// a number that nothing could hold is no value, nor are those of YAML that are none
			x, err := strconv.ParseFloat(n.Value, 64)
			ok = ok && !errors.Is(err, strconv.ErrRange) && !math.IsNaN(x) && (err != nil || !math.IsInf(x, 0))
		case *ast.UnaryExpr:
			ok = ok && n.Op == token.SUB
		default:
			ok = false
		}
		return ok
	}, nil)
	return ok
}

// at gives a literal a place, so that errors can name it.
func at(file string, lit *ast.BasicLit) *ast.BasicLit {
	lit.ValuePos = token.NewFile(file, 0, 1).Pos(0, token.NoRelPos)
	return lit
}

// ReadOverrides reads a file of overrides: CUE, YAML or JSON, one struct with
// a field for each key.
func ReadOverrides(name string) ([]Override, error) {
	const doing = "read overrides"
	decls, err := extract(doing, name)
	if err != nil {
		return nil, err
	}
	found, err := fieldsOf(doing, name, decls)
	if err == nil && len(found) == 1 && found[0].Key == "overrides" {
		// the form of a deployment is welcome too
		if inner, ok := found[0].expr.(*ast.StructLit); ok {
			return fieldsOf(doing, name, inner.Elts)
		}
	}
	return found, err
}

// extract reads a file of plain values as syntax that knows its places.
func extract(doing, name string) ([]ast.Decl, error) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return nil, source.Wrong(doing, name+" is a folder", "name a .cue, .yaml or .json file")
	}
	data, err := budget.PlainFile.ReadFile(name)
	if err != nil {
		return nil, unreadable(doing, err, "")
	}
	return syntaxIn(doing, name, data)
}

// syntaxIn reads what a file of plain values holds, by its extension.
func syntaxIn(doing, name string, data []byte) ([]ast.Decl, error) {
	text, problem := source.Text(name, data)
	if problem != nil {
		return nil, &source.Error{Doing: doing, Problems: []source.Problem{*problem}}
	}
	data = []byte(text)
	switch ext := filepath.Ext(name); ext {
	case ".cue":
		file, err := parser.ParseFile(name, data)
		if err != nil {
			return nil, problems(doing, err, ".")
		}
		return file.Decls, nil
	case ".yaml", ".yml":
		return yamlIn(doing, name, data)
	case ".json":
		if err := validJSON(name, data); err != nil {
			return nil, &source.Error{Doing: doing, Problems: []source.Problem{*err}}
		}
		expr, err := json.Extract(name, data)
		if err != nil {
			return nil, problems(doing, err, ".")
		}
		return []ast.Decl{&ast.EmbedDecl{Expr: expr}}, nil
	default:
		return nil, source.Wrong(doing, fmt.Sprintf("%s has extension %q", name, ext), "allowed: .cue, .yaml, .yml, .json")
	}
}

// yamlIn reads YAML. CUE's reader counts lines by their line feeds alone, and
// panics where it meets the other line breaks that YAML has.
func yamlIn(doing, name string, data []byte) (decls []ast.Decl, err error) {
	defer func() {
		if recover() != nil {
			err = source.Wrong(doing, name+" has line breaks that cannot be counted", "end each line by a line feed")
		}
	}()
	file, err := yaml.Extract(name, data)
	if err != nil {
		return nil, problems(doing, err, ".")
	}
	return file.Decls, nil
}

func fieldsOf(doing, name string, decls []ast.Decl) ([]Override, error) {
	var found []Override
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.Package, *ast.CommentGroup, *ast.Attribute:
		case *ast.EmbedDecl:
			s, ok := d.Expr.(*ast.StructLit)
			if !ok {
				return nil, &source.Error{Doing: doing, Problems: []source.Problem{{Message: "there is no struct of keys and values", Pos: posIn(name, d), Hint: "write one KEY: VALUE a line"}}}
			}
			inner, err := fieldsOf(doing, name, s.Elts)
			if err != nil {
				return nil, err
			}
			found = append(found, inner...)
		case *ast.Field:
			label, _, err := ast.LabelName(d.Label)
			if err != nil || !isData(d.Value) {
				hint := "expressions belong into a deployment: profiles/NAME/deployment.cue"
				if IsPlain(name) {
					hint = "a number, text, true, false, a list or a struct; .nan and .inf are no numbers"
				}
				return nil, &source.Error{Doing: doing, Problems: []source.Problem{{Message: "only plain values can be given here", Pos: toPos(d.Pos(), "."), Hint: hint}}}
			}
			for _, o := range found {
				if o.Key == label {
					return nil, &source.Error{Doing: doing, Problems: []source.Problem{{Message: fmt.Sprintf("%s is given twice, first at %v", label, toPos(o.expr.Pos(), ".")), Pos: toPos(d.Pos(), "."), Hint: "keep one of them"}}}
				}
			}
			found = append(found, Override{Key: label, expr: d.Value, source: name})
		default:
			return nil, &source.Error{Doing: doing, Problems: []source.Problem{{Message: "only KEY: VALUE is allowed here", Pos: toPos(d.Pos(), "."), Hint: "expressions and imports belong into a deployment: profiles/NAME/deployment.cue"}}}
		}
	}
	return found, nil
}

// posIn is the place of a node in a file, or at least the file.
func posIn(name string, n ast.Node) source.Pos {
	if pos := toPos(n.Pos(), "."); !pos.IsZero() {
		return pos
	}
	return source.Pos{File: name, Line: 1, Column: 1}
}

// winning are the overrides that no later source replaces, in any spelling of
// the key: a flag wins over a file, and a later flag over an earlier. Two
// spellings in one file both stay, for the constraint that refuses them.
func winning(given []Override) []Override {
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
