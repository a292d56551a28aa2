package record

import "sync"

// A Progress tells how far a profile is that is being made.
type Progress struct {
	Done  int `json:"done"`
	Total int `json:"total"`
}

// underWay are the profiles that are being made, by the keys of their requests.
type underWay struct {
	mu   sync.Mutex
	made map[string]*making
}

type making struct {
	Progress
	requests int
}

// start keeps count of a request's queries until it is done.
func (u *underWay) start(q *Request) (done func()) {
	if q.Key == "" {
		return func() {}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.made == nil {
		u.made = map[string]*making{}
	}
	m := u.made[q.Key]
	if m == nil {
		m = &making{}
		u.made[q.Key] = m
	}
	m.requests++
	key, told := q.Key, q.Progress
	q.Progress = func(done, total int) {
		u.mu.Lock()
		m.Progress = Progress{max(m.Done, done), total}
		u.mu.Unlock()
		if told != nil {
			told(done, total)
		}
	}
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		if m.requests--; m.requests == 0 {
			delete(u.made, key)
		}
	}
}

// Progress tells how far the profile of a request with this key is; false where
// none is being made.
func (r *Recorder) Progress(key string) (Progress, bool) {
	r.under.mu.Lock()
	defer r.under.mu.Unlock()
	m := r.under.made[key]
	if m == nil {
		return Progress{}, false
	}
	return m.Progress, true
}
