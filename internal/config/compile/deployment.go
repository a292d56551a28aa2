package compile

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A userPackage is the deployment in a folder.
type userPackage struct {
	path   string // import path
	value  cue.Value
	files  []*ast.File
	scoped bool // it was evaluated in the engine's scope
}

// fromPath evaluates a deployment as far as it says, which is for a compile that
// goes as far as is said of it.
func (e *Engine) fromPath(dir string, how, of extent) (userPackage, error) {
	const doing = "read deployment"
	info, err := os.Stat(dir)
	if err != nil {
		return userPackage{}, source.Wrong(doing, strings.TrimPrefix(err.Error(), "stat "), "")
	}
	inst, err := e.instance(dir, info.IsDir())
	if err != nil {
		return userPackage{}, err
	}
	if inst.Err != nil {
		return userPackage{}, problems(doing, inst.Err, e.module.root)
	}
	path := trimMajor(inst.ImportPath)
	e.imports(inst)
	user := userPackage{path: path, files: slices.Clone(inst.Files)}
	var decls []ast.Decl
	if e.lasting(of) {
		decls, user.scoped = e.expression(inst)
	}
	if user.scoped {
		user.value = e.scope.evaluate(e.ctx, inst.ImportPath, append(decls, how.field()))
		return user, e.inspect(user, dir)
	}
	e.byPath[path] = inst // it may have changed since
	file := &ast.File{Decls: []ast.Decl{&ast.Package{Name: ast.NewIdent(inst.PkgName)}, how.field()}}
	if err := inst.AddSyntax(file); err != nil {
		return userPackage{}, problems(doing, err, e.module.root)
	}
	e.built++
	user.value = e.ctx.BuildInstance(inst)
	return user, e.inspect(user, dir)
}

// instance loads the package of a deployment: a folder of CUE, or a plain file.
func (e *Engine) instance(path string, isDir bool) (*build.Instance, error) {
	const doing = "read deployment"
	if !isDir {
		if !IsPlain(path) {
			return nil, source.Wrong(doing, path+" is neither a folder nor a YAML or JSON file", "name the folder of a deployment, such as profiles/NAME")
		}
		return e.fromPlain(path)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, source.Wrong(doing, err.Error(), "")
	}
	pkg := readPackage(path)
	plain, cue := PlainIn(path), hasCUE(os.DirFS(abs), ".") && pkg.kind != readsPlain
	switch {
	case len(plain) > 1 || len(plain) == 1 && cue:
		return nil, source.Wrong(doing, "there is more than one deployment in "+path, "name the file, such as "+plain[0]+", or move it into a folder of its own")
	case len(plain) == 1:
		return e.fromPlain(plain[0])
	case cue:
		if err := legible(path); err != nil {
			return nil, err
		}
		if err := checkClause(path, pkg); err != nil {
			return nil, err
		}
		if e.compiles > 1 {
			if inst := e.quick(abs); inst != nil {
				return inst, nil
			}
		}
		return e.module.loadDir(abs), nil
	}
	hint := "a deployment is a CUE package, schema.#Deployment & {preset: …}, or a " + plainNames[0]
	if below := deployments(abs); len(below) > 0 {
		hint = "there are some below it: " + strings.Join(below, ", ")
	}
	return nil, source.Wrong(doing, "there is no deployment in "+path, hint)
}

// checkClause refuses CUE without a package clause, which the loader passes over.
func checkClause(dir string, pkg cuePackage) error {
	if pkg.name != "" || pkg.kind == unparsable || len(pkg.files) == 0 {
		return nil
	}
	p := source.Problem{
		Message: "the file has no package clause", Hint: "start it with a line such as package payments",
		Pos: source.Pos{File: filepath.ToSlash(filepath.Join(dir, pkg.files[0])), Line: 1, Column: 1},
	}
	if pkg.kind != statesNothing {
		return &source.Error{Doing: reading, Problems: []source.Problem{p}}
	}
	p.Message, p.Hint = "there is no deployment in "+dir, "a deployment is schema.#Deployment & {preset: …}"
	return &NoDeploymentError{&source.Error{Doing: reading, Problems: []source.Problem{p}}}
}

// legible refuses CUE that is no text, or too much of it, before it is parsed.
func legible(dir string) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.cue"))
	if err != nil {
		return source.Wrong(reading, dir+" is no name of a folder that can be read", "")
	}
	for _, name := range names {
		if _, err := readLimited(name); err != nil {
			return unreadable(reading, err, "")
		}
	}
	return nil
}

// inputs are the fields of a deployment that its author writes: those that the
// schema marks @input. They are read as written, since evaluating the schema
// for them would cost as much as a compile.
func (e *Engine) inputs() []string {
	var names []string
	e.eachDeploymentField(func(name string, f *ast.Field) {
		if len(f.Attrs) > 0 {
			names = append(names, name)
		}
	})
	return names
}

