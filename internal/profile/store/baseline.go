package store

import (
	"context"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/index"
)

// CurrentIs is the condition that this profile is the baseline.
func CurrentIs(id string) Condition { return index.CurrentIs(id) }

// SetBaseline sets a profile as the baseline of its cluster and namespace. It fails with a BaselineError if the current
// baseline does not meet the condition; nil means none. Of concurrent first calls, exactly one has no previous baseline.
func (s *Store) SetBaseline(ctx context.Context, id string, condition Condition) (Baseline, error) {
	b, before, err := s.index.SetBaseline(ctx, id, condition, s.now().UTC().Round(0))
	if err != nil {
		return Baseline{}, err
	}
	if b.Previous == "" {
		s.writeCopy(ctx, baselineCopy{b}, nil)
	} else {
		s.writeCopy(ctx, baselineCopy{b}, baselineCopy{before})
	}
	return b, nil
}

// Baseline returns the baseline of a cluster and namespace, or nil.
func (s *Store) Baseline(ctx context.Context, cluster, namespace string) (*Baseline, error) {
	return s.index.Baseline(ctx, cluster, namespace)
}

// BaselineOf returns the baseline of a profile's cluster and namespace, or nil.
func (s *Store) BaselineOf(ctx context.Context, id string) (*Baseline, error) {
	return s.index.BaselineOf(ctx, id)
}

// Clusters lists the clusters with profiles, by name.
func (s *Store) Clusters(ctx context.Context) ([]Cluster, error) { return s.index.Clusters(ctx) }
