package pages

import (
	"context"
	"sync"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/enginepool"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
)

const (
	// a user reads a page for longer than the default timeout, and the next one must be fast
	engineIdleTimeout = time.Minute
	// CUE never frees what it has evaluated
	compilesPerEngine = 400
)

// engineCache holds the engine, the guard rails and the assessor while pages need them. Plain
// data is read once and kept.
type engineCache struct {
	pool enginepool.Pool[*engineSet]
	now  func() time.Time

	mu      sync.Mutex
	data    *moduleData
	presets map[string]*compileOutcome // by the query without changes
}

// engineSet is an engine with the guard rails and the assessor, which are prepared on demand.
type engineSet struct {
	engine *compile.Engine
	now    func() time.Time

	mu       sync.Mutex
	rules    *policy.Rules
	assessor *verdicts.Assessor
	// conformance by the id of a profile, which never changes
	conformance map[string][]conformanceView
}

// maxConformances is the number of profiles after which a set's conformance cache is cleared. Each takes about 50 KB.
const maxConformances = 100

// moduleData is the data of the CUE module that does not depend on a compile.
type moduleData struct {
	Presets   []registry.Preset
	Modifiers []registry.Modifier
	Adapters  []registry.Adapter
	Registry  []registry.Parameter
	Keys      []registry.Key
	Metrics   []registry.Metric
	Versions  registry.Versions

	comparer   *compare.Comparer
	parameters map[string]registry.Parameter
}

func newEngineCache(module string, now func() time.Time) *engineCache {
	c := &engineCache{now: now, presets: map[string]*compileOutcome{}}
	c.pool = enginepool.Pool[*engineSet]{MaxUses: compilesPerEngine, IdleTimeout: engineIdleTimeout, OnDrop: c.clearPresets,
		Create: func() (*engineSet, error) {
			engine, err := compile.New(module)
			if err != nil {
				return nil, wrapFault(err)
			}
			return &engineSet{engine: engine, now: now, conformance: map[string][]conformanceView{}}, nil
		}}
	return c
}

// borrowEngine returns a loaded engine.
func (w *engineCache) borrowEngine() (*compile.Engine, error) {
	set, err := w.pool.Borrow()
	if err != nil {
		return nil, err
	}
	return set.engine, nil
}

func (w *engineCache) close() { w.pool.Close() }

func (w *engineCache) clearPresets() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.presets)
}

// loadGuardRails returns the prepared guard rails.
func (s *engineSet) loadGuardRails(ctx context.Context) (*policy.Rules, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rules == nil {
		// a cancelled request must not cancel the rules of the next one
		rules, err := policy.PrepareGuardRails(context.WithoutCancel(ctx), s.engine.Policies())
		if err != nil {
			return nil, wrapFault(err)
		}
		s.rules = rules
	}
	return s.rules, nil
}

// loadAssessor returns the prepared assessor.
func (w *engineCache) loadAssessor(ctx context.Context) (*verdicts.Assessor, error) {
	s, err := w.pool.Borrow()
	if err != nil {
		return nil, err
	}
	return s.loadAssessor(ctx)
}

// readConformance returns a profile's cached conformance, or nil.
func (s *engineSet) readConformance(id string) []conformanceView {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conformance[id]
}

func (s *engineSet) cacheConformance(id string, all []conformanceView) {
	if id == "" {
		return // not stored, so it can change
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.conformance) >= maxConformances {
		clear(s.conformance)
	}
	s.conformance[id] = all
}

// loadAssessor returns the set's assessor.
func (s *engineSet) loadAssessor(ctx context.Context) (*verdicts.Assessor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.assessor == nil {
		assessor, err := verdicts.New(context.WithoutCancel(ctx), s.engine, s.now)
		if err != nil {
			return nil, wrapFault(err)
		}
		s.assessor = assessor
	}
	return s.assessor, nil
}

// compareDrift compares two profiles and assesses the drift of the second.
func (w *engineCache) compareDrift(ctx context.Context, a, b *behaviour.Profile, earlier []behaviour.Profile) (compare.Comparison,
	*verdicts.Health, error) {
	ref, err := w.loadModuleData()
	if err != nil {
		return compare.Comparison{}, nil, err
	}
	found, err := ref.comparer.Compare(*a, *b, compare.Options{Earlier: earlier})
	if err != nil {
		return compare.Comparison{}, nil, wrapFault(err)
	}
	assessor, err := w.loadAssessor(ctx)
	if err != nil {
		return compare.Comparison{}, nil, err
	}
	health, err := assessor.Drift(ctx, found, nil)
	if err != nil {
		return compare.Comparison{}, nil, wrapFault(err)
	}
	if len(health.Candidates) > 0 {
		found.Candidates = health.Candidates
	}
	return found, &health, nil
}

// loadModuleData reads the module's data once.
func (w *engineCache) loadModuleData() (*moduleData, error) {
	w.mu.Lock()
	known := w.data
	w.mu.Unlock()
	if known != nil {
		return known, nil
	}
	engine, err := w.borrowEngine()
	if err != nil {
		return nil, err
	}
	r := &moduleData{parameters: map[string]registry.Parameter{}}
	for _, read := range []func() error{
		func() (err error) { r.Presets, err = engine.Presets(); return err },
		func() (err error) { r.Modifiers, err = engine.Modifiers(); return err },
		func() (err error) { r.Adapters, err = engine.Adapters(); return err },
		func() (err error) { r.Registry, err = engine.Parameters(); return err },
		func() (err error) { r.Keys, err = engine.Keys(""); return err },
		func() (err error) { r.Metrics, err = engine.Metrics(); return err },
		func() (err error) { r.comparer, err = compare.New(engine); return err },
		func() (err error) { r.Versions, err = engine.Versions(); return err },
	} {
		if err := read(); err != nil {
			return nil, wrapFault(err)
		}
	}
	for _, p := range r.Registry {
		r.parameters[p.Key] = p
	}
	w.mu.Lock()
	w.data = r
	w.mu.Unlock()
	return r, nil
}
