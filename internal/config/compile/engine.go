// Package compile carries the CUE module: it turns a request (a preset, a
// modifier, overrides; or a deployment in the user's repository) into the
// resolved config profile, its trace and its files. All decisions are CUE's;
// this package loads, evaluates and decodes.
package compile

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/token"

	dsql "github.com/temporal-dsql/temporal-dsql"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// An Engine holds the loaded packages. It is safe for concurrent use; compiles
// take turns.
type Engine struct {
	mu      sync.Mutex
	module  module
	ctx     *cue.Context
	byPath  map[string]*build.Instance
	values  map[string]cue.Value
	loaded  bool
	adapted bool
	known   []Adapter

	scope    scope
	compiles int // that were asked for
	built    int // deployments, as instances
}

// New finds the CUE module around dir, or takes the embedded one. Packages are
// loaded when they are first needed.
func New(dir string) (*Engine, error) {
	m, err := findModule(dir)
	if err != nil {
		return nil, err
	}
	return engineOf(m), nil
}

// Embedded takes the module of the binary, whatever lies around.
func Embedded() *Engine { return engineOf(embedded()) }

func engineOf(m module) *Engine {
	m.syntax = &parsed{files: map[string]parsedFile{}}
	ctx := cuecontext.New()
	return &Engine{
		module: m,
		ctx:    ctx,
		byPath: map[string]*build.Instance{},
		values: map[string]cue.Value{},
		scope:  scope{ctx.CompileString("{}"), map[string]string{}},
	}
}

// Built is how many deployments CUE keeps in memory, since it had to build them
// as instances: some 8 MB each.
func (e *Engine) Built() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.built
}

// Module is the folder of the cue.mod that the engine works in, and its module
// path; both are "" where there is none.
func (e *Engine) Module() (root, path string) {
	if e.module.root == "" || e.module.path == localModule {
		return "", ""
	}
	return e.module.root, e.module.path
}

// Dependency is the version of temporal-dsql that the module takes from a CUE
// registry; "" means that it takes none.
func (e *Engine) Dependency() string { return e.module.depends }

// Policies is the tree of the guard rails that go with the schema: the
// repository's where that is temporal-dsql or vendors them, else the embedded.
func (e *Engine) Policies() fs.FS {
	if _, err := fs.Stat(e.module.base, "policies/guardrails"); err != nil {
		return dsql.Files
	}
	return e.module.base
}

// core loads schema, catalogue, presets and modifiers.
func (e *Engine) core() error {
	if e.loaded {
		return nil
	}
	args := []string{modulePath + "/schema", modulePath + "/schema/temporal"}
	args = append(args, e.module.packages("presets")...)
	args = append(args, e.module.packages("modifiers")...)
	if err := e.add(args...); err != nil {
		return err
	}
	e.loaded = true
	return nil
}

// allAdapters loads every adapter package there is.
func (e *Engine) allAdapters() error {
	if e.adapted {
		return nil
	}
	if err := e.core(); err != nil {
		return err
	}
	if err := e.add(e.module.adapters()...); err != nil {
		return err
	}
	e.adapted = true
	return nil
}

func (e *Engine) add(args ...string) error {
	insts, err := e.module.load(args...)
	if err != nil {
		return err
	}
	for _, inst := range insts {
		e.remember(inst)
	}
	return nil
}

// remember keeps an instance and all that it imports, the first of each path,
// so that every package is built once.
func (e *Engine) remember(inst *build.Instance) {
	path := trimMajor(inst.ImportPath)
	if e.byPath[path] != nil {
		return
	}
	e.byPath[path] = inst
	e.imports(inst)
}

// dropMajor has an instance name our packages without a major version. CUE names a
// package of a dependency with it from within that module, and without it from
// another one, so that a package that both share would be missing from one of them.
func dropMajor(inst *build.Instance) {
	canonical := inst.CanonicalImportPath
	if canonical == nil {
		return
	}
	drop := func(path string) string {
		if short := trimMajor(path); strings.HasPrefix(short, modulePath+"/") {
			return short
		}
		return path
	}
	inst.ImportPath = drop(inst.ImportPath)
	inst.CanonicalImportPath = func(path string) string { return drop(canonical(path)) }
}

func (e *Engine) imports(inst *build.Instance) {
	dropMajor(inst)
	for i, imported := range inst.Imports {
		p := trimMajor(imported.ImportPath)
		if known := e.byPath[p]; known != nil {
			inst.Imports[i] = known
			continue
		}
		e.remember(imported)
	}
}

// value builds a package, once.
func (e *Engine) value(path string) (cue.Value, error) {
	if v, ok := e.values[path]; ok {
		return v, nil
	}
	inst := e.byPath[path]
	if inst == nil {
		return cue.Value{}, fmt.Errorf("package %s is not loaded", path)
	}
	v := e.ctx.BuildInstance(inst)
	if err := v.Err(); err != nil {
		return cue.Value{}, problems("build "+path, err, e.module.root)
	}
	e.values[path] = v
	return v, nil
}

// lookup finds a named thing (a preset, a modifier) over the packages that may
// hold it; a repository's own come first.
func (e *Engine) lookup(kind, name string) (path string, err error) {
	var names []string
	paths := e.module.packages(kind)
	for _, p := range slices.Backward(paths) {
		v, err := e.value(p)
		if err != nil {
			return "", err
		}
		if found := v.LookupPath(cue.MakePath(cue.Str(name))); found.Exists() {
			if !e.module.ours(p) {
				if err := e.whole(kind, name, found); err != nil {
					return "", err
				}
			}
			return p, nil
		}
		names = append(names, fieldNames(v)...)
	}
	return "", Unknown(strings.TrimSuffix(kind, "s"), name, names)
}

// whole holds a preset or modifier of a repository to its shape, and finds what it
// leaves out, at the place of the whole: formulas that start from it could not say
// what is missing.
func (e *Engine) whole(kind, name string, v cue.Value) error {
	at := toPos(v.Pos(), e.module.root)
	schema, err := e.value(modulePath + "/schema")
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
	found := problems("read "+strings.TrimSuffix(kind, "s")+" "+name, err, e.module.root)
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

// loader serves the imports of a command line's own package.
func (e *Engine) loader(_ token.Pos, path string) *build.Instance {
	return e.byPath[trimMajor(path)]
}

func sorted[T cmp.Ordered](in []T) []T {
	slices.Sort(in)
	return slices.Compact(in)
}
