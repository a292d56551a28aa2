package store

import (
	"context"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// Before returns the profiles that Preceding lists.
func (s *Store) Before(ctx context.Context, m behaviour.Metadata, most int) ([]behaviour.Profile, error) {
	listed, err := s.Preceding(ctx, m, most)
	if err != nil {
		return nil, err
	}
	var found []behaviour.Profile
	for _, each := range listed {
		p, err := s.Get(ctx, each.ID)
		if err != nil {
			return nil, err
		}
		found = append(found, *p)
	}
	return found, nil
}

// Preceding lists profiles of the same cluster, namespace and task queue with windows before m's and about as long,
// latest first, at most the given number.
func (s *Store) Preceding(ctx context.Context, m behaviour.Metadata, most int) ([]behaviour.Metadata, error) {
	const page = 100
	var found []behaviour.Metadata
	length := m.WindowEnd.Sub(m.WindowStart)
	f := Filter{Cluster: &m.ClusterID, Namespace: &m.Namespace, TaskQueue: &m.TaskQueue, To: m.WindowStart}
	for cursor := ""; most > 0; {
		listed, err := s.List(ctx, f, min(page, 4*most), cursor)
		if err != nil {
			return nil, err
		}
		for _, each := range listed.Profiles {
			if l := each.WindowEnd.Sub(each.WindowStart); each.WindowEnd.After(m.WindowStart) || l > 2*length || length > 2*l {
				continue
			}
			if found = append(found, each); len(found) == most {
				return found, nil
			}
		}
		if cursor = listed.Next; cursor == "" {
			break
		}
	}
	return found, nil
}
