package compile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/load"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
	"cuelang.org/go/encoding/json"
	"cuelang.org/go/encoding/yaml"
)

// A Request asks for one compile. Either Preset or Path names what to start
// from; everything else goes on top of it.
type Request struct {
	Preset          string
	Path            string // folder of a deployment
	Name            string
	Modifier        string
	Overrides       []Override // later ones win
	TemporalVersion string
	PluginVersion   string
	// SDKs and Platforms select adapters by name. Nil takes what the deployment
	// names or, for a preset, all; an empty list takes none.
	SDKs, Platforms []string
	// Deployed are the values that run on the cluster today, by key.
	Deployed map[string]any
}

// An Override is one value that wins, and where it was given.
type Override struct {
	Key  string
	expr ast.Expr
}

// maxOverrides bounds an overrides file: a configuration is small.
const maxOverrides = 1 << 20

// ParseOverride reads KEY=VALUE. The registry's kind decides how the value is
// read: a string parameter takes it as it stands, the others as a JSON scalar.
func (e *Engine) ParseOverride(arg string) (Override, error) {
	key, text, ok := strings.Cut(arg, "=")
	key = strings.TrimSpace(key)
	if !ok || key == "" {
		return Override{}, inputError("read --override", fmt.Sprintf("%q is not KEY=VALUE", arg), "for example --override history.replicas=8")
	}
	e.mu.Lock()
	kind := e.kindOf(key)
	e.mu.Unlock()
	name := "--override " + arg
	if kind == "string" || kind == "duration" {
		return Override{key, at(name, ast.NewString(strings.Trim(text, `"`)))}, nil
	}
	if expr, err := parser.ParseExpr(name, text); err == nil && isData(expr) {
		return Override{key, expr}, nil
	}
	return Override{key, at(name, ast.NewString(text))}, nil
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
		case *ast.BasicLit, *ast.StructLit, *ast.ListLit:
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
	info, err := os.Stat(name)
	if err != nil {
		return nil, inputError(doing, err.Error(), "")
	}
	if info.IsDir() {
		return nil, inputError(doing, name+" is a folder", "name a .cue, .yaml or .json file")
	}
	if info.Size() > maxOverrides {
		return nil, inputError(doing, fmt.Sprintf("%s has %d bytes; overrides take at most %d", name, info.Size(), maxOverrides), "")
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, inputError(doing, err.Error(), "")
	}
	var decls []ast.Decl
	switch ext := filepath.Ext(name); ext {
	case ".cue":
		file, err := parser.ParseFile(name, data)
		if err != nil {
			return nil, problems(doing, err, ".")
		}
		decls = file.Decls
	case ".yaml", ".yml":
		file, err := yaml.Extract(name, data)
		if err != nil {
			return nil, problems(doing, err, ".")
		}
		decls = file.Decls
	case ".json":
		expr, err := json.Extract(name, data)
		if err != nil {
			return nil, problems(doing, err, ".")
		}
		decls = []ast.Decl{&ast.EmbedDecl{Expr: expr}}
	default:
		return nil, inputError(doing, fmt.Sprintf("%s has extension %q", name, ext), "allowed: .cue, .yaml, .yml, .json")
	}
	return fieldsOf(doing, decls)
}

func fieldsOf(doing string, decls []ast.Decl) ([]Override, error) {
	var found []Override
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.Package, *ast.CommentGroup, *ast.Attribute:
		case *ast.EmbedDecl:
			s, ok := d.Expr.(*ast.StructLit)
			if !ok {
				return nil, &InputError{doing, []Problem{{Message: "there is no struct of keys and values", Pos: toPos(d.Pos(), "."), Hint: "write one KEY: VALUE a line"}}}
			}
			inner, err := fieldsOf(doing, s.Elts)
			if err != nil {
				return nil, err
			}
			found = append(found, inner...)
		case *ast.Field:
			label, _, err := ast.LabelName(d.Label)
			if err != nil || !isData(d.Value) {
				return nil, &InputError{doing, []Problem{{Message: "only plain values can be given here", Pos: toPos(d.Pos(), "."), Hint: "expressions belong into a deployment: profiles/NAME/deployment.cue"}}}
			}
			found = append(found, Override{label, d.Value})
		default:
			return nil, &InputError{doing, []Problem{{Message: "only KEY: VALUE is allowed here", Pos: toPos(d.Pos(), "."), Hint: "expressions and imports belong into a deployment: profiles/NAME/deployment.cue"}}}
		}
	}
	return found, nil
}

