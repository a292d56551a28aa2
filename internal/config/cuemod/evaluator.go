// Package cuemod finds, loads and evaluates the CUE module, and reports errors in the
// user's terms. It knows nothing of deployments.
package cuemod

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/token"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// An Evaluator holds the loaded packages of a module. It is for the holder of the
// module's lock.
type Evaluator struct {
	tree    tree
	ctx     *cue.Context
	byPath  map[string]*build.Instance
	values  map[string]cue.Value
	tables  map[string]cue.Value // evaluated, by package and name
	decoded map[decodedTable]any // pointers to those that were decoded
	loaded  bool
	adapted bool

	scope    scope
	compiles int // requested so far
	expects  expectation
	// whether packages are evaluated as a whole, however many follow
	warm  bool
	built int // deployments and statements built as instances
}

// An expectation is how many compiles are to follow.
type expectation int

const (
	unknown expectation = iota
	some
	many
)

func newEvaluator(t tree) *Evaluator {
	ctx := cuecontext.New()
	return &Evaluator{
		tree:    t,
		ctx:     ctx,
		byPath:  map[string]*build.Instance{},
		values:  map[string]cue.Value{},
		tables:  map[string]cue.Value{},
		decoded: map[decodedTable]any{},
		scope:   scope{ctx.CompileString("{}"), map[string]cue.Value{}, map[string]string{}},
	}
}

// Renew returns a new evaluator of the same module. CUE keeps what an evaluator has evaluated, so a caller with many
// evaluations renews it now and then.
func (e *Evaluator) Renew() *Evaluator { return newEvaluator(e.tree) }

// Position converts a position of CUE.
func (e *Evaluator) Position(p token.Pos) source.Pos { return cuefile.Position(p, e.tree.root) }

// Root returns the folder of cue.mod, or "" without a module on the host.
func (e *Evaluator) Root() string { return e.tree.root }

// Packages returns the import paths of a kind of package: presets or modifiers.
func (e *Evaluator) Packages(kind string) []string { return e.tree.listPackages(kind) }

// AdapterPackages returns the import paths of the adapters.
func (e *Evaluator) AdapterPackages() []string { return e.tree.listAdapters() }

// IsOurs reports whether a package comes from this binary or from the repository of
// temporal-dsql.
func (e *Evaluator) IsOurs(path string) bool { return e.tree.isOurs(path) }

// HasEmbeddedSchema reports whether the schema is that of the binary.
func (e *Evaluator) HasEmbeddedSchema() bool { return e.tree.hasEmbeddedSchema() }

// HasBaseFolder reports whether the tree of temporal-dsql has CUE files in a folder.
func (e *Evaluator) HasBaseFolder(dir string) bool { return cuefile.HasCUE(e.tree.base, dir) }

// HasPackage reports whether a package is loaded.
func (e *Evaluator) HasPackage(path string) bool { return e.byPath[path] != nil }

// PackageFiles returns the syntax of a loaded package.
func (e *Evaluator) PackageFiles(path string) []*ast.File {
	if inst := e.byPath[path]; inst != nil {
		return inst.Files
	}
	return nil
}

// ReplacePackage sets the package of an import path: it has been read again.
func (e *Evaluator) ReplacePackage(path string, inst *build.Instance) { e.byPath[path] = inst }

// BuildDeployment builds a package of a user, which CUE keeps in memory.
func (e *Evaluator) BuildDeployment(inst *build.Instance) cue.Value {
	e.built++
	return e.ctx.BuildInstance(inst)
}

// BuildFile evaluates a file on its own.
func (e *Evaluator) BuildFile(f *ast.File) cue.Value { return e.ctx.BuildFile(f) }

// BuildExpr evaluates an expression on its own.
func (e *Evaluator) BuildExpr(x ast.Expr) cue.Value { return e.ctx.BuildExpr(x) }

// maxCold is the number of compiles without a scope, unless many are expected: a scope takes
// as long as some twenty compiles of a profile, and a compile in it half as long.
const maxCold = 40

// CountCompile counts a compile.
func (e *Evaluator) CountCompile() { e.compiles++ }

// IsWarm reports whether packages are worth evaluating as a whole, for all compiles that
// follow. A compile alone needs only a part of them.
func (e *Evaluator) IsWarm() bool {
	return e.warm || e.compiles > maxCold || e.expects != unknown && e.compiles > 1
}

// ListNames returns the names of all presets or modifiers.
func (e *Evaluator) ListNames(kind string) []string {
	var names []string
	for _, path := range e.tree.listPackages(kind) {
		if v, err := e.PackageValue(path); err == nil {
			names = append(names, FieldNames(v)...)
		}
	}
	return names
}

// LoadCore loads schema, catalogue, presets and modifiers.
func (e *Evaluator) LoadCore() error {
	if e.loaded {
		return nil
	}
	return e.loadCoreWith()
}

