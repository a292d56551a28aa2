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

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
	"github.com/temporal-dsql/temporal-dsql/internal/config/discover"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A userPackage is the deployment in a folder.
type userPackage struct {
	path     string // import path
	value    cue.Value
	files    []*ast.File
	isScoped bool // it was evaluated in the engine's scope
}

// evaluatePackage evaluates the deployment of a compile to an extent.
func (c compiler) evaluatePackage(dir string, how, compileExtent extent) (userPackage, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return userPackage{}, source.Unreadable(reading, err, "name the folder of a deployment, or its file")
	}
	inst, err := c.loadInstance(dir, info.IsDir())
	if err != nil {
		return userPackage{}, err
	}
	if inst.Err != nil {
		return userPackage{}, c.UserError(reading, inst.Err)
	}
	path := cuefile.TrimMajor(inst.ImportPath)
	c.ResolveImports(inst)
	user := userPackage{path: path, files: slices.Clone(inst.Files)}
	var decls []ast.Decl
	if c.canUseScope(compileExtent) {
		decls, user.isScoped = c.PackageExpression(inst)
	}
	if user.isScoped {
		user.value = c.EvaluateInScope(inst.ImportPath, append(decls, how.newField()))
		return user, c.checkInputs(user, dir)
	}
	c.ReplacePackage(path, inst) // it may have changed since
	file := &ast.File{Decls: []ast.Decl{&ast.Package{Name: ast.NewIdent(inst.PkgName)}, how.newField()}}
	if err := inst.AddSyntax(file); err != nil {
		return userPackage{}, c.UserError(reading, err)
	}
	user.value = c.BuildDeployment(inst)
	return user, c.checkInputs(user, dir)
}

// loadInstance loads the package of a deployment: a folder of CUE, or a plain file.
func (c compiler) loadInstance(path string, isDir bool) (*build.Instance, error) {
	if !isDir {
		if !cuefile.IsPlain(path) {
			return nil, source.Wrong(
				reading,
				path+" is neither a folder nor a YAML or JSON file",
				"name the folder of a deployment, such as profiles/NAME",
			)
		}
		return c.loadPlain(path)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, source.Wrong(reading, err.Error(), "")
	}
	pkg := cuefile.ReadPackage(path)
	plain, cue := discover.PlainDeployments(path), cuefile.HasCUE(os.DirFS(abs), ".") && pkg.Kind != cuefile.KindPlainEmbeds
	switch {
	case len(plain) > 1 || len(plain) == 1 && cue:
		return nil, source.Wrong(
			reading,
			"there is more than one deployment in "+path,
			"name the file, such as "+plain[0]+", or move it into its own folder",
		)
	case len(plain) == 1:
		return c.loadPlain(plain[0])
	case cue:
		if err := checkReadable(path); err != nil {
			return nil, err
		}
		if err := checkClause(path, pkg); err != nil {
			return nil, err
		}
		if inst := c.ParseFolder(abs); inst != nil {
			return inst, nil
		}
		return c.LoadFolder(abs), nil
	}
	remedy := "add a " + cuefile.PlainDeploymentNames[0] + ", or a CUE package with schema.#Deployment & {preset: …}"
	if below := discover.DeploymentsIn(abs); len(below) > 0 {
		remedy = "name a deployment below it: " + strings.Join(below, ", ")
	} else if misnamed := discover.MisnamedDeployment(path); misnamed != "" {
		remedy = fmt.Sprintf("rename %s to %s, or name the file itself", misnamed, cuefile.PlainDeploymentNames[0])
	}
	return nil, source.Wrong(reading, "there is no deployment in "+path, remedy)
}

// checkClause rejects CUE without a package clause, which the loader ignores.
func checkClause(dir string, pkg cuefile.Package) error {
	if pkg.Name != "" || pkg.Kind == cuefile.KindUnparsable || len(pkg.Files) == 0 {
		return nil
	}
	p := source.Problem{
		Message: "the file has no package clause", Remedy: "start it with a line such as package payments",
		Pos: source.Pos{File: filepath.ToSlash(filepath.Join(dir, pkg.Files[0])), Line: 1, Column: 1},
	}
	if pkg.Kind != cuefile.KindEmpty {
		return &source.Error{Doing: reading, Problems: []source.Problem{p}}
	}
	p.Message, p.Remedy = "the file is empty", "write package NAME, and schema.#Deployment & {preset: …}"
	return &NoDeploymentError{&source.Error{Doing: reading, Problems: []source.Problem{p}}}
}

