package compile

import (
	"fmt"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/token"
)

// A statement writes the package of a command line: imports and fields as
// syntax, so that every value keeps the place where the user gave it.
type statement struct {
	engine  *Engine
	imports []*ast.ImportSpec
	aliases map[string]string
	fields  []ast.Decl
	has     map[string]bool
	// whether packages are taken from the engine's scope instead of imported
	scoped bool
	of     cue.Value // the deployment that a scoped statement restates
	err    error     // of a package that cannot be built

	given    map[string]token.Pos
	external []executable
}

// ofAlias is the restated deployment in a scope.
const ofAlias = "$deployment"

func (e *Engine) state() *statement {
	return &statement{engine: e, aliases: map[string]string{}, has: map[string]bool{}, given: map[string]token.Pos{}}
}

func (s *statement) use(path string) *ast.Ident {
	if s.scoped {
		alias, err := s.engine.inScope(path)
		if err != nil {
			s.err = err
		}
		return ast.NewIdent(alias)
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
	s.has[name] = true
	s.fields = append(s.fields, &ast.Field{Label: ast.NewString(name), Value: value})
}

func (s *statement) build() (described, error) {
	const path = modulePath + "/command_line"
	e := s.engine
	if s.err != nil {
		return described{}, s.err
	}
	if s.scoped {
		in := e.scope
		if s.of.Exists() {
			in.value = in.value.FillPath(cue.MakePath(cue.Str(ofAlias)), s.of)
		}
		return described{value: in.evaluate(e.ctx, path, s.fields), given: s.given, external: s.external}, nil
	}
	file := &ast.File{Filename: "command line"}
	decl := &ast.ImportDecl{Specs: s.imports}
	file.Decls = append(file.Decls, &ast.Package{Name: ast.NewIdent("command_line")}, decl)
	file.Decls = append(file.Decls, s.fields...)
	inst := build.NewContext(build.Loader(e.loader)).NewInstance("command line", nil)
	inst.ImportPath = path
	if err := inst.AddSyntax(file); err != nil {
		return described{}, problems("read the request", err, e.module.root)
	}
	if err := inst.Complete(); err != nil {
		return described{}, problems("read the request", err, e.module.root)
	}
	return described{value: e.ctx.BuildInstance(inst), given: s.given, external: s.external}, nil
}

func field(x ast.Expr, name string) ast.Expr {
	return &ast.IndexExpr{X: x, Index: ast.NewString(name)}
}

// deployment makes the fields a deployment: once as stock cue does it, then on
// top of the evaluated schema, whose tables are worked out once for all compiles.
func (s *statement) deployment(how extent) (described, error) {
	s.fields = append(s.fields, how.field())
	if s.scoped && how == filed {
		s.fields = append(s.fields, &ast.Field{Label: ast.NewIdent("#filled"), Value: ast.NewBool(true)})
	}
	if !s.scoped {
		s.fields = append(s.fields, &ast.EmbedDecl{Expr: ast.NewSel(s.use(modulePath+"/schema"), "#Deployment")})
		return s.build()
	}
	schema, err := s.engine.value(modulePath + "/schema")
	if err != nil {
		return described{}, err
	}
	d, err := s.build()
	if err != nil {
		return d, err
	}
	d.value = schema.LookupPath(cue.ParsePath("#Deployment")).Unify(d.value)
	return d, nil
}

func (e *Engine) fromPreset(r Request, how extent) (described, error) {
	s := e.state()
	path, err := e.lookup("presets", r.Preset)
	if err != nil {
		return described{}, err
	}
	used := []string{path}
	vouched := e.module.ours(path)
	if r.Modifier != "" {
		of, err := e.lookup("modifiers", r.Modifier)
		if err != nil {
			return described{}, err
		}
		used = append(used, of)
		vouched = vouched && e.module.ours(of)
	}
	var chosen []Adapter
	if how == filed {
		if chosen, s.external, err = e.chosen(r); err != nil {
			return described{}, err
		}
		for _, a := range chosen {
			used = append(used, a.path)
		}
	}
	s.scoped = e.lasting(how, used...)
	s.set("preset", field(s.use(path), r.Preset))
	if err := s.common(r); err != nil {
		return described{}, err
	}
	s.overrides(nil, r.Overrides)
	if vouched { // tests hold ours to their shapes
		s.fields = append(s.fields, &ast.Field{Label: ast.NewIdent("#vouched"), Value: ast.NewBool(true)})
	}
	if how == filed {
		adapters := &ast.StructLit{}
		s.add(adapters, chosen)
		s.set("adapters", adapters)
	}
	return s.deployment(how)
}

// chosen are the adapters that a request asks for, of both kinds.
func (e *Engine) chosen(r Request) ([]Adapter, []executable, error) {
	sdks, external, err := e.choose("sdk", r.SDKs)
	if err != nil {
		return nil, nil, err
	}
	platforms, more, err := e.choose("platform", r.Platforms)
	return append(sdks, platforms...), append(external, more...), err
}

// add names adapters in a struct.
func (s *statement) add(to *ast.StructLit, adapters []Adapter) {
	for _, a := range adapters {
		to.Elts = append(to.Elts, &ast.Field{Label: ast.NewString(a.Name), Value: ast.NewSel(s.use(a.path), "#Adapter")})
	}
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
	for name, value := range map[string]map[string]any{"site": r.Site, "deployed": r.Deployed} {
		if value == nil {
			continue
		}
		expr, err := s.engine.syntax(value)
		if err != nil {
			return err
		}
		s.set(name, expr)
	}
	return nil
}

// overrides sets the flags' overrides, and those of the base that no flag replaces.
func (s *statement) overrides(base ast.Expr, given []Override, kept ...string) {
	all := &ast.StructLit{}
	for _, key := range kept {
		all.Elts = append(all.Elts, &ast.Field{Label: ast.NewString(key), Value: field(base, key)})
	}
	for _, o := range winning(given) {
		s.given[o.Key] = o.expr.Pos()
		all.Elts = append(all.Elts, &ast.Field{Label: ast.NewString(o.Key), Value: o.expr})
	}
	s.set("overrides", all)
}

// restated is a deployment with the command line's changes on top.
func (e *Engine) restated(user userPackage, r Request, how extent) (described, error) {
	if err := e.core(); err != nil {
		return described{}, err
	}
	s := e.state()
	base := func() ast.Expr { return s.use(user.path) }
	if s.scoped = user.scoped; s.scoped {
		s.of = user.value
		base = func() ast.Expr { return ast.NewIdent(ofAlias) }
	}
	if err := s.common(r); err != nil {
		return described{}, err
	}
	// what no flag replaces stays; overrides and adapters are merged below
	for _, name := range e.inputs() {
		if name == "overrides" || name == "adapters" || s.has[name] {
			continue
		}
		if user.value.LookupPath(cue.MakePath(cue.Str(name))).Exists() {
			s.set(name, field(base(), name))
		}
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
	for key, pos := range overridden(user.files) {
		s.given[key] = pos
	}
	s.overrides(field(base(), "overrides"), r.Overrides, kept...)
	if how != filed {
		return s.deployment(how)
	}

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
	// a kind that no flag names stays as it is
	of := r
	if of.SDKs == nil {
		of.SDKs = []string{}
	}
	if of.Platforms == nil {
		of.Platforms = []string{}
	}
	chosen, external, err := e.chosen(of)
	if err != nil {
		return described{}, err
	}
	s.external = external
	s.add(adapters, chosen)
	s.set("adapters", adapters)
	return s.deployment(how)
}
