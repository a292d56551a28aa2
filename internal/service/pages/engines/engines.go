// Package engines shares an engine, the guard rails and the data of the CUE module between pages.
package engines

import (
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/cache"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/service/evaluator"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
)

// Pool holds what pages evaluate with: the engines of the process, results that do not change, and plain data, which is
// read once and kept.
type Pool struct {
	*evaluator.Pool

	mu      sync.Mutex
	data    *ModuleData
	results *cache.Cache[string, any] // by the id of Remember
}

// maxRemembered is the number of results in the cache. The conformance of a profile takes about 50 KB.
const maxRemembered = 100

// ModuleData is the data of the CUE module that does not depend on a compile.
type ModuleData struct {
	Presets   []registry.Preset
	Modifiers []registry.Modifier
	Adapters  []registry.Adapter
	Registry  []registry.Parameter
	Keys      []registry.Key
	Metrics   []registry.Metric
	Versions  registry.Versions

	Comparer   *compare.Comparer
	Parameters map[string]registry.Parameter
}

// NewPool returns a pool with the engines of the process. It calls onDrop after an idle engine was dropped.
func NewPool(shared *evaluator.Pool, onDrop func()) *Pool {
	p := &Pool{Pool: shared, results: cache.New[string, any](maxRemembered)}
	shared.OnDrop(p.results.Clear)
	if onDrop != nil {
		shared.OnDrop(onDrop)
	}
	return p
}

// Recall returns a result that Remember kept, or nil.
func (p *Pool) Recall(id string) any {
	result, _ := p.results.Get(id)
	return result
}

// Remember keeps a result that never changes; one without an id can change.
func (p *Pool) Remember(id string, result any) {
	if id != "" {
		p.results.Put(id, result)
	}
}

// LoadModuleData reads the module's data once.
func (p *Pool) LoadModuleData() (*ModuleData, error) {
	p.mu.Lock()
	known := p.data
	p.mu.Unlock()
	if known != nil {
		return known, nil
	}
	r := &ModuleData{Parameters: map[string]registry.Parameter{}}
	err := p.Use(func(set *evaluator.Set) error {
		engine := set.Engine
		for _, read := range []func() error{
			func() (err error) { r.Presets, err = engine.Presets(); return err },
			func() (err error) { r.Modifiers, err = engine.Modifiers(); return err },
			func() (err error) { r.Adapters, err = engine.Adapters(); return err },
			func() (err error) { r.Registry, err = engine.Parameters(); return err },
			func() (err error) { r.Keys, err = engine.Keys(""); return err },
			func() (err error) { r.Metrics, err = engine.Metrics(); return err },
			func() (err error) { r.Comparer, err = set.Comparer(); return err },
			func() (err error) { r.Versions, err = engine.Versions(); return err },
		} {
			if err := read(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, frame.WrapFault(err)
	}
	for _, one := range r.Registry {
		r.Parameters[one.Key] = one
	}
	p.mu.Lock()
	p.data = r
	p.mu.Unlock()
	return r, nil
}
