package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// source is the parsed, non-test Go code of a few modules. Only the syntax is
// read: nothing of the server has to compile here.
type source struct {
	fset     *token.FileSet
	packages map[string]*pkg // by import path
}

// pkg is one package and its package-level declarations.
type pkg struct {
	path    string
	module  string
	name    string
	files   []*file
	consts  map[string]declaration
	vars    map[string]declaration
	types   map[string]typeDeclaration
	funcs   map[string]funcDeclaration
	imports map[string]bool
}

// file is the scope in which an expression's package names are to be read.
type file struct {
	pkg     *pkg
	syntax  *ast.File
	imports map[string]string // local name -> import path
}

// declaration is a package-level constant or variable.
type declaration struct {
	file *file
	typ  ast.Expr // nil when inferred
	init ast.Expr // nil when it has none itself
}

type typeDeclaration struct {
	file *file
	spec *ast.TypeSpec
}

type funcDeclaration struct {
	file *file
	decl *ast.FuncDecl
}

// target is the platform whose build constraints apply, fixed so that the
// catalogue does not depend on the machine that generates it.
func target() build.Context {
	ctx := build.Default
	ctx.GOOS, ctx.GOARCH, ctx.CgoEnabled = "linux", "amd64", false
	ctx.BuildTags, ctx.ToolTags = nil, nil
	return ctx
}

// parseModules reads every package of the modules.
func parseModules(modules []module) (*source, error) {
	src := &source{fset: token.NewFileSet(), packages: map[string]*pkg{}}
	for _, m := range modules {
		if err := src.addModule(m); err != nil {
			return nil, fmt.Errorf("parse %s@%s: %w", m.path, m.version, err)
		}
	}
	return src, nil
}

func (s *source) addModule(m module) error {
	ctx := target()
	return m.eachGoFile(func(folder, base string, text []byte) error {
		ctx.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
		if ok, err := ctx.MatchFile(folder, base); err != nil || !ok {
			return err
		}
		return s.addFile(m.path, path.Join(m.path, folder), path.Join(folder, base), text)
	})
}

// eachGoFile reads the module's Go files except tests; a folder is relative to
// the module's root.
func (m module) eachGoFile(read func(folder, base string, text []byte) error) error {
	return fs.WalkDir(m.files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := entry.Name()
		if entry.IsDir() {
			// the go command ignores these folders as well
			if name != "." && (base == "testdata" || base == "vendor" || base[0] == '.' || base[0] == '_') {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(base, ".go") || strings.HasSuffix(base, "_test.go") {
			return nil
		}
		text, err := fs.ReadFile(m.files, name)
		if err != nil {
			return err
		}
		return read(path.Dir(name), base, text)
	})
}

func (s *source) addFile(modulePath, importPath, name string, text []byte) error {
	syntax, err := parser.ParseFile(s.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	p := s.packages[importPath]
	if p == nil {
		p = &pkg{
			path: importPath, module: modulePath, name: syntax.Name.Name,
			consts: map[string]declaration{}, vars: map[string]declaration{},
			types: map[string]typeDeclaration{}, funcs: map[string]funcDeclaration{},
			imports: map[string]bool{},
		}
		s.packages[importPath] = p
	}
	f := &file{pkg: p, syntax: syntax, imports: map[string]string{}}
	p.files = append(p.files, f)
	for _, spec := range syntax.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		p.imports[imported] = true
		f.imports[localName(spec, imported)] = imported
	}
	for _, decl := range syntax.Decls {
		f.declare(decl)
	}
	return nil
}

// localName is the name by which a file calls an imported package. Without an
// alias it is guessed from the path, which holds for all packages whose
// declarations are looked up here.
func localName(spec *ast.ImportSpec, imported string) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	base := path.Base(imported)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(imported))
	}
	return base
}

func (f *file) declare(decl ast.Decl) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		if decl.Recv == nil {
			f.pkg.funcs[decl.Name.Name] = funcDeclaration{f, decl}
		}
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				f.pkg.types[spec.Name.Name] = typeDeclaration{f, spec}
			case *ast.ValueSpec:
				into := f.pkg.vars
				if decl.Tok == token.CONST {
					into = f.pkg.consts
				}
				for i, name := range spec.Names {
					d := declaration{file: f, typ: spec.Type}
					if i < len(spec.Values) {
						d.init = spec.Values[i]
					}
					into[name.Name] = d
				}
			}
		}
	}
}

// linked returns the packages that end up in a binary built from root.
func (s *source) linked(root string) map[string]bool {
	seen := map[string]bool{}
	var visit func(string)
	visit = func(importPath string) {
		p := s.packages[importPath]
		if p == nil || seen[importPath] {
			return
		}
		seen[importPath] = true
		for imported := range p.imports {
			visit(imported)
		}
	}
	visit(root)
	return seen
}

// sorted lists the packages by import path, so that every run reads them in the
// same order.
func (s *source) sorted() []*pkg {
	var list []*pkg
	for _, p := range s.packages {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b *pkg) int { return strings.Compare(a.path, b.path) })
	return list
}

// qualified splits pkg.Name into the import path and the name.
func (f *file) qualified(expr ast.Expr) (importPath, name string, ok bool) {
	sel, isSel := expr.(*ast.SelectorExpr)
	if !isSel {
		return "", "", false
	}
	x, isIdent := sel.X.(*ast.Ident)
	if !isIdent {
		return "", "", false
	}
	importPath, ok = f.imports[x.Name]
	return importPath, sel.Sel.Name, ok
}

// locate finds the package and the name that an identifier or a qualified
// identifier stands for; p is nil for a package outside the modules.
func (s *source) locate(expr ast.Expr, in *file) (p *pkg, importPath, name string, ok bool) {
	switch expr := expr.(type) {
	case *ast.Ident:
		return in.pkg, in.pkg.path, expr.Name, true
	case *ast.SelectorExpr:
		importPath, name, ok := in.qualified(expr)
		if !ok {
			return nil, "", "", false
		}
		return s.packages[importPath], importPath, name, true
	}
	return nil, "", "", false
}

// text returns the source of an expression, on one line.
func (s *source) text(expr ast.Expr) string {
	return oneLine(printNode(s.fset, expr))
}
