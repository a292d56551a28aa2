package scaffold

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
	"cuelang.org/go/mod/modfile"
	"go.yaml.in/yaml/v3"

	dsql "github.com/temporal-dsql/temporal-dsql"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A Draft is a deployment that its author will continue to edit.
type Draft struct {
	Name, Preset, Modifier         string
	TemporalVersion, PluginVersion string
	SDKs, Platforms                []string
	Doc                            []string // comment lines above it
	Overrides                      []DraftOverride
	OverrideDoc                    []string // comment lines above the overrides
	Places                         []DraftPlace
	Site                           map[string]any
}

// A DraftOverride is an override with a comment on its origin.
type DraftOverride struct {
	Key   string
	Value any
	Doc   string
}

// A DraftPlace has the values of one service, namespace or task queue.
type DraftPlace struct {
	Field, Label              string // where a deployment states them
	Name, Namespace, TaskType string
	Overrides                 []DraftOverride
}

// AddPlaced adds a value of a service, namespace or task queue.
func (d *Draft) AddPlaced(at DraftPlace, o DraftOverride) {
	for i := range d.Places {
		if p := &d.Places[i]; p.Field == at.Field && p.Label == at.Label {
			p.Overrides = append(p.Overrides, o)
			return
		}
	}
	at.Overrides = []DraftOverride{o}
	d.Places = append(d.Places, at)
}

var draftName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// DraftCUE writes a draft as a CUE package.
func DraftCUE(engine *compile.Engine, d Draft) ([]byte, error) {
	return cuemod.WithEvaluator(engine.Module, func(e *cuemod.Evaluator) ([]byte, error) { return draftCUE(engine, e, d) })
}

func draftCUE(engine *compile.Engine, e *cuemod.Evaluator, d Draft) ([]byte, error) {
	adapters, err := draftAdapters(engine, e, d)
	if err != nil {
		return nil, err
	}
	w := &packageWriter{used: map[string]bool{}}
	fields := []any{&ast.Field{Label: ast.NewIdent("name"), Value: ast.NewString(d.Name)}}
	add := func(name string, value ast.Expr) {
		fields = append(fields, &ast.Field{Label: ast.NewIdent(name), Value: value})
	}
	for _, x := range []struct{ field, name string }{{"preset", d.Preset}, {"modifier", d.Modifier}} {
		if x.name == "" {
			continue
		}
		path, err := e.FindPackage(x.field+"s", x.name)
		if err != nil {
			return nil, err
		}
		add(x.field, w.importMember(path, x.name))
	}
	if d.TemporalVersion != "" {
		add("temporal_version", ast.NewString(d.TemporalVersion))
	}
	if d.PluginVersion != "" {
		add("plugin_version", ast.NewString(d.PluginVersion))
	}
	overrides, err := draftOverrides(e, d)
	if err != nil {
		return nil, err
	}
	fields = append(fields, overrides)
	for _, field := range []string{"services", "namespaces", "task_queues"} {
		places, err := draftPlaces(e, d.Places, field)
		if err != nil {
			return nil, err
		}
		if places != nil {
			fields = append(fields, places)
		}
	}
	if len(d.Site) > 0 {
		site, err := e.EncodeSyntax(d.Site)
		if err != nil {
			return nil, err
		}
		add("site", site)
	}
	if len(adapters) > 0 {
		var chosen []any
		for _, a := range adapters {
			// a label may have a dash, or be a word of the language
			chosen = append(chosen, &ast.Field{Label: ast.NewString(a.Name), Value: w.importMember(a.Path, "#Adapter")})
		}
		add("adapters", ast.NewStruct(chosen...))
	}
	deployment := ast.NewBinExpr(token.AND, w.importMember(cuemod.SchemaPath, "#Deployment"), ast.NewStruct(fields...))
	return w.formatFile(d.Doc, strings.ReplaceAll(d.Name, "-", "_"), &ast.EmbedDecl{Expr: deployment})
}

