package pages

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
)

// How long an engine is kept that nobody asks anything, and how many compiles it
// makes before another takes its place: what CUE has evaluated it never gives back.
const (
	idleAfter   = time.Minute
	mostCompile = 400
)

// A workshop has the engine and the guard rails while they are needed. What is
// read of them once is kept as plain data.
type workshop struct {
	module string
	now    func() time.Time

	mu      sync.Mutex
	engine  *compile.Engine
	rules   *policy.Rules
	judging *verdicts.Assessor
	used    int
	leaving *time.Timer

	reference *reference
	plainly   map[string]*outcome // presets without anything on top, by what they are compiled for
}

// A reference is what the module knows, whatever is compiled.
type reference struct {
	Presets   []compile.Preset
	Modifiers []compile.Modifier
	Adapters  []compile.Adapter
	Registry  []compile.Parameter
	Keys      []compile.Key
	Metrics   []compile.Metric
	Versions  compile.Versions

	comparer   *compare.Comparer
	parameters map[string]compile.Parameter
}

func newWorkshop(module string, now func() time.Time) *workshop {
	return &workshop{module: module, now: now, plainly: map[string]*outcome{}}
}

// open gives an engine that is loaded.
func (w *workshop) open() (*compile.Engine, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.engine == nil || w.used >= mostCompile {
		engine, err := compile.New(w.module)
		if err != nil {
			return nil, fault(err)
		}
		w.engine, w.rules, w.judging, w.used = engine, nil, nil, 0
	}
	w.used++
	if w.leaving != nil {
		w.leaving.Stop()
	}
	w.leaving = time.AfterFunc(idleAfter, w.leave)
	return w.engine, nil
}

// stop ends it for good.
func (w *workshop) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.leaving != nil {
		w.leaving.Stop()
	}
}

// leave gives back what an engine takes.
func (w *workshop) leave() {
	w.mu.Lock()
	w.engine, w.rules, w.judging = nil, nil, nil
	clear(w.plainly)
	w.mu.Unlock()
	debug.FreeOSMemory()
}

// guardrails gives the rules, prepared.
func (w *workshop) guardrails(ctx context.Context, engine *compile.Engine) (*policy.Rules, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.rules == nil {
		// a request that is given up leaves the rules for the next
		rules, err := policy.Guardrails(context.WithoutCancel(ctx), engine.Policies())
		if err != nil {
			return nil, fault(err)
		}
		w.rules = rules
	}
	return w.rules, nil
}

// assessor gives what judges profiles, prepared.
func (w *workshop) assessor(ctx context.Context) (*verdicts.Assessor, error) {
	engine, err := w.open()
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.judging == nil {
		judging, err := verdicts.New(context.WithoutCancel(ctx), engine)
		if err != nil {
			return nil, fault(err)
		}
		w.judging = judging
	}
	return w.judging, nil
}

// drift compares two profiles, and tells how far the second has drifted.
func (w *workshop) drift(ctx context.Context, a, b *behaviour.Profile, earlier []behaviour.Profile) (compare.Comparison, *verdicts.Health, error) {
	ref, err := w.refer()
	if err != nil {
		return compare.Comparison{}, nil, err
	}
	found, err := ref.comparer.Compare(*a, *b, compare.Request{Earlier: earlier})
	if err != nil {
		return compare.Comparison{}, nil, fault(err)
	}
	assessor, err := w.assessor(ctx)
	if err != nil {
		return compare.Comparison{}, nil, err
	}
	health, err := assessor.Drift(ctx, found, nil)
	if err != nil {
		return compare.Comparison{}, nil, fault(err)
	}
	return found, &health, nil
}

// refer gives what the module knows, read once.
func (w *workshop) refer() (*reference, error) {
	w.mu.Lock()
	known := w.reference
	w.mu.Unlock()
	if known != nil {
		return known, nil
	}
	engine, err := w.open()
	if err != nil {
		return nil, err
	}
	r := &reference{parameters: map[string]compile.Parameter{}}
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
			return nil, fault(err)
		}
	}
	for _, p := range r.Registry {
		r.parameters[p.Key] = p
	}
	w.mu.Lock()
	w.reference = r
	w.mu.Unlock()
	return r, nil
}