// deployment builds the value that a request describes, and names the
// executable adapters that it asks for beside.
func (e *Engine) deployment(r Request) (cue.Value, []executable, error) {
	if r.Path == "" {
		return e.fromPreset(r)
	}
	user, err := e.fromPath(r.Path)
	if err != nil {
		return cue.Value{}, nil, err
	}
	if !r.changes() {
		return user.value, nil, nil
	}
	return e.restated(user, r)
}

func (r Request) changes() bool {
	return r.Name != "" || r.Modifier != "" || len(r.Overrides) > 0 || r.TemporalVersion != "" ||
		r.PluginVersion != "" || r.SDKs != nil || r.Platforms != nil || r.Deployed != nil
}

type userPackage struct {
	path  string // import path
	value cue.Value
}

func (e *Engine) fromPath(dir string) (userPackage, error) {
	const doing = "read deployment"
	info, err := os.Stat(dir)
	if err != nil {
		return userPackage{}, inputError(doing, err.Error(), "")
	}
	if !info.IsDir() {
		return userPackage{}, inputError(doing, dir+" is not a folder", "name the folder of a deployment, such as profiles/NAME")
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return userPackage{}, inputError(doing, err.Error(), "")
	}
	inst := load.Instances([]string{"."}, &load.Config{Dir: abs})[0]
	if inst.Err != nil {
		if len(inst.BuildFiles) == 0 && !hasCUE(os.DirFS(abs), ".") {
			return userPackage{}, inputError(doing, "there is no deployment in "+dir, "a deployment is a CUE package that embeds schema.#Deployment")
		}
		return userPackage{}, problems(doing, inst.Err, e.module.root)
	}
	e.remember(inst)
	v := e.ctx.BuildInstance(inst)
	if err := v.Err(); err != nil && !v.LookupPath(cue.ParsePath("violations")).Exists() {
		return userPackage{}, problems(doing, err, e.module.root)
	}
	if !v.LookupPath(cue.ParsePath("preset")).Exists() || !v.LookupPath(cue.ParsePath("violations")).Exists() {
		return userPackage{}, inputError(doing, "there is no deployment in "+dir, "a deployment embeds schema.#Deployment and names a preset")
	}
	return userPackage{trimMajor(inst.ImportPath), v}, nil
}

// A statement writes the package of a command line: imports and fields as
// syntax, so that every value keeps the place where the user gave it.
type statement struct {
	engine  *Engine
	imports []*ast.ImportSpec
	aliases map[string]string
	fields  []ast.Decl

	external []executable
}

func (s *statement) use(path string) *ast.Ident {
	if s.aliases == nil {
		s.aliases = map[string]string{}
	}
	alias, ok := s.aliases[path]
	if !ok {
		alias = fmt.Sprintf("p%d", len(s.aliases))
		s.aliases[path] = alias
		s.imports = append(s.imports, ast.NewImport(ast.NewIdent(alias), s.engine.byPath[path].ImportPath))
	}
	return ast.NewIdent(alias)
}

func (s *statement) set(name string, value ast.Expr) {
	s.fields = append(s.fields, &ast.Field{Label: ast.NewString(name), Value: value})
}

func (s *statement) build() (cue.Value, error) {
	e := s.engine
	file := &ast.File{Filename: "command line"}
	decl := &ast.ImportDecl{Specs: s.imports}
	file.Decls = append(file.Decls, &ast.Package{Name: ast.NewIdent("command_line")}, decl)
	file.Decls = append(file.Decls, s.fields...)
	inst := build.NewContext(build.Loader(e.loader)).NewInstance("command line", nil)
	inst.ImportPath = modulePath + "/command_line"
	if err := inst.AddSyntax(file); err != nil {
		return cue.Value{}, problems("read the request", err, e.module.root)
	}
	if err := inst.Complete(); err != nil {
		return cue.Value{}, problems("read the request", err, e.module.root)
	}
	return e.ctx.BuildInstance(inst), nil
}

func field(x ast.Expr, name string) ast.Expr {
	return &ast.IndexExpr{X: x, Index: ast.NewString(name)}
}

func (e *Engine) start() *statement {
	s := &statement{engine: e}
	schema := s.use(modulePath + "/schema")
	s.fields = append(s.fields, &ast.EmbedDecl{Expr: ast.NewSel(schema, "#Deployment")})
	return s
}

func (e *Engine) fromPreset(r Request) (cue.Value, []executable, error) {
	s := e.start()
	path, err := e.lookup("presets", r.Preset)
	if err != nil {
		return cue.Value{}, nil, err
	}
	s.set("preset", field(s.use(path), r.Preset))
	if err := s.common(r); err != nil {
		return cue.Value{}, nil, err
	}
	s.overrides(nil, r.Overrides)
	adapters := &ast.StructLit{}
	if err := s.adapters(adapters, "sdk", r.SDKs); err != nil {
		return cue.Value{}, nil, err
	}
	if err := s.adapters(adapters, "platform", r.Platforms); err != nil {
		return cue.Value{}, nil, err
	}
	s.set("adapters", adapters)
	v, err := s.build()
	return v, s.external, err
}