// checkReadable rejects CUE files that are not text, or too large, before they are parsed.
func checkReadable(dir string) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.cue"))
	if err != nil {
		return source.Wrong(reading, dir+" is not a readable folder", "")
	}
	for _, name := range names {
		if _, err := source.ReadText(name); err != nil {
			return source.Unreadable(reading, err, "")
		}
	}
	return nil
}

// A NoDeploymentError reports a package that evaluates and is not a deployment.
type NoDeploymentError struct{ err error }

func (e *NoDeploymentError) Error() string { return e.err.Error() }

func (e *NoDeploymentError) Unwrap() error { return e.err }

// CheckHelper loads and builds a package that deployments import.
func (e *Engine) CheckHelper(dir string) error {
	_, err := withCompiler(e, func(c compiler) (struct{}, error) { return struct{}{}, c.checkHelper(dir) })
	return err
}

func (c compiler) checkHelper(dir string) error {
	const doing = "read helper package"
	if err := checkReadable(dir); err != nil {
		return err
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return source.Wrong(doing, err.Error(), "")
	}
	inst := c.LoadFolder(abs)
	if inst.Err != nil {
		return c.UserError(doing, inst.Err)
	}
	c.ResolveImports(inst)
	if err := c.BuildDeployment(inst).Err(); err != nil {
		return c.UserError(doing, err)
	}
	return nil
}

// checkInputs finds errors in the fields that the user writes. The errors that follow from
// them would be harder to understand.
func (c compiler) checkInputs(user userPackage, dir string) error {
	names := registry.InputNames(c.Evaluator)
	if !c.isDeployment(user.value) {
		if err := user.value.Err(); err != nil {
			return c.UserError(reading, err)
		}
		in := &source.Error{Doing: reading, Problems: []source.Problem{{
			Message: "there is no deployment in " + dir,
			Remedy: "a deployment is schema.#Deployment & {preset: …}; " +
				"a package that other deployments import has only definitions (#name) and hidden fields (_name)",
		}}}
		if len(user.files) > 0 {
			in.Problems[0].Pos = c.Position(user.files[0].Pos())
			if in.Problems[0].Pos.IsZero() {
				in.Problems[0].Pos = source.Pos{File: user.files[0].Filename, Line: 1, Column: 1}
			}
		}
		return &NoDeploymentError{in}
	}
	in := &source.Error{Doing: reading}
	for name, pos := range cuefile.FieldPositions(user.files, false) {
		at := c.Position(pos)
		value := user.value.LookupPath(cue.MakePath(cue.Str(name)))
		switch {
		case !slices.Contains(names, name):
			p := source.Problem{
				Message: fmt.Sprintf("a deployment has no field %q", name),
				Pos:     at,
				Remedy: registry.UnknownFieldRemedy(c.Evaluator, name, names,
					"a name of your own starts with _ or #; allowed: "+strings.Join(sortNames(names), ", ")),
			}
			in.Problems = append(in.Problems, p)
		default:
			// an adapter is complete once the deployment is filled into it
			err := value.Validate(cue.Concrete(name != "adapters"))
			if name == "adapters" && err == nil {
				err = checkAdapters(value)
			}
			if err != nil {
				if problems := c.findSchemaErrors(user, name); len(problems) > 0 {
					in.Problems = append(in.Problems, problems...)
					continue
				}
				if missing := c.findMissingFields(err, user); len(missing) > 0 {
					in.Problems = append(in.Problems, missing...)
					continue
				}
				p := c.FirstProblem(err)
				// the line of the field, unless CUE knows one inside of it
				if p.Pos.File != at.File || p.Pos.Line < at.Line {
					p.Pos = at
				}
				// adapters refer to the rest of the deployment, which reports its own errors
				if about, _, _ := strings.Cut(p.Message, "."); name == "adapters" && about != name && slices.Contains(names, about) {
					continue
				}
				if !strings.HasPrefix(p.Message, name+".") {
					p.Message = fmt.Sprintf("%s: %s", name, strings.TrimPrefix(p.Message, name+": "))
				}
				p.Remedy = cmp.Or(p.Remedy, c.allowedValues(name, value))
				in.Problems = append(in.Problems, p)
			}
		}
	}
	if len(in.Problems) == 0 && !user.value.LookupPath(cue.ParsePath("preset.name")).IsConcrete() {
		in.Problems = append(in.Problems, source.Problem{
			Message: "it names no preset",
			Pos:     source.Pos{File: dir},
			Remedy:  c.allowedValues("preset", cue.Value{}),
		})
	}
	if len(in.Problems) > 0 {
		slices.SortFunc(in.Problems, func(a, b source.Problem) int {
			return cmp.Or(a.Pos.Compare(b.Pos), cmp.Compare(a.Message, b.Message))
		})
		return in
	}
	return nil
}

