package assess

import "sync"

// cache holds values derived from immutable documents, by id. It evicts at random: under a cyclic scan larger than
// the cache, LRU would never hit.
type cache[T any] struct {
	maxEntries int

	mu      sync.Mutex
	entries map[string]T
}

func (r *cache[T]) getOrLoad(id string, made func() (T, error)) (T, error) {
	r.mu.Lock()
	known, found := r.entries[id]
	r.mu.Unlock()
	if found {
		return known, nil
	}
	fresh, err := made()
	if err != nil {
		return fresh, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.entries == nil {
		r.entries = map[string]T{}
	}
	if len(r.entries) >= r.maxEntries {
		for any := range r.entries {
			delete(r.entries, any)
			break
		}
	}
	r.entries[id] = fresh
	return fresh, nil
}
