package store

import (
	"context"
	"slices"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// Before returns the profiles that Preceding lists, and those that SameHour lists.
func (s *Store) Before(ctx context.Context, m behaviour.Metadata, most int, then time.Time) ([]behaviour.Profile, error) {
	listed, err := s.Preceding(ctx, m, most)
	if err != nil {
		return nil, err
	}
	if most > 0 {
		daily, err := s.SameHour(ctx, m, then)
		if err != nil {
			return nil, err
		}
		for _, each := range daily {
			if !slices.ContainsFunc(listed, func(l behaviour.Metadata) bool { return l.ID == each.ID }) {
				listed = append(listed, each)
			}
		}
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

// SameHour lists profiles before m's window at the same hour of the day as another time, one for each of the last days
// that have one, latest first. They show the daily cycle.
func (s *Store) SameHour(ctx context.Context, m behaviour.Metadata, then time.Time) ([]behaviour.Metadata, error) {
	var found []behaviour.Metadata
	for _, start := range m.SameHour(then, behaviour.Days) {
		listed, err := s.List(ctx, Filter{
			Cluster: &m.ClusterID, Namespace: &m.Namespace, TaskQueue: &m.TaskQueue,
			From: start, To: start.Add(m.WindowEnd.Sub(m.WindowStart)),
		}, DefaultLimit, "")
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(listed.Profiles, func(each behaviour.Metadata) bool { return m.IsLike(each, start) })
		if at >= 0 {
			found = append(found, listed.Profiles[at])
		}
	}
	return found, nil
}
