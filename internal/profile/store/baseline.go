package store

import "context"

// SetBaseline sets a profile as the baseline of its cluster and namespace. If expected is set and differs from the
// current baseline ("" means none), it fails with a BaselineError. Of concurrent first calls, exactly one has no
// previous baseline.
func (s *Store) SetBaseline(ctx context.Context, id string, expected *string) (Baseline, error) {
	b, before, err := s.index.SetBaseline(ctx, id, expected, s.now().UTC().Round(0))
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

// Clusters lists the clusters with profiles, by name.
func (s *Store) Clusters(ctx context.Context) ([]Cluster, error) { return s.index.Clusters(ctx) }
