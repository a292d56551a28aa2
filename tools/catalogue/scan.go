package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"sort"
	"strings"
)

// serverSetting is one registered key of one server version.
type serverSetting struct {
	key         string
	pkg         string // import path of the registering package
	module      string
	precedence  string
	kind        string
	gradual     bool
	fields      []string
	def         any    // nil when it could not be evaluated
	expr        string // the default's source text then
	constrained []constrainedValue
	note        string
	doc         string
}

type constrainedValue struct {
	constraints object
	value       any
}

// scanner finds the registrations in a server's source.
type scanner struct {
	*source
	constructors map[string]constructor
}

// scan returns the settings that a running server registers, ordered by key.
// Packages that the server does not link, such as its own test helpers or
// libraries that are not finished, register nothing.
func scan(src *source) ([]serverSetting, error) {
	return registrations(src, src.linked(serverModule+"/temporal"))
}

// registrations returns the settings that the packages named in among register;
// nil means all packages.
func registrations(src *source, among map[string]bool) ([]serverSetting, error) {
	ctors, err := constructors(src)
	if err != nil {
		return nil, err
	}
	sc := scanner{src, ctors}
	var settings []serverSetting
	var errs []error
	for _, p := range src.sorted() {
		if among != nil && !among[p.path] {
			continue
		}
		for _, f := range p.files {
			found, err := sc.scanFile(f)
			settings = append(settings, found...)
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	sort.Slice(settings, func(i, j int) bool {
		return strings.ToLower(settings[i].key) < strings.ToLower(settings[j].key)
	})
	for i := 1; i < len(settings); i++ {
		if strings.EqualFold(settings[i-1].key, settings[i].key) {
			return nil, fmt.Errorf("scan: %s is registered in %s and in %s", settings[i].key, settings[i-1].pkg, settings[i].pkg)
		}
	}
	return settings, nil
}

func (sc scanner) scanFile(f *file) ([]serverSetting, error) {
	var settings []serverSetting
	var errs []error
	for _, decl := range f.syntax.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok {
			if _, isConstructor := sc.constructors[fn.Name.Name]; isConstructor && f.pkg.path == settingPackage {
				// constructors call each other; the key is their parameter
				continue
			}
		}
		var commented ast.Node = decl
		ast.Inspect(decl, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok {
				commented = spec
			}
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			c, ok := sc.constructorOf(call, f)
			if !ok {
				return true
			}
			s, err := sc.setting(call, c, f)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", sc.fset.Position(call.Pos()), err))
				return false
			}
			if s.doc == "" {
				s.doc = goDoc(commented)
			}
			settings = append(settings, s)
			return false
		})
	}
	return settings, errors.Join(errs...)
}

func (sc scanner) constructorOf(call *ast.CallExpr, f *file) (constructor, bool) {
	fun := call.Fun
	if index, ok := fun.(*ast.IndexExpr); ok {
		fun = index.X
	}
	p, _, name, ok := sc.locate(fun, f)
	if !ok || p == nil || p.path != settingPackage {
		return constructor{}, false
	}
	c, ok := sc.constructors[name]
	return c, ok
}

func (sc scanner) setting(call *ast.CallExpr, c constructor, f *file) (serverSetting, error) {
	convertAt, defAt, docAt := c.arguments()
	if len(call.Args) != docAt+1 {
		return serverSetting{}, fmt.Errorf("read registration: %d arguments, want %d", len(call.Args), docAt+1)
	}
	key, err := sc.constant(call.Args[0], f)
	if err != nil {
		return serverSetting{}, fmt.Errorf("read key: %w", err)
	}
	if key.Kind() != constant.String {
		return serverSetting{}, fmt.Errorf("read key: %s is not a string", key)
	}
	out := serverSetting{
		key: constant.StringVal(key), pkg: f.pkg.path, module: f.pkg.module, precedence: c.precedence,
		note: sc.noteBeside(call.Args[defAt], call.Args[docAt], f),
	}
	if doc, err := sc.constant(call.Args[docAt], f); err == nil && doc.Kind() == constant.String {
		out.doc = oneLine(constant.StringVal(doc))
	}

	var in converterArgument
	converted := false
	if convertAt >= 0 {
		in, converted = sc.converterInput(call.Args[convertAt], f)
	}
	sh, err := sc.settingShape(call, c, f, in, converted)
	if err != nil {
		return serverSetting{}, fmt.Errorf("read %s: %w", out.key, err)
	}
	out.kind, out.gradual, out.fields = sh.kind, sh.gradual, sh.fieldLabels()
	if c.constrained {
		if err := sc.constrainedDefault(&out, call.Args[defAt], f, sh); err != nil {
			return serverSetting{}, fmt.Errorf("read %s: %w", out.key, err)
		}
		return out, nil
	}
	out.def, err = sc.value(call.Args[defAt], f, sh)
	if err != nil && converted && in.base != nil {
		// the converter's base fills the missing parts of a configured value
		out.def, err = sc.value(in.base, in.in, sh)
	}
	if err != nil {
		out.def, out.expr = nil, sc.expression(call.Args[defAt], f)
	}
	return out, nil
}