// eachDeploymentField visits the fields of #Deployment as the schema writes them.
func (e *Engine) eachDeploymentField(visit func(name string, f *ast.Field)) {
	inst := e.byPath[modulePath+"/schema"]
	if inst == nil {
		return
	}
	for _, f := range inst.Files {
		for _, d := range f.Decls {
			def, ok := d.(*ast.Field)
			if !ok {
				continue
			}
			if name, _, _ := ast.LabelName(def.Label); name == "#Deployment" {
				eachField([]ast.Decl{&ast.EmbedDecl{Expr: def.Value}}, visit)
			}
		}
	}
}

// deployments lists the folders right below dir that hold one.
func deployments(dir string) []string {
	var found []string
	entries, _ := os.ReadDir(dir)
	for _, x := range entries {
		if x.IsDir() && IsDeployment(filepath.Join(dir, x.Name())) {
			found = append(found, x.Name())
		}
	}
	return found
}

// A NoDeploymentError reports a package that evaluates and is not a deployment.
type NoDeploymentError struct{ err error }

func (e *NoDeploymentError) Error() string { return e.err.Error() }

func (e *NoDeploymentError) Unwrap() error { return e.err }

// CheckHelper loads and builds a package that deployments import.
func (e *Engine) CheckHelper(dir string) error {
	const doing = "read helper package"
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := legible(dir); err != nil {
		return err
	}
	inst := e.module.loadDir(absolute(dir))
	if inst.Err != nil {
		return problems(doing, inst.Err, e.module.root)
	}
	e.imports(inst)
	e.built++
	if err := e.ctx.BuildInstance(inst).Err(); err != nil {
		return problems(doing, err, e.module.root)
	}
	return nil
}

// HasPreset reports whether there is a preset of a name.
func (e *Engine) HasPreset(name string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.core() != nil {
		return false
	}
	_, err := e.lookup("presets", name)
	return err == nil
}

// inspect finds what is wrong with the fields that the user writes, before
// anything that follows from them can fail for it in its own words.
func (e *Engine) inspect(user userPackage, dir string) error {
	const doing = "read deployment"
	names := e.inputs()
	if !e.deploys(user.value) {
		if err := user.value.Err(); err != nil {
			return problems(doing, err, e.module.root)
		}
		in := &source.Error{Doing: doing, Problems: []source.Problem{{
			Message: "there is no deployment in " + dir,
			Hint:    "a deployment is schema.#Deployment & {preset: …}; a package for others to import has definitions (#name) and hidden fields (_name) alone",
		}}}
		if len(user.files) > 0 {
			in.Problems[0].Pos = toPos(user.files[0].Pos(), e.module.root)
			if in.Problems[0].Pos.IsZero() {
				in.Problems[0].Pos = source.Pos{File: user.files[0].Filename, Line: 1, Column: 1}
			}
		}
		return &NoDeploymentError{in}
	}
	in := &source.Error{Doing: doing}
	for name, pos := range written(user.files, false) {
		at := toPos(pos, e.module.root)
		value := user.value.LookupPath(cue.MakePath(cue.Str(name)))
		switch {
		case !slices.Contains(names, name):
			p := source.Problem{Message: fmt.Sprintf("a deployment has no field %q", name), Pos: at, Hint: "a name of your own starts with _ or #; allowed: " + strings.Join(sorted(slices.Clone(names)), ", ")}
			if near := nearest(name, names); near != "" {
				p.Hint = fmt.Sprintf("did you mean %s?", near)
			}
			in.Problems = append(in.Problems, p)
		default:
			// an adapter is complete once the deployment is filled into it
			err := value.Validate(cue.Concrete(name != "adapters"))
			if name == "adapters" && err == nil {
				err = incompleteAdapter(value)
			}
			if err != nil {
				if told := e.misfits(user, name); len(told) > 0 {
					in.Problems = append(in.Problems, told...)
					continue
				}
				p := firstProblem(err, e.module.root)
				// the line of the field, unless CUE knows one inside of it
				if p.Pos.File != at.File || p.Pos.Line < at.Line {
					p.Pos = at
				}
				// adapters see what the rest of the deployment says, and is told of there
				if about, _, _ := strings.Cut(p.Message, "."); name == "adapters" && about != name && slices.Contains(names, about) {
					continue
				}
				p.Message = fmt.Sprintf("%s: %s", name, strings.TrimPrefix(p.Message, name+": "))
				p.Hint = e.allowed(name, value)
				in.Problems = append(in.Problems, p)
			}
		}
	}
	if len(in.Problems) == 0 && !user.value.LookupPath(cue.ParsePath("preset.name")).IsConcrete() {
		in.Problems = append(in.Problems, source.Problem{Message: "it names no preset", Pos: source.Pos{File: dir}, Hint: e.allowed("preset", cue.Value{})})
	}
	if len(in.Problems) > 0 {
		slices.SortFunc(in.Problems, func(a, b source.Problem) int {
			return cmp.Or(cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line),
				cmp.Compare(a.Pos.Column, b.Pos.Column), cmp.Compare(a.Message, b.Message))
		})
		return in
	}
	return nil
}

