package assess

import "sync"

// remembered keeps what was made of documents that never change, by their ids. Past
// its bound any of it is forgotten: where there are more that take turns, some are
// still known, while to forget the oldest would be to know none.
type remembered[T any] struct {
	most int

	mu  sync.Mutex
	all map[string]T
}

func (r *remembered[T]) of(id string, made func() (T, error)) (T, error) {
	r.mu.Lock()
	known, found := r.all[id]
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
	if r.all == nil {
		r.all = map[string]T{}
	}
	if len(r.all) >= r.most {
		for any := range r.all {
			delete(r.all, any)
			break
		}
	}
	r.all[id] = fresh
	return fresh, nil
}
