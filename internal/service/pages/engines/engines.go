// Package engines holds what pages compile and assess with: an engine, the guard rails and the data of the CUE module.
package engines

import (
	"context"
	"sync"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/enginepool"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
)

const (
	// a user reads a page for longer than the default timeout, and the next one must be fast
	engineIdleTimeout = time.Minute
	// CUE never frees what it has evaluated
	compilesPerEngine = 400
)

// Pool holds the engine, the guard rails and the assessor while pages need them. Plain
// data is read once and kept.
type Pool struct {
	pool enginepool.Pool[*Set]
	now  func() time.Time

	mu   sync.Mutex
	data *ModuleData
}

// Set is an engine with the guard rails and the assessor, which are prepared on demand.
type Set struct {
	Engine *compile.Engine
	now    func() time.Time

	mu       sync.Mutex
	rules    *policy.Rules
	assessor *verdicts.Assessor
	cache    map[string]any // what Remember keeps
}

// maxRemembered is the number of results after which a set's cache is cleared. The conformance of a profile takes about
// 50 KB.
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

// NewPool returns a pool of engines of the CUE module in a folder. It calls onDrop after it dropped an idle engine.
func NewPool(module string, now func() time.Time, onDrop func()) *Pool {
	c := &Pool{now: now}
	c.pool = enginepool.Pool[*Set]{MaxUses: compilesPerEngine, IdleTimeout: engineIdleTimeout, OnDrop: onDrop,
		Create: func() (*Set, error) {
			engine, err := compile.New(module)
			if err != nil {
				return nil, frame.WrapFault(err)
			}
			return &Set{Engine: engine, now: now, cache: map[string]any{}}, nil
		}}
	return c
}

// BorrowEngine returns a loaded engine.
func (p *Pool) BorrowEngine() (*compile.Engine, error) {
	set, err := p.pool.Borrow()
	if err != nil {
		return nil, err
	}
	return set.Engine, nil
}

// BorrowSet returns an engine with its guard rails and its assessor.
func (p *Pool) BorrowSet() (*Set, error) { return p.pool.Borrow() }

// Close drops the engine.
func (p *Pool) Close() { p.pool.Close() }

// LoadGuardRails returns the prepared guard rails.
func (s *Set) LoadGuardRails(ctx context.Context) (*policy.Rules, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rules == nil {
		// a cancelled request must not cancel the rules of the next one
		rules, err := policy.PrepareGuardRails(context.WithoutCancel(ctx), s.Engine.Policies())
		if err != nil {
			return nil, frame.WrapFault(err)
		}
		s.rules = rules
	}
	return s.rules, nil
}

// LoadAssessor returns the prepared assessor.
func (p *Pool) LoadAssessor(ctx context.Context) (*verdicts.Assessor, error) {
	s, err := p.pool.Borrow()
	if err != nil {
		return nil, err
	}
	return s.LoadAssessor(ctx)
}

// Recall returns a result that Remember kept, or nil.
func (s *Set) Recall(id string) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cache[id]
}

// Remember keeps a result that never changes as long as the engine; one without an id can change.
func (s *Set) Remember(id string, result any) {
	if id == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.cache) >= maxRemembered {
		clear(s.cache)
	}
	s.cache[id] = result
}

// LoadAssessor returns the set's assessor.
func (s *Set) LoadAssessor(ctx context.Context) (*verdicts.Assessor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.assessor == nil {
		assessor, err := verdicts.New(context.WithoutCancel(ctx), s.Engine, s.now)
		if err != nil {
			return nil, frame.WrapFault(err)
		}
		s.assessor = assessor
	}
	return s.assessor, nil
}

// LoadModuleData reads the module's data once.
func (p *Pool) LoadModuleData() (*ModuleData, error) {
	p.mu.Lock()
	known := p.data
	p.mu.Unlock()
	if known != nil {
		return known, nil
	}
	engine, err := p.BorrowEngine()
	if err != nil {
		return nil, err
	}
	r := &ModuleData{Parameters: map[string]registry.Parameter{}}
	for _, read := range []func() error{
		func() (err error) { r.Presets, err = engine.Presets(); return err },
		func() (err error) { r.Modifiers, err = engine.Modifiers(); return err },
		func() (err error) { r.Adapters, err = engine.Adapters(); return err },
		func() (err error) { r.Registry, err = engine.Parameters(); return err },
		func() (err error) { r.Keys, err = engine.Keys(""); return err },
		func() (err error) { r.Metrics, err = engine.Metrics(); return err },
		func() (err error) { r.Comparer, err = compare.New(engine); return err },
		func() (err error) { r.Versions, err = engine.Versions(); return err },
	} {
		if err := read(); err != nil {
			return nil, frame.WrapFault(err)
		}
	}
	for _, one := range r.Registry {
		r.Parameters[one.Key] = one
	}
	p.mu.Lock()
	p.data = r
	p.mu.Unlock()
	return r, nil
}