// adapters adds the adapters of one kind that were asked for: all of them where names is nil.
func (s *statement) adapters(to *ast.StructLit, kind string, names []string) error {
	chosen, external, err := s.engine.choose(kind, names)
	s.external = append(s.external, external...)
	for _, a := range chosen {
		to.Elts = append(to.Elts, &ast.Field{Label: ast.NewString(a.Name), Value: ast.NewSel(s.use(a.path), "#Adapter")})
	}
	return err
}

// common sets what a flag gave, for a preset and for a deployment alike.
func (s *statement) common(r Request) error {
	if r.Name != "" {
		s.set("name", ast.NewString(r.Name))
	}
	if r.Modifier != "" {
		path, err := s.engine.lookup("modifiers", r.Modifier)
		if err != nil {
			return err
		}
		s.set("modifier", field(s.use(path), r.Modifier))
	}
	if r.TemporalVersion != "" {
		s.set("temporal_version", ast.NewString(r.TemporalVersion))
	}
	if r.PluginVersion != "" {
		s.set("plugin_version", ast.NewString(r.PluginVersion))
	}
	if r.Deployed != nil {
		deployed, ok := s.engine.ctx.Encode(r.Deployed).Syntax(cue.Final()).(ast.Expr)
		if !ok {
			return fmt.Errorf("encode deployed values")
		}
		s.set("deployed", deployed)
	}
	return nil
}

// overrides sets the flags' overrides, and those of the base that no flag replaces.
func (s *statement) overrides(base ast.Expr, given []Override, kept ...string) {
	last := map[string]int{}
	for i, o := range given {
		last[o.Key] = i
	}
	all := &ast.StructLit{}
	for _, key := range kept {
		all.Elts = append(all.Elts, &ast.Field{Label: ast.NewString(key), Value: field(base, key)})
	}
	for i, o := range given {
		if last[o.Key] == i {
			all.Elts = append(all.Elts, &ast.Field{Label: ast.NewString(o.Key), Value: o.expr})
		}
	}
	s.set("overrides", all)
}

// restated is a deployment with the command line's changes on top.
func (e *Engine) restated(user userPackage, r Request) (cue.Value, []executable, error) {
	if err := e.core(); err != nil {
		return cue.Value{}, nil, err
	}
	s := e.start()
	base := func() ast.Expr { return s.use(user.path) }
	s.set("preset", field(base(), "preset"))
	keep := func(name, flag string) {
		if flag == "" && user.value.LookupPath(cue.MakePath(cue.Str(name))).Exists() {
			s.set(name, field(base(), name))
		}
	}
	keep("name", r.Name)
	keep("modifier", r.Modifier)
	keep("temporal_version", r.TemporalVersion)
	keep("plugin_version", r.PluginVersion)
	keep("site", "")
	if r.Deployed == nil {
		keep("deployed", "")
	}
	if err := s.common(r); err != nil {
		return cue.Value{}, nil, err
	}
	given := map[string]bool{}
	for _, o := range r.Overrides {
		given[strings.ToLower(o.Key)] = true
	}
	var kept []string
	if fields, err := user.value.LookupPath(cue.ParsePath("overrides")).Fields(); err == nil {
		for fields.Next() {
			if key := fields.Selector().Unquoted(); !given[strings.ToLower(key)] {
				kept = append(kept, key)
			}
		}
	}
	s.overrides(field(base(), "overrides"), r.Overrides, kept...)

	adapters := &ast.StructLit{}
	replaced := map[string]bool{"sdk": r.SDKs != nil, "platform": r.Platforms != nil}
	if fields, err := user.value.LookupPath(cue.ParsePath("adapters")).Fields(); err == nil {
		for fields.Next() {
			kind, _ := fields.Value().LookupPath(cue.ParsePath("kind")).String()
			if name := fields.Selector().Unquoted(); !replaced[kind] {
				adapters.Elts = append(adapters.Elts, &ast.Field{Label: ast.NewString(name), Value: field(field(base(), "adapters"), name)})
			}
		}
	}
	if r.SDKs != nil {
		if err := s.adapters(adapters, "sdk", r.SDKs); err != nil {
			return cue.Value{}, nil, err
		}
	}
	if r.Platforms != nil {
		if err := s.adapters(adapters, "platform", r.Platforms); err != nil {
			return cue.Value{}, nil, err
		}
	}
	s.set("adapters", adapters)
	v, err := s.build()
	return v, s.external, err
}