// isDeployment reports whether a package is a #Deployment: it then has every field that is
// not optional, whatever its author writes.
func (c compiler) isDeployment(v cue.Value) bool {
	all := v.Exists() && c.HasPackage(cuemod.SchemaPath) // which it imports
	registry.VisitDeploymentFields(c.Evaluator, func(name string, f *ast.Field) {
		if len(f.Attrs) > 0 && f.Constraint == token.ILLEGAL {
			all = all && v.LookupPath(cue.MakePath(cue.Str(name))).Exists()
		}
	})
	return all
}

// findSchemaErrors checks a field as the user wrote it against the schema. It finds nothing
// if only the evaluation shows the error.
func (c compiler) findSchemaErrors(user userPackage, name string) []source.Problem {
	if c.LoadCore() != nil {
		return nil
	}
	schema, err := c.PackageValue(cuemod.SchemaPath)
	if err != nil {
		return nil
	}
	definition, _ := cuemod.LookupField(schema.LookupPath(cue.ParsePath("#Deployment")), []string{name})
	found := c.NewSchemaErrors(definition, user.value, "")
	found.Elsewhere = func(name string) string { return registry.MisplacedFieldRemedy(c.Evaluator, name) }
	remedy := cmp.Or(c.allowedValues(name, user.value.LookupPath(cue.MakePath(cue.Str(name)))), cuemod.FieldRemedy(definition))
	for _, f := range user.files {
		cuefile.VisitFields(f.Decls, func(n string, f *ast.Field) {
			if n == name {
				found.CheckSyntax(definition, f.Value, []string{name}, remedy)
			}
		})
	}
	return found.Problems
}

// findMissingFields returns a problem for each field that a struct of the user lacks, at that struct.
func (c compiler) findMissingFields(err error, user userPackage) []source.Problem {
	var missing []source.Problem
	var places map[string]token.Pos
	for _, e := range errors.Errors(err) {
		if format, _ := e.Msg(); format != "field is required but not present" {
			continue
		}
		if places == nil {
			places = cuefile.FieldPositions(user.files, true)
		}
		path := e.Path()
		pos, ok := places[strings.Join(path[:max(0, len(path)-1)], ".")]
		if !ok {
			continue
		}
		p := c.FirstProblem(e)
		p.Pos = c.Position(pos)
		missing = append(missing, p)
	}
	return missing
}

// checkAdapters rejects an adapter without a name, kind or language.
func checkAdapters(adapters cue.Value) error {
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

// allowedValues describes the values of a field, "" if there is no list of them.
func (c compiler) allowedValues(name string, given cue.Value) string {
	switch kind := name + "s"; {
	case name == "preset" || name == "modifier":
		if err := c.LoadCore(); err != nil {
			return "" // the error at hand is the better one
		}
		return fmt.Sprintf(
			"write %s.NAME, or %s.\"NAME\" for a name with a dash: one of %s",
			kind,
			kind,
			strings.Join(sortNames(c.ListNames(kind)), ", "),
		)
	case name == "waivers":
		return `a list of {rule: "RULE", reason: "why", owner: "who", expires: "YYYY-MM-DD"}, all four`
	case name == "adapters":
		return `"NAME": package.#Adapter, by name, such as "helm": helm.#Adapter`
	case strings.HasSuffix(name, "_version") && given.IncompleteKind() != cue.StringKind:
		return "write it as a string, in quotes"
	}
	return ""
}

// sortNames returns names sorted, each once.
func sortNames(names []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(names)))
}
