package cli

import (
	"context"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
)

// What CUE has evaluated it never gives back: an engine grows by some 14 MB a
// snapshot, and by less with what is held against promises.
const (
	snapshotsOfEngine = 4
	verdictsOfEngine  = 400
	// settings that an engine grows by another use for: 2,000 of them are 120 to 210 MB
	settingsOfUse = 256
)

// A judging compares and judges profiles, and takes what that needs when it is
// asked.
type judging struct {
	comparers lease[*compare.Comparer]
	assessors lease[*verdicts.Assessor]
}

func newJudging(dir string) *judging {
	return &judging{
		comparers: lease[*compare.Comparer]{make: func() (*compare.Comparer, error) {
			engine, err := compile.New(dir)
			if err != nil {
				return nil, err
			}
			return compare.New(engine)
		}},
		assessors: lease[*verdicts.Assessor]{uses: verdictsOfEngine, make: func() (*verdicts.Assessor, error) {
			engine, err := compile.New(dir)
			if err != nil {
				return nil, err
			}
			return verdicts.New(context.Background(), engine)
		}},
	}
}

// Compare tells what differs in b, against a.
func (j *judging) Compare(a, b behaviour.Profile, r compare.Request) (compare.Comparison, error) {
	c, err := j.comparers.get()
	if err != nil {
		return compare.Comparison{}, err
	}
	return c.Compare(a, b, r)
}

// comparer is there once it is asked for.
func (j *judging) comparer() (assess.Comparer, error) { return j.comparers.get() }

// Conformance holds a profile against what was promised.
func (j *judging) Conformance(ctx context.Context, p behaviour.Profile, t verdicts.Target) (verdicts.Conformance, error) {
	a, err := j.assessors.get()
	if err != nil {
		return verdicts.Conformance{}, err
	}
	return a.Conformance(ctx, p, t)
}

// Recommend tells what to change.
func (j *judging) Recommend(ctx context.Context, p behaviour.Profile, t verdicts.Target) (verdicts.Recommendations, error) {
	a, err := j.assessors.get()
	if err != nil {
		return verdicts.Recommendations{}, err
	}
	return a.Recommend(ctx, p, t)
}

// Drift tells of a comparison whether the cluster is still what it was.
func (j *judging) Drift(ctx context.Context, c compare.Comparison, conformance *verdicts.Conformance) (verdicts.Health, error) {
	a, err := j.assessors.get()
	if err != nil {
		return verdicts.Health{}, err
	}
	return a.Drift(ctx, c, conformance)
}

// A renewedTaker takes snapshots, each with an engine that has not grown.
type renewedTaker struct{ lease[*snapshot.Taker] }

func newTaker(dir string, key []byte) *renewedTaker {
	return &renewedTaker{lease[*snapshot.Taker]{uses: snapshotsOfEngine, make: func() (*snapshot.Taker, error) {
		engine, err := compile.New(dir)
		if err != nil {
			return nil, err
		}
		return snapshot.New(engine, key), nil
	}}}
}

// Check refuses to be told what nothing is known of.
func (r *renewedTaker) Check(stated snapshot.Versions) error {
	if stated.Preset == "" && stated.DSQLPlugin == "" {
		return nil // without an engine
	}
	taker, err := r.give(0)
	if err != nil {
		return err
	}
	return taker.Check(stated)
}

// Take reads all sources.
func (r *renewedTaker) Take(ctx context.Context, from snapshot.Sources) (*snapshot.Taken, error) {
	taker, err := r.get()
	if err != nil {
		return nil, err
	}
	taken, err := taker.Take(ctx, from)
	if err == nil {
		r.spend(taken.Settings / settingsOfUse)
	}
	return taken, err
}
