// Package cuefile reads CUE, YAML and JSON files as CUE syntax, evaluates nothing, and
// reports errors in the user's terms.
package cuefile

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/cuecontext"
	cueerrors "cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"
	"cuelang.org/go/encoding/json"
	"cuelang.org/go/encoding/yaml"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// SchemaField names the JSON Schema of a file, for editors.
const SchemaField = "$schema"

// IsPlain reports whether a name is that of a YAML or JSON file.
func IsPlain(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(name))
}

// ReadValues reads a file of plain values as syntax with its places.
func ReadValues(doing, name string) ([]ast.Decl, error) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return nil, source.Wrong(doing, name+" is a folder", "name a .cue, .yaml or .json file")
	}
	data, err := budget.PlainFile.ReadFile(name)
	if err != nil {
		return nil, source.Unreadable(doing, err, "")
	}
	return ParseValues(doing, name, data)
}

// ParseValues parses plain values as the extension of the file asks for.
func ParseValues(doing, name string, data []byte) ([]ast.Decl, error) {
	text, problem := source.Text(name, data)
	if problem != nil {
		return nil, &source.Error{Doing: doing, Problems: []source.Problem{*problem}}
	}
	data = []byte(text)
	switch ext := filepath.Ext(name); ext {
	case ".cue":
		file, err := ParseFile(name, data)
		if err != nil {
			return nil, UserError(doing, err, ".")
		}
		return file.Decls, nil
	case ".yaml", ".yml":
		return parseYAML(doing, name, data)
	case ".json":
		if err := source.CheckJSON(name, data); err != nil {
			return nil, &source.Error{Doing: doing, Problems: []source.Problem{*err}}
		}
		expr, err := json.Extract(name, data)
		if err != nil {
			return nil, UserError(doing, err, ".")
		}
		return []ast.Decl{&ast.EmbedDecl{Expr: expr}}, nil
	default:
		return nil, source.Wrong(doing, fmt.Sprintf("%s has extension %q", name, ext), "allowed: .cue, .yaml, .yml, .json")
	}
}

// parseYAML parses YAML. CUE's reader counts lines by their line feeds alone, and panics
// at the other line breaks of YAML.
func parseYAML(doing, name string, data []byte) (decls []ast.Decl, err error) {
	defer func() {
		if recover() != nil {
			err = source.Wrong(doing, name+" has line breaks that cannot be counted", "end each line by a line feed")
		}
	}()
	file, err := yaml.Extract(name, data)
	if err != nil {
		return nil, syntaxError(doing, name, err)
	}
	return file.Decls, nil
}

// syntaxError returns an error of the YAML parser with its place. CUE writes the place into the text of the error.
func syntaxError(doing, name string, err error) error {
	where, message, _ := strings.Cut(strings.TrimPrefix(err.Error(), name), ": ")
	line, lineErr := strconv.Atoi(strings.TrimPrefix(where, ":"))
	if lineErr != nil {
		return UserError(doing, err, ".")
	}
	remedy := "correct the indentation, quotes or brackets in this line or above it; indent with spaces, not tabs"
	if strings.HasPrefix(message, "aliases") {
		remedy = "write the values without aliases"
	} else {
		message = "not valid YAML: " + message
	}
	return &source.Error{Doing: doing, Problems: []source.Problem{{
		Message: message, Pos: source.Pos{File: relativeName(name, "."), Line: line, Column: 1}, Remedy: remedy,
	}}}
}

// ConvertToJSON returns the JSON of a JSON or YAML file. CUE's reader keeps text such as
// a date as it is written.
func ConvertToJSON(doing, name string, data []byte) ([]byte, error) {
	if isYAML := filepath.Ext(name) == ".yaml" || filepath.Ext(name) == ".yml"; !isYAML {
		if problem := source.CheckJSON(name, data); problem != nil {
			return nil, &source.Error{Doing: doing, Problems: []source.Problem{*problem}}
		}
		return data, nil
	}
	decls, err := ParseValues(doing, name, data)
	if err != nil {
		return nil, err
	}
	text, err := cuecontext.New().BuildFile(&ast.File{Filename: name, Decls: decls}).MarshalJSON()
	if err != nil {
		return nil, UserError(doing, cueerrors.Promote(err, ""), "")
	}
	return text, nil
}

// IsLiteral reports whether an expression is plain data: no references, no operators.
func IsLiteral(expr ast.Expr) bool {
	ok := true
	ast.Walk(expr, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			// a label is a name, not a reference
			ok = ok && IsLiteral(n.Value)
			return false
		case *ast.CommentGroup:
			return false
		case *ast.StructLit, *ast.ListLit:
		case *ast.BasicLit:
			// .nan and .inf of YAML are not values, nor is a number out of range
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

// VisitFields visits the regular fields of declarations, and of the structs that are
// embedded in or unified with them.
func VisitFields(decls []ast.Decl, visit func(name string, f *ast.Field)) {
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.Field:
			name, _, err := ast.LabelName(d.Label)
			if err == nil && !strings.HasPrefix(name, "_") && !strings.HasPrefix(name, "#") {
				visit(name, d)
			}
		case *ast.EmbedDecl:
			switch x := d.Expr.(type) {
			case *ast.StructLit:
				VisitFields(x.Elts, visit)
			case *ast.ParenExpr:
				VisitFields([]ast.Decl{&ast.EmbedDecl{Expr: x.X}}, visit)
			case *ast.BinaryExpr:
				VisitFields([]ast.Decl{&ast.EmbedDecl{Expr: x.X}, &ast.EmbedDecl{Expr: x.Y}}, visit)
			}
		}
	}
}

// FindString returns the text of a regular field of a file of plain values, "" if it has
// none.
func FindString(decls []ast.Decl, field string) string {
	text := ""
	VisitFields(decls, func(name string, f *ast.Field) {
		if lit, ok := f.Value.(*ast.BasicLit); ok && name == field {
			text = strings.Trim(lit.Value, `"'`)
		}
	})
	return text
}