// draftOverrides returns the overrides of a draft, with an example if it has none.
func draftOverrides(e *cuemod.Evaluator, d Draft) (*ast.Field, error) {
	fields, err := draftValues(e, d.Overrides)
	if err != nil {
		return nil, err
	}
	overrides := &ast.Field{Label: ast.NewIdent("overrides"), Value: ast.NewStruct(fields...)}
	ast.SetRelPos(overrides, token.NewSection)
	doc := d.OverrideDoc
	if len(fields) == 0 {
		doc = append([]string{`values that win over everything else, such as "history.replicas": 8`}, doc...)
	}
	if len(doc) > 0 {
		ast.AddComment(overrides, newComment(doc...))
	}
	return overrides, nil
}

// draftPlaces returns the places of a draft that one field states, or nil.
func draftPlaces(e *cuemod.Evaluator, places []DraftPlace, field string) (*ast.Field, error) {
	var all []any
	for _, p := range places {
		if p.Field != field {
			continue
		}
		var at []any
		for _, x := range []struct{ name, value string }{{"name", p.Name}, {"namespace", p.Namespace}, {"task_type", p.TaskType}} {
			if x.value != "" && (x.name != "name" || p.Name != p.Label) {
				f := &ast.Field{Label: ast.NewIdent(x.name), Value: ast.NewString(x.value)}
				ast.SetRelPos(f, token.Newline)
				at = append(at, f)
			}
		}
		values, err := draftValues(e, p.Overrides)
		if err != nil {
			return nil, err
		}
		overrides := &ast.Field{Label: ast.NewIdent("overrides"), Value: ast.NewStruct(values...)}
		ast.SetRelPos(overrides, token.Newline)
		f := &ast.Field{Label: ast.NewString(p.Label), Value: ast.NewStruct(append(at, overrides)...)}
		ast.SetRelPos(f, token.Newline)
		all = append(all, f)
	}
	if len(all) == 0 {
		return nil, nil
	}
	f := &ast.Field{Label: ast.NewIdent(field), Value: ast.NewStruct(all...)}
	ast.SetRelPos(f, token.NewSection)
	return f, nil
}

// draftValues returns overrides as fields, each below the comment on its origin.
func draftValues(e *cuemod.Evaluator, overrides []DraftOverride) ([]any, error) {
	var fields []any
	for _, o := range overrides {
		value, err := e.EncodeSyntax(o.Value)
		if err != nil {
			return nil, err
		}
		f := &ast.Field{Label: ast.NewString(o.Key), Value: value}
		if o.Doc != "" {
			ast.AddComment(f, newComment(o.Doc))
		}
		ast.SetRelPos(f, token.Newline)
		fields = append(fields, f)
	}
	return fields, nil
}

// newComment returns a comment for the lines above a node.
func newComment(lines ...string) *ast.CommentGroup {
	group := &ast.CommentGroup{Doc: true}
	for _, l := range lines {
		l = strings.Map(func(c rune) rune {
			if unicode.IsGraphic(c) {
				return c
			}
			return ' '
		}, l)
		group.List = append(group.List, &ast.Comment{Text: strings.TrimRight("// "+l, " ")})
	}
	return group
}

// DraftYAML writes a draft as a plain deployment.
func DraftYAML(engine *compile.Engine, d Draft) ([]byte, error) {
	adapters, err := cuemod.WithEvaluator(engine.Module, func(e *cuemod.Evaluator) ([]registry.Adapter, error) {
		return draftAdapters(engine, e, d)
	})
	if err != nil {
		return nil, err
	}
	plain := struct {
		Name            string   `yaml:"name"`
		Preset          string   `yaml:"preset"`
		Modifier        string   `yaml:"modifier,omitempty"`
		TemporalVersion string   `yaml:"temporal_version,omitempty"`
		Adapters        []string `yaml:"adapters,flow,omitempty"`
	}{Name: d.Name, Preset: d.Preset, Modifier: d.Modifier, TemporalVersion: d.TemporalVersion}
	for _, a := range adapters {
		plain.Adapters = append(plain.Adapters, a.Name)
	}
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(plain); err != nil {
		return nil, fmt.Errorf("write deployment: %w", err)
	}
	out.WriteString("# values that win over everything else\noverrides:\n#  history.replicas: 8\n")
	return out.Bytes(), nil
}

