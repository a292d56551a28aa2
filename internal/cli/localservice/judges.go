package localservice

import (
	"context"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
	"github.com/temporal-dsql/temporal-dsql/internal/service/evaluator"
)

// Judges compare and assess profiles with the engines of the process.
type Judges struct{ pool *evaluator.Pool }

// NewJudges returns the judges of a pool of engines.
func NewJudges(pool *evaluator.Pool) *Judges { return &Judges{pool} }

// comparer returns the comparer, created on demand.
func (j *Judges) comparer() (comparer *compare.Comparer, err error) {
	err = j.pool.Use(func(s *evaluator.Set) error {
		comparer, err = s.Comparer()
		return err
	})
	return comparer, err
}

// useAssessor runs a function with the assessor.
func (j *Judges) useAssessor(ctx context.Context, do func(a *verdicts.Assessor) error) error {
	return j.pool.Use(func(s *evaluator.Set) error {
		assessor, err := s.Assessor(ctx)
		if err != nil {
			return err
		}
		return do(assessor)
	})
}

// Compare compares b with a.
func (j *Judges) Compare(a, b behaviour.Profile, r compare.Options) (compare.Comparison, error) {
	c, err := j.comparer()
	if err != nil {
		return compare.Comparison{}, err
	}
	return c.Compare(a, b, r)
}

// BorrowComparer returns the comparer, created on demand.
func (j *Judges) BorrowComparer() (assess.Comparer, error) { return j.comparer() }

// Conformance checks a profile against its promises.
func (j *Judges) Conformance(ctx context.Context, p behaviour.Profile, t verdicts.Target) (c verdicts.Conformance, err error) {
	err = j.useAssessor(ctx, func(a *verdicts.Assessor) (err error) { c, err = a.Conformance(ctx, p, t); return err })
	return c, err
}

// Recommend recommends changes.
func (j *Judges) Recommend(ctx context.Context, p behaviour.Profile, t verdicts.Target) (r verdicts.Recommendations, err error) {
	err = j.useAssessor(ctx, func(a *verdicts.Assessor) (err error) { r, err = a.Recommend(ctx, p, t); return err })
	return r, err
}

// Drift assesses a comparison with the baseline.
func (j *Judges) Drift(ctx context.Context, c compare.Comparison, conformance *verdicts.Conformance) (h verdicts.Health, err error) {
	err = j.useAssessor(ctx, func(a *verdicts.Assessor) (err error) { h, err = a.Drift(ctx, c, conformance); return err })
	return h, err
}

// WithCandidates adds the candidates to a comparison.
func (j *Judges) WithCandidates(ctx context.Context, c compare.Comparison) (with compare.Comparison, err error) {
	with = c
	err = j.useAssessor(ctx, func(a *verdicts.Assessor) (err error) { with, err = a.WithCandidates(ctx, c); return err })
	return with, err
}

// pooledTaker takes snapshots with the engines of the process.
type pooledTaker struct {
	*snapshot.Taker
	pool *evaluator.Pool
}

func newPooledTaker(pool *evaluator.Pool, key []byte) *pooledTaker {
	return &pooledTaker{pool: pool, Taker: snapshot.NewShared(func(do func(*compile.Engine) error) error {
		return pool.Use(func(s *evaluator.Set) error {
			s.ReuseEvaluation()
			return do(s.Engine)
		})
	}, key)}
}

// Take reads all sources. A large configuration counts as several uses.
func (p *pooledTaker) Take(ctx context.Context, from snapshot.Sources) (*snapshot.Snapshot, error) {
	taken, err := p.Taker.Take(ctx, from)
	if err == nil {
		p.pool.CountSettings(taken.Settings)
	}
	return taken, err
}