// settingShape returns the shape of the key's configured value.
func (sc scanner) settingShape(call *ast.CallExpr, c constructor, f *file, in converterArgument, converted bool) (shape, error) {
	switch c.typ {
	case "Map":
		return shape{kind: "map", elem: &opaque}, nil
	case "Typed":
	default:
		return shape{kind: strings.ToLower(c.typ)}, nil
	}
	if converted {
		return in.shape, nil
	}
	if index, ok := call.Fun.(*ast.IndexExpr); ok {
		return sc.shapeOf(index.Index, f)
	}
	_, defAt, _ := c.arguments()
	sh, err := sc.typeOf(call.Args[defAt], f)
	if errors.Is(err, errOutside) {
		// the one kind of type that the server takes from other modules
		return shape{kind: "struct"}, nil
	}
	return sh, err
}

// constrainedDefault splits a compound default: the unconstrained value is the
// default, and the others go to constrained.
func (sc scanner) constrainedDefault(out *serverSetting, expr ast.Expr, f *file, sh shape) error {
	if d, ok := sc.variable(expr, f); ok {
		expr, f = d.init, d.file
	}
	lit, ok := expr.(*ast.CompositeLit)
	if !ok {
		return fmt.Errorf("evaluate %s: not a list of constrained values", sc.text(expr))
	}
	for _, elt := range lit.Elts {
		entry, ok := elt.(*ast.CompositeLit)
		if !ok {
			return fmt.Errorf("evaluate %s: not a constrained value", sc.text(elt))
		}
		constraints := object{}
		var value any
		for _, e := range entry.Elts {
			kv, ok := e.(*ast.KeyValueExpr)
			if !ok {
				return fmt.Errorf("evaluate %s: fields without names", sc.text(entry))
			}
			var err error
			switch name := sc.text(kv.Key); name {
			case "Value":
				value, err = sc.value(kv.Value, f, sh)
			case "Constraints":
				constraints, err = sc.constraints(kv.Value, f)
			default:
				err = fmt.Errorf("evaluate %s: unknown field %s", sc.text(entry), name)
			}
			if err != nil {
				return err
			}
		}
		if value == nil {
			v, ok := zero(sh)
			if !ok {
				return fmt.Errorf("evaluate %s: no value", sc.text(entry))
			}
			value = v
		}
		if len(constraints) == 0 {
			out.def = value
			continue
		}
		out.constrained = append(out.constrained, constrainedValue{constraints, value})
	}
	return nil
}

func (sc scanner) constraints(expr ast.Expr, f *file) (object, error) {
	lit, ok := expr.(*ast.CompositeLit)
	if !ok {
		return nil, fmt.Errorf("evaluate %s: not a literal", sc.text(expr))
	}
	out := object{}
	for _, elt := range lit.Elts {
		kv, ok := elt.(*ast.KeyValueExpr)
		if !ok {
			return nil, fmt.Errorf("evaluate %s: constraints without names", sc.text(expr))
		}
		c, err := sc.constant(kv.Value, f)
		if err != nil {
			return nil, err
		}
		kind := "int"
		if c.Kind() == constant.String {
			kind = "string"
		}
		v, err := scalar(c, kind)
		if err != nil {
			return nil, err
		}
		out = append(out, member{constraintName(sc.text(kv.Key)), v})
	}
	return out, nil
}

// constraintName is the name of a constraint in a dynamic-config file.
func constraintName(goField string) string {
	switch goField {
	case "NamespaceID":
		return "namespaceID"
	case "ShardID":
		return "shardID"
	case "TaskQueueType":
		return "taskType"
	case "TaskType":
		return "historyTaskType"
	}
	return strings.ToLower(goField[:1]) + goField[1:]
}

// noteBeside is the comment that follows the default on its line; the server
// uses it to say what the value does not, such as "0 means retry forever".
func (sc scanner) noteBeside(def, next ast.Expr, f *file) string {
	line := sc.fset.Position(def.End()).Line
	for _, group := range f.syntax.Comments {
		if group.Pos() > def.End() && group.Pos() < next.Pos() && sc.fset.Position(group.Pos()).Line == line {
			return oneLine(group.Text())
		}
	}
	return ""
}

func goDoc(n ast.Node) string {
	switch n := n.(type) {
	case *ast.ValueSpec:
		return oneLine(n.Doc.Text())
	case *ast.GenDecl:
		return oneLine(n.Doc.Text())
	}
	return ""
}
