package store

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// prober is implemented by documents that can check whether they take new ones.
type prober interface {
	// Probe writes something small and removes it.
	Probe(ctx context.Context) error
}

// readiness remembers the last successful check of the documents.
type readiness struct {
	mu      sync.Mutex
	checked time.Time
}

// Ready checks that the index and the documents can be read and written. Failures are checked again each time.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.index.Ping(ctx); err != nil {
		return err
	}
	for entry, err := range s.documents.List(ctx, profilesPrefix) {
		if err == nil {
			if _, err = s.documents.Get(ctx, entry.Name); isMissing(err) {
				err = nil // deleted meanwhile
			}
		}
		if err != nil {
			return fmt.Errorf("the documents cannot be read: %w", err)
		}
		break
	}
	s.ready.mu.Lock()
	defer s.ready.mu.Unlock()
	if now := time.Now(); now.Sub(s.ready.checked) < probeInterval {
		return nil
	}
	if err := s.index.CheckWritable(ctx); err != nil {
		return fmt.Errorf("the index cannot be written: %w", err)
	}
	if p, ok := s.documents.(prober); ok {
		if err := p.Probe(ctx); err != nil {
			return fmt.Errorf("the documents cannot be written: %w", err)
		}
	}
	s.ready.checked = time.Now()
	return nil
}
