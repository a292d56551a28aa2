// Package evaluator shares CUE engines, and what is prepared with them, between all parts of a process. Separate engines
// would each hold the module, and evaluate again what another one has evaluated.
package evaluator

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/enginepool"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
)

// Set is an engine with its guard rails, comparer and assessor, which are prepared on first use.
type Set struct {
	Engine *compile.Engine

	now func() time.Time

	mu        sync.Mutex
	snapshots int
	rules     *policy.Rules
	comparer  *compare.Comparer
	assessor  *verdicts.Assessor
}

// GuardRails returns the prepared guard rails.
func (s *Set) GuardRails(ctx context.Context) (*policy.Rules, error) {
	return prepareOnce(s, &s.rules, func() (*policy.Rules, error) {
		// a cancelled request must not cancel the rules of the next one
		return policy.PrepareGuardRails(context.WithoutCancel(ctx), s.Engine.Policies())
	})
}

// Comparer returns the comparer. It stays valid without the set.
func (s *Set) Comparer() (*compare.Comparer, error) {
	return prepareOnce(s, &s.comparer, func() (*compare.Comparer, error) { return compare.New(s.Engine) })
}

// Assessor returns the assessor.
func (s *Set) Assessor(ctx context.Context) (*verdicts.Assessor, error) {
	return prepareOnce(s, &s.assessor, func() (*verdicts.Assessor, error) {
		return verdicts.New(context.WithoutCancel(ctx), s.Engine, s.now)
	})
}

// prepareOnce returns a part of a set, prepared on first use.
func prepareOnce[T any](s *Set, part **T, prepare func() (*T, error)) (*T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if *part == nil {
		prepared, err := prepare()
		if err != nil {
			return nil, err
		}
		*part = prepared
	}
	return *part, nil
}

// ReuseEvaluation lets snapshots reuse what is evaluated, from the second one on: each would keep 26 MB otherwise.
func (s *Set) ReuseEvaluation() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.snapshots++; s.snapshots == 2 {
		s.Engine.EvaluateWhole()
	}
}

// Uses of a set.
const (
	verdictsPerSet = 400
	// a snapshot of 2,000 settings keeps up to 210 MB
	settingsPerVerdict = 3
)

// Compiles with one engine. From its second compile on, an engine keeps 150 MB that make compiles several times faster.
const (
	compilesPerEngine = 400
	// enoughMemory is the memory that two such engines need.
	enoughMemory = 1 << 30
)

// Pool holds a set, and an engine for compiles with all files. Both are loaded on first use, replaced after a number of
// uses, and dropped when they are idle.
//
// With little memory, the set's engine compiles, and keeps its packages once, which saves 50 MB. Work whose results an
// engine would keep gets a new engine each time, which takes 45 MB.
type Pool struct {
	sets         enginepool.Pool[*Set]
	compilers    enginepool.Pool[*compile.Engine]
	littleMemory bool

	mu     sync.Mutex
	onDrop []func()
}

// New returns a pool. The module is a folder with it, and now is the clock.
func New(module string, now func() time.Time) *Pool {
	p, compiles := &Pool{littleMemory: debug.SetMemoryLimit(-1) < enoughMemory}, compilesPerEngine
	if p.littleMemory {
		compiles = 1
	}
	p.sets = enginepool.Pool[*Set]{
		MaxUses: verdictsPerSet, IdleTimeout: idleTimeout, OnDrop: p.callDropped,
		Create: func() (*Set, error) {
			engine, err := p.newEngine(module, true)
			return &Set{Engine: engine, now: now}, err
		},
	}
	p.compilers = enginepool.Pool[*compile.Engine]{
		MaxUses: compiles, IdleTimeout: idleTimeout, OnDrop: p.callDropped,
		Create: func() (*compile.Engine, error) { return p.newEngine(module, compiles > 1) },
	}
	return p
}

// newEngine returns an engine. One that expects many compiles prepares for them with its first one.
func (p *Pool) newEngine(module string, expectsMany bool) (*compile.Engine, error) {
	engine, err := compile.New(module)
	switch {
	case err != nil:
		return nil, err
	case expectsMany && p.littleMemory:
		engine.ExpectSome()
	case expectsMany:
		engine.ExpectMany()
	}
	return engine, nil
}

// idleTimeout is longer than the default: a user reads a page for longer, and the next one must be fast.
const idleTimeout = time.Minute

func (p *Pool) callDropped() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, call := range p.onDrop {
		call()
	}
}

// OnDrop adds a function that is called after something idle was dropped.
func (p *Pool) OnDrop(call func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.onDrop = append(p.onDrop, call)
}

// Use runs a function with the set. The function must not call Use, and must not wait for other programs: a set is only
// replaced while it is not in use.
func (p *Pool) Use(do func(*Set) error) error { return p.sets.Use(1, do) }

// UseCompiler runs a function that compiles all files once. The function must not call Use or UseCompiler.
func (p *Pool) UseCompiler(do func(*compile.Engine) error) error {
	if !p.littleMemory {
		return p.compilers.Use(1, do)
	}
	own := false
	err := p.sets.Use(1, func(set *Set) error {
		if own = set.Engine.HasOwnPackages(); own {
			return nil
		}
		set.Engine.EvaluateWhole()
		return do(set.Engine)
	})
	if own {
		return p.compilers.Use(1, do)
	}
	return err
}

// UseExplainer runs a function that explains a deployment once. An engine keeps what explanations evaluate.
func (p *Pool) UseExplainer(do func(*compile.Engine) error) error { return p.compilers.Use(1, do) }

// CountSettings counts the settings of a snapshot that the set has evaluated.
func (p *Pool) CountSettings(settings int) { p.sets.AddUses(settings / settingsPerVerdict) }

// Close drops the set and the engine.
func (p *Pool) Close() {
	p.sets.Close()
	p.compilers.Close()
}