// LoadAdapters loads every adapter package, and what LoadCore loads.
func (e *Evaluator) LoadAdapters() error {
	if e.adapted {
		return nil
	}
	load, adapters := e.loadCoreWith, e.tree.listAdapters()
	if e.loaded {
		load = e.LoadPackages
	}
	if err := load(adapters...); err != nil {
		return err
	}
	e.adapted = true
	return nil
}

// loadCoreWith loads the core and further packages. The schema and the catalogue come as imports: CUE resolves a package
// again if it is also named, and for each call.
func (e *Evaluator) loadCoreWith(others ...string) error {
	err := e.LoadPackages(slices.Concat(e.tree.listPackages("presets"), e.tree.listPackages("modifiers"), others)...)
	if err != nil || !e.HasPackage(SchemaPath) || !e.HasPackage(CataloguePath) {
		// an error of the schema itself does not name its importers
		if err := e.LoadPackages(SchemaPath, CataloguePath); err != nil {
			return err
		}
	}
	e.loaded = err == nil
	return err
}

// LoadPackages loads packages by import path, with their imports.
func (e *Evaluator) LoadPackages(args ...string) error {
	insts, err := e.tree.loadPackages(args...)
	if err != nil {
		return err
	}
	for _, inst := range insts {
		e.keepInstance(inst)
	}
	return nil
}

// keepInstance keeps an instance and its imports, the first of each path, so that every
// package is built once.
func (e *Evaluator) keepInstance(inst *build.Instance) {
	path := cuefile.TrimMajor(inst.ImportPath)
	if e.byPath[path] != nil {
		return
	}
	e.byPath[path] = inst
	e.ResolveImports(inst)
}

// dropMajor makes an instance name our packages without a major version. Within a
// dependency, CUE names packages with it; from another module, without it. A package that
// both share would be missing in one of them.
func dropMajor(inst *build.Instance) {
	canonical := inst.CanonicalImportPath
	if canonical == nil {
		return
	}
	drop := func(path string) string {
		if short := cuefile.TrimMajor(path); strings.HasPrefix(short, cuefile.ModulePath+"/") {
			return short
		}
		return path
	}
	inst.ImportPath = drop(inst.ImportPath)
	inst.CanonicalImportPath = func(path string) string { return drop(canonical(path)) }
}

// ResolveImports replaces the imports of an instance by the packages that are already
// loaded.
func (e *Evaluator) ResolveImports(inst *build.Instance) {
	dropMajor(inst)
	for i, imported := range inst.Imports {
		p := cuefile.TrimMajor(imported.ImportPath)
		if known := e.byPath[p]; known != nil {
			inst.Imports[i] = known
			continue
		}
		e.keepInstance(imported)
	}
}

// PackageValue returns the value of a loaded package, which is built once.
func (e *Evaluator) PackageValue(path string) (cue.Value, error) {
	if v, ok := e.values[path]; ok {
		return v, nil
	}
	inst := e.byPath[path]
	if inst == nil {
		return cue.Value{}, fmt.Errorf("package %s is not loaded", path)
	}
	v := e.ctx.BuildInstance(inst)
	if err := v.Err(); err != nil {
		return cue.Value{}, e.UserError("build "+path, err)
	}
	e.values[path] = v
	return v, nil
}

// FindPackage returns the package that has a preset or modifier (kind "presets" or
// "modifiers") of a name. The repository's own come first.
func (e *Evaluator) FindPackage(kind, name string) (path string, err error) {
	var names []string
	paths := e.tree.listPackages(kind)
	for _, p := range slices.Backward(paths) {
		v, err := e.PackageValue(p)
		if err != nil {
			return "", err
		}
		if found := v.LookupPath(cue.MakePath(cue.Str(name))); found.Exists() {
			if !e.tree.isOurs(p) {
				if err := e.checkComplete(kind, name, found); err != nil {
					return "", err
				}
			}
			return p, nil
		}
		names = append(names, FieldNames(v)...)
	}
	return "", suggest.UnknownName(strings.TrimSuffix(kind, "s"), name, names)
}

// checkComplete checks a preset or modifier of a repository against its definition, and
// reports a missing field at its start. The formulas that use it could not report the field.
func (e *Evaluator) checkComplete(kind, name string, v cue.Value) error {
	at := cuefile.Position(v.Pos(), e.tree.root)
	schema, err := e.PackageValue(SchemaPath)
	if err != nil {
		return err
	}
	for _, shape := range map[string][]string{"presets": {"#Scale", "#Stating"}, "modifiers": {"#Modifier"}}[kind] {
		v = v.Unify(schema.LookupPath(cue.ParsePath(shape)))
	}
	err = v.Validate(cue.Concrete(true))
	if err == nil {
		return nil
	}
	found := e.UserError("read "+strings.TrimSuffix(kind, "s")+" "+name, err)
	var in *source.Error
	if errors.As(found, &in) {
		for i, p := range in.Problems {
			if p.Pos.IsZero() {
				in.Problems[i].Pos = at
			}
		}
	}
	return found
}

// findInstance returns the loaded package of an import path.
func (e *Evaluator) findInstance(_ token.Pos, path string) *build.Instance {
	return e.byPath[cuefile.TrimMajor(path)]
}
