package cli

import (
	"context"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/enginepool"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
)

// Uses of an engine before it is replaced. CUE never frees what it has evaluated: an engine
// grows by 14 MB per snapshot, and by less per verdict.
const (
	snapshotsPerEngine = 4
	verdictsPerEngine  = 400
	// a snapshot of 2,000 settings grows an engine by 120 to 210 MB, so it counts as several
	settingsPerUse = 256
)

// judges compare and assess profiles with engines that are created on demand.
type judges struct {
	comparers enginepool.Pool[*compare.Comparer]
	assessors enginepool.Pool[*verdicts.Assessor]
}

func newJudges(dir string, now func() time.Time) *judges {
	return &judges{
		comparers: enginepool.Pool[*compare.Comparer]{Create: func() (*compare.Comparer, error) {
			engine, err := compile.New(dir)
			if err != nil {
				return nil, err
			}
			return compare.New(engine)
		}},
		assessors: enginepool.Pool[*verdicts.Assessor]{MaxUses: verdictsPerEngine, Create: func() (*verdicts.Assessor, error) {
			engine, err := compile.New(dir)
			if err != nil {
				return nil, err
			}
			return verdicts.New(context.Background(), engine, now)
		}},
	}
}

// Compare compares b with a.
func (j *judges) Compare(a, b behaviour.Profile, r compare.Options) (compare.Comparison, error) {
	c, err := j.comparers.Borrow()
	if err != nil {
		return compare.Comparison{}, err
	}
	return c.Compare(a, b, r)
}

// borrowComparer returns the comparer, created on demand.
func (j *judges) borrowComparer() (assess.Comparer, error) { return j.comparers.Borrow() }

// Conformance checks a profile against its promises.
func (j *judges) Conformance(ctx context.Context, p behaviour.Profile, t verdicts.Target) (verdicts.Conformance, error) {
	a, err := j.assessors.Borrow()
	if err != nil {
		return verdicts.Conformance{}, err
	}
	return a.Conformance(ctx, p, t)
}

// Recommend recommends changes.
func (j *judges) Recommend(ctx context.Context, p behaviour.Profile, t verdicts.Target) (verdicts.Recommendations, error) {
	a, err := j.assessors.Borrow()
	if err != nil {
		return verdicts.Recommendations{}, err
	}
	return a.Recommend(ctx, p, t)
}

// Drift assesses a comparison with the baseline.
func (j *judges) Drift(ctx context.Context, c compare.Comparison, conformance *verdicts.Conformance) (verdicts.Health, error) {
	a, err := j.assessors.Borrow()
	if err != nil {
		return verdicts.Health{}, err
	}
	return a.Drift(ctx, c, conformance)
}

// WithCandidates adds the candidates to a comparison.
func (j *judges) WithCandidates(ctx context.Context, c compare.Comparison) (compare.Comparison, error) {
	a, err := j.assessors.Borrow()
	if err != nil {
		return c, err
	}
	return a.WithCandidates(ctx, c)
}

// pooledTaker takes snapshots with engines of a pool.
type pooledTaker struct {
	pool enginepool.Pool[*snapshot.Taker]
}

func newPooledTaker(dir string, key []byte) *pooledTaker {
	return &pooledTaker{enginepool.Pool[*snapshot.Taker]{MaxUses: snapshotsPerEngine, Create: func() (*snapshot.Taker, error) {
		engine, err := compile.New(dir)
		if err != nil {
			return nil, err
		}
		return snapshot.New(engine, key), nil
	}}}
}

// Check rejects versions that are not known.
func (p *pooledTaker) Check(stated snapshot.Versions) error {
	if stated.Preset == "" && stated.DSQLPlugin == "" {
		return nil // needs no engine
	}
	taker, err := p.pool.BorrowFor(0)
	if err != nil {
		return err
	}
	return taker.Check(stated)
}

// Take reads all sources.
func (p *pooledTaker) Take(ctx context.Context, from snapshot.Sources) (*snapshot.Snapshot, error) {
	taker, err := p.pool.Borrow()
	if err != nil {
		return nil, err
	}
	taken, err := taker.Take(ctx, from)
	if err == nil {
		p.pool.AddUses(taken.Settings / settingsPerUse)
	}
	return taken, err
}
