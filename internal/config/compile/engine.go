// Package compile turns a request (a preset, a modifier, overrides; or a deployment in the
// user's repository) into the resolved config profile, its trace and its files. All
// decisions are CUE's: this package states the request in CUE and decodes the result.
package compile

import (
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
)

// An Engine compiles the deployments of one module, and has its registry. It is safe for
// concurrent use: evaluations take turns.
type Engine struct {
	*cuemod.Module
	*registry.Registry
}

// New returns the engine for the CUE module around dir, or else for the embedded one.
func New(dir string) (*Engine, error) {
	m, err := cuemod.FindModule(dir)
	if err != nil {
		return nil, err
	}
	return engineOf(m), nil
}

// Embedded returns the engine for the module of the binary.
func Embedded() *Engine { return newEngine(cuemod.EmbeddedModule()) }

func newEngine(m *cuemod.Module) *Engine { return &Engine{m, registry.New(m)} }

// engineOf returns the engine that New returns for a module.
var engineOf = newEngine

// ReuseEngines lets tests choose the engine that New returns for a module: a new one, or one that it returned before.
// nil means new ones.
func ReuseEngines(choose func(m *cuemod.Module, create func(*cuemod.Module) *Engine) *Engine) {
	engineOf = newEngine
	if choose != nil {
		engineOf = func(m *cuemod.Module) *Engine { return choose(m, newEngine) }
	}
}

// A compiler does the work of an engine while the module's lock is held.
type compiler struct {
	*cuemod.Evaluator
	registry *registry.Registry
}

func withCompiler[T any](e *Engine, do func(compiler) (T, error)) (T, error) {
	return cuemod.WithEvaluator(e.Module, func(evaluator *cuemod.Evaluator) (T, error) {
		return do(compiler{evaluator, e.Registry})
	})
}

// canUseScope reports whether a compile can use the scope of evaluated packages. An
// explanation cannot: it follows references as stock cue makes them. Nor can adapters of a
// user, whose fields may get another order; TestLaterCompilesWriteTheSame checks ours.
func (c compiler) canUseScope(how extent, packages ...string) bool {
	if !c.IsWarm() || how == extentTrace {
		return false
	}
	isForeign := func(path string) bool { return !c.IsOurs(path) }
	return how == extentProfile || how == extentCapacity ||
		how == extentFiles && len(packages) > 0 && !slices.ContainsFunc(packages, isForeign)
}
