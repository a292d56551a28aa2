package record

import "sync"

// Progress counts the finished queries of a profile being created.
type Progress struct {
	Done  int `json:"done"`
	Total int `json:"total"`
}

// progressTracker tracks the profiles being created, by idempotency key.
type progressTracker struct {
	mu   sync.Mutex
	made map[string]*creation
}

type creation struct {
	Progress
	requests int
}

// track counts a request's queries until it is done.
func (u *progressTracker) track(q *Request) (done func()) {
	if q.Key == "" {
		return func() {}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.made == nil {
		u.made = map[string]*creation{}
	}
	m := u.made[q.Key]
	if m == nil {
		m = &creation{}
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

// Progress returns the progress of the profile with this idempotency key, or false if none is being created.
func (r *Recorder) Progress(key string) (Progress, bool) {
	r.under.mu.Lock()
	defer r.under.mu.Unlock()
	m := r.under.made[key]
	if m == nil {
		return Progress{}, false
	}
	return m.Progress, true
}
