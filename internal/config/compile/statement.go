package compile

import (
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"

	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
)

// A deploymentStatement states a deployment in CUE.
type deploymentStatement struct {
	*cuemod.Statement
	compiler compiler
	given    map[string]token.Pos
	external []artefact.Executable
}

func (c compiler) newStatement() *deploymentStatement {
	return &deploymentStatement{Statement: c.NewStatement(), compiler: c, given: map[string]token.Pos{}}
}

// buildDeployment evaluates the fields as a deployment. Without a scope, it does what stock
// cue does. In a scope, it uses the evaluated schema, whose tables are computed once for
// all compiles.
func (s *deploymentStatement) buildDeployment(how extent) (builtDeployment, error) {
	d := builtDeployment{given: s.given, external: s.external}
	s.AddField(how.newField())
	var err error
	if !s.Scoped {
		s.Fields = append(s.Fields, &ast.EmbedDecl{Expr: s.SchemaName("#Deployment")})
		d.value, err = s.Build()
		return d, err
	}
	if how == extentFiles {
		s.AddField(&ast.Field{Label: ast.NewIdent("#filled"), Value: ast.NewBool(true)})
	}
	schema, err := s.compiler.ScopeValue(cuemod.SchemaPath)
	if err != nil {
		return builtDeployment{}, err
	}
	if d.value, err = s.Build(); err != nil {
		return d, err
	}
	d.value = schema.LookupPath(cue.ParsePath("#Deployment")).Unify(d.value)
	return d, nil
}

// buildPreset builds a request that starts from a preset.
func (c compiler) buildPreset(r Request, how extent) (builtDeployment, error) {
	s := c.newStatement()
	path, err := c.FindPackage("presets", r.Preset)
	if err != nil {
		return builtDeployment{}, err
	}
	used := []string{path}
	isVouched := c.IsOurs(path)
	if r.Modifier != "" {
		modifier, err := c.FindPackage("modifiers", r.Modifier)
		if err != nil {
			return builtDeployment{}, err
		}
		used = append(used, modifier)
		isVouched = isVouched && c.IsOurs(modifier)
	}
	var adapters []registry.Adapter
	if how == extentFiles {
		if adapters, s.external, err = c.chooseAllAdapters(r); err != nil {
			return builtDeployment{}, err
		}
		for _, a := range adapters {
			used = append(used, a.Path)
		}
	}
	s.Scoped = c.canUseScope(how, used...)
	s.SetField("preset", cuemod.IndexField(s.UsePackage(path), r.Preset))
	if err := s.setFlags(r); err != nil {
		return builtDeployment{}, err
	}
	s.setOverrides(nil, r.Overrides)
	if isVouched { // tests check ours against their definitions
		s.AddField(&ast.Field{Label: ast.NewIdent("#vouched"), Value: ast.NewBool(true)})
	}
	if how == extentFiles {
		s.SetField("adapters", s.addAdapters(&ast.StructLit{}, adapters))
	}
	return s.buildDeployment(how)
}

// chooseAllAdapters returns the adapters of a request: SDKs, then platforms.
func (c compiler) chooseAllAdapters(r Request) ([]registry.Adapter, []artefact.Executable, error) {
	sdks, external, err := c.chooseAdapters("sdk", r.SDKs)
	if err != nil {
		return nil, nil, err
	}
	platforms, more, err := c.chooseAdapters("platform", r.Platforms)
	return append(sdks, platforms...), append(external, more...), err
}

// addAdapters adds adapters to a struct, by name.
func (s *deploymentStatement) addAdapters(to *ast.StructLit, adapters []registry.Adapter) *ast.StructLit {
	for _, a := range adapters {
		to.Elts = append(to.Elts, &ast.Field{Label: ast.NewString(a.Name), Value: ast.NewSel(s.UsePackage(a.Path), "#Adapter")})
	}
	return to
}