// draftAdapters returns the adapters of a draft, and checks its names.
func draftAdapters(engine *compile.Engine, e *cuemod.Evaluator, d Draft) ([]registry.Adapter, error) {
	if !draftName.MatchString(d.Name) {
		return nil, source.Wrong(
			"name the deployment",
			fmt.Sprintf("%q is not a valid deployment name", d.Name),
			"lower-case letters, digits and dashes, such as payments-eu",
		)
	}
	if err := e.LoadCore(); err != nil {
		return nil, err
	}
	var all []registry.Adapter
	for _, x := range []struct {
		kind  string
		names []string
	}{{"sdk", d.SDKs}, {"platform", d.Platforms}} {
		chosen, external, err := engine.ChooseAdapters(e, x.kind, append([]string{}, x.names...))
		if err != nil {
			return nil, err
		}
		if len(external) > 0 {
			return nil, source.Wrong(
				"choose adapters",
				fmt.Sprintf("%s is an executable, which a deployment cannot name", external[0].Name),
				"compile asks for it, with --"+x.kind,
			)
		}
		all = append(all, chosen...)
	}
	return all, nil
}

// A packageWriter formats declarations, with the imports that they refer to.
type packageWriter struct {
	imports []*ast.ImportSpec
	used    map[string]bool
}

// importMember refers to a field of a package, by the package's own name.
func (w *packageWriter) importMember(of, name string) ast.Expr {
	if !w.used[of] {
		w.used[of] = true
		w.imports = append(w.imports, ast.NewImport(nil, of))
	}
	if ast.IsValidIdent(name) {
		return ast.NewSel(ast.NewIdent(path.Base(of)), name)
	}
	return &ast.SelectorExpr{X: ast.NewIdent(path.Base(of)), Sel: ast.NewString(name)}
}

// formatFile returns the text of a package.
func (w *packageWriter) formatFile(doc []string, name string, decls ...ast.Decl) ([]byte, error) {
	slices.SortFunc(w.imports, func(a, b *ast.ImportSpec) int { return strings.Compare(a.Path.Value, b.Path.Value) })
	imports := &ast.ImportDecl{Specs: w.imports, Lparen: token.Blank.Pos(), Rparen: token.Newline.Pos()}
	pkg := &ast.Package{Name: ast.NewIdent(name)}
	if len(doc) > 0 {
		ast.AddComment(pkg, newComment(doc...))
	}
	head := []ast.Decl{pkg, imports}
	text, err := format.Node(&ast.File{Decls: append(head, decls...)})
	if err == nil {
		// only syntax with positions is laid out well
		var read *ast.File
		if read, err = parser.ParseFile("", text, parser.ParseComments); err == nil {
			text, err = format.Node(read)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("write deployment: %w", err)
	}
	return text, nil
}

// NewModule writes the cue.mod/module.cue of a repository.
func NewModule(name string) ([]byte, error) {
	const doing = "name the module"
	const remedy = "a domain, with or without a path, such as example.com/infra"
	own, err := dsql.Files.ReadFile("cue.mod/module.cue")
	if err != nil {
		return nil, err
	}
	ours, err := modfile.ParseNonStrict(own, "cue.mod/module.cue")
	if err != nil {
		return nil, err
	}
	if cuefile.TrimMajor(name) == cuefile.ModulePath {
		return nil, source.Wrong(doing, name+" is temporal-dsql itself", remedy)
	}
	if name == "" {
		return nil, source.Wrong(doing, "a module has to have a path", remedy)
	}
	if !strings.Contains(name, "@") {
		name += "@v0"
	}
	text, err := modfile.Format(&modfile.File{Module: name, Language: ours.Language})
	if err != nil {
		return nil, source.Wrong(doing, fmt.Sprintf("%q is not a valid module path", strings.TrimSuffix(name, "@v0")), remedy)
	}
	return text, nil
}