// deploys reports whether a package is a #Deployment: it then has every field that is
// not optional, whatever its author writes.
func (e *Engine) deploys(v cue.Value) bool {
	all := v.Exists() && e.byPath[modulePath+"/schema"] != nil // which it imports
	e.eachDeploymentField(func(name string, f *ast.Field) {
		if len(f.Attrs) > 0 && f.Constraint == token.ILLEGAL {
			all = all && v.LookupPath(cue.MakePath(cue.Str(name))).Exists()
		}
	})
	return all
}

// misfits tells how a field, as it is written, is not what the schema says; nothing
// where only CUE knows what is wrong with it.
func (e *Engine) misfits(user userPackage, name string) []source.Problem {
	if e.core() != nil {
		return nil
	}
	schema, err := e.value(modulePath + "/schema")
	if err != nil {
		return nil
	}
	m := misfits{given: user.value, root: e.module.root, seen: map[string]bool{}}
	form, _ := below(schema.LookupPath(cue.ParsePath("#Deployment")), []string{name})
	hint := cmp.Or(e.allowed(name, user.value.LookupPath(cue.MakePath(cue.Str(name)))), said(form))
	for _, f := range user.files {
		eachField(f.Decls, func(n string, f *ast.Field) {
			if n == name {
				m.written(form, f.Value, []string{name}, hint)
			}
		})
	}
	return m.problems
}

// incompleteAdapter finds an adapter that does not say what it is.
func incompleteAdapter(adapters cue.Value) error {
	all, err := adapters.Fields()
	if err != nil {
		return err
	}
	for all.Next() {
		for _, name := range []string{"name", "kind", "language"} {
			if v := all.Value().LookupPath(cue.MakePath(cue.Str(name))); !v.IsConcrete() {
				return errors.Newf(v.Pos(), "%s has no %s: name the #Adapter of an adapter package", all.Selector(), name)
			}
		}
	}
	return nil
}

// allowed says what a field of a deployment takes, where there is a list of it.
func (e *Engine) allowed(name string, given cue.Value) string {
	switch kind := name + "s"; {
	case name == "preset" || name == "modifier":
		var all []string
		if err := e.core(); err != nil {
			return "" // the error at hand is the better one
		}
		for _, path := range e.module.packages(kind) {
			if v, err := e.value(path); err == nil {
				all = append(all, fieldNames(v)...)
			}
		}
		return fmt.Sprintf("%s.NAME, or %s[\"NAME\"] where it has a dash: one of %s", kind, kind, strings.Join(sorted(all), ", "))
	case name == "waivers":
		return `a list of {rule: "RULE", reason: "why", owner: "who", expires: "YYYY-MM-DD"}, all four`
	case name == "adapters":
		return `"NAME": package.#Adapter, by name, such as "helm": helm.#Adapter`
	case strings.HasSuffix(name, "_version") && given.IncompleteKind() != cue.StringKind:
		return "write it as a string, in quotes"
	}
	return ""
}

func fieldNames(v cue.Value) []string {
	var names []string
	if fields, err := v.Fields(); err == nil {
		for fields.Next() {
			names = append(names, fields.Selector().Unquoted())
		}
	}
	return names
}

// written are the fields that the user's files give a deployment, at their top
// level or in a struct unified with #Deployment, and where; if deep, the fields in
// them too, by path: site.endpoint.
func written(files []*ast.File, deep bool) map[string]token.Pos {
	found := map[string]token.Pos{}
	var within func(path string) func(name string, f *ast.Field)
	within = func(path string) func(string, *ast.Field) {
		return func(name string, f *ast.Field) {
			if f.Constraint == token.OPTION {
				return // what it says holds where somebody else gives it
			}
			if _, ok := found[path+name]; !ok {
				found[path+name] = f.Label.Pos()
			}
			if deep {
				eachField([]ast.Decl{&ast.EmbedDecl{Expr: f.Value}}, within(path+name+"."))
			}
		}
	}
	for _, f := range files {
		eachField(f.Decls, within(""))
	}
	return found
}

// overridden are the overrides among them, and where their values are.
func overridden(files []*ast.File) map[string]token.Pos {
	found := map[string]token.Pos{}
	for _, f := range files {
		eachField(f.Decls, func(name string, f *ast.Field) {
			if name != "overrides" {
				return
			}
			eachField([]ast.Decl{&ast.EmbedDecl{Expr: f.Value}}, func(key string, o *ast.Field) { found[key] = o.Value.Pos() })
		})
	}
	return found
}

// eachField visits the regular fields of declarations, and of the structs that
// are embedded in or unified with them.
func eachField(decls []ast.Decl, visit func(name string, f *ast.Field)) {
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
				eachField(x.Elts, visit)
			case *ast.ParenExpr:
				eachField([]ast.Decl{&ast.EmbedDecl{Expr: x.X}}, visit)
			case *ast.BinaryExpr:
				eachField([]ast.Decl{&ast.EmbedDecl{Expr: x.X}, &ast.EmbedDecl{Expr: x.Y}}, visit)
			}
		}
	}
}