// setFlags sets the fields that a request changes, except overrides and adapters.
func (s *deploymentStatement) setFlags(r Request) error {
	if r.Name != "" {
		s.SetField("name", ast.NewString(r.Name))
	}
	if r.Modifier != "" {
		path, err := s.compiler.FindPackage("modifiers", r.Modifier)
		if err != nil {
			return err
		}
		s.SetField("modifier", cuemod.IndexField(s.UsePackage(path), r.Modifier))
	}
	if r.TemporalVersion != "" {
		s.SetField("temporal_version", ast.NewString(r.TemporalVersion))
	}
	if r.PluginVersion != "" {
		s.SetField("plugin_version", ast.NewString(r.PluginVersion))
	}
	for name, value := range map[string]map[string]any{
		"site": r.Site, "deployed": r.Deployed, "workload": r.Workload, "database": r.Database, "raised_quotas": r.RaisedQuotas,
		"services": r.Services, "namespaces": r.Namespaces, "task_queues": r.TaskQueues,
	} {
		if value == nil {
			continue
		}
		if err := s.setEncoded(name, value); err != nil {
			return err
		}
	}
	if r.Waivers != nil {
		return s.setEncoded("waivers", r.Waivers)
	}
	return nil
}

func (s *deploymentStatement) setEncoded(field string, value any) error {
	expr, err := s.compiler.EncodeSyntax(value)
	if err == nil {
		s.SetField(field, expr)
	}
	return err
}

// setOverrides sets the overrides of a request, and those of the base that it keeps.
func (s *deploymentStatement) setOverrides(base ast.Expr, overrides []Override, keptKeys ...string) {
	all := &ast.StructLit{}
	for _, key := range keptKeys {
		all.Elts = append(all.Elts, &ast.Field{Label: ast.NewString(key), Value: cuemod.IndexField(base, key)})
	}
	for _, o := range winningOverrides(overrides) {
		s.given[o.Key] = o.expr.Pos()
		all.Elts = append(all.Elts, &ast.Field{Label: ast.NewString(o.Key), Value: o.expr})
	}
	s.SetField("overrides", all)
}

// restateDeployment builds a deployment with the changes of a request.
func (c compiler) restateDeployment(user userPackage, r Request, how extent) (builtDeployment, error) {
	if err := c.LoadCore(); err != nil {
		return builtDeployment{}, err
	}
	s := c.newStatement()
	base := func() ast.Expr { return s.UsePackage(user.path) }
	if s.Scoped = user.isScoped; s.Scoped {
		s.Base = user.value
		base = func() ast.Expr { return ast.NewIdent(cuemod.BaseAlias) }
	}
	if err := s.setFlags(r); err != nil {
		return builtDeployment{}, err
	}
	// unchanged fields stay; overrides and adapters are merged below
	for _, name := range registry.InputNames(c.Evaluator) {
		if name == "overrides" || name == "adapters" || s.HasField(name) {
			continue
		}
		if user.value.LookupPath(cue.MakePath(cue.Str(name))).Exists() {
			s.SetField(name, cuemod.IndexField(base(), name))
		}
	}
	for key, pos := range cuefile.OverridePositions(user.files) {
		s.given[key] = pos
	}
	s.setOverrides(cuemod.IndexField(base(), "overrides"), r.Overrides, keptOverrides(user.value, r.Overrides)...)
	if how != extentFiles {
		return s.buildDeployment(how)
	}

	adapters := &ast.StructLit{}
	isReplaced := map[string]bool{"sdk": r.SDKs != nil, "platform": r.Platforms != nil}
	if fields, err := user.value.LookupPath(cue.ParsePath("adapters")).Fields(); err == nil {
		for fields.Next() {
			kind, _ := fields.Value().LookupPath(cue.ParsePath("kind")).String()
			if name := fields.Selector().Unquoted(); !isReplaced[kind] {
				adapters.Elts = append(adapters.Elts, &ast.Field{
					Label: ast.NewString(name),
					Value: cuemod.IndexField(cuemod.IndexField(base(), "adapters"), name),
				})
			}
		}
	}
	// adapters of a kind that the request does not name stay as they are
	named := r
	if named.SDKs == nil {
		named.SDKs = []string{}
	}
	if named.Platforms == nil {
		named.Platforms = []string{}
	}
	chosen, external, err := c.chooseAllAdapters(named)
	if err != nil {
		return builtDeployment{}, err
	}
	s.external = external
	s.SetField("adapters", s.addAdapters(adapters, chosen))
	return s.buildDeployment(how)
}

// keptOverrides returns the keys of a deployment's overrides that a request does not
// replace, in any spelling.
func keptOverrides(deployment cue.Value, overrides []Override) []string {
	replaced := map[string]bool{}
	for _, o := range overrides {
		replaced[strings.ToLower(o.Key)] = true
	}
	var keys []string
	for _, key := range cuemod.FieldNames(deployment.LookupPath(cue.ParsePath("overrides"))) {
		if !replaced[strings.ToLower(key)] {
			keys = append(keys, key)
		}
	}
	return keys
}
