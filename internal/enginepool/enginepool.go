// Package enginepool shares values that are expensive to create and that grow with use, such as
// CUE engines: CUE never frees what it has evaluated.
package enginepool

import (
	"cmp"
	"runtime/debug"
	"sync"
	"time"
)

// DefaultIdleTimeout is how long a pool keeps an unused value by default.
const DefaultIdleTimeout = 10 * time.Second

// Pool holds one value: created on first use, replaced after MaxUses, dropped when idle. A
// borrowed value stays valid.
type Pool[T any] struct {
	// Create returns a new value.
	Create func() (T, error)
	// MaxUses is the number of uses of one value; 0 means unlimited.
	MaxUses int
	// IdleTimeout is how long an unused value is kept; 0 means DefaultIdleTimeout.
	IdleTimeout time.Duration
	// OnDrop is called without the lock after the pool dropped an idle value; it can be nil.
	OnDrop func()

	mu     sync.Mutex
	isFull bool
	value  T
	uses   int
	timer  *time.Timer
	active int           // functions of Use that run
	idle   chan struct{} // closed when none runs; nil if nothing waits for that
}

// Borrow returns the value for one use.
func (p *Pool[T]) Borrow() (T, error) { return p.BorrowFor(1) }

// BorrowFor returns the value for a number of uses. A cheap use can count as 0.
func (p *Pool[T]) BorrowFor(uses int) (T, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.borrow(uses)
}

// Use runs a function with the value, for a number of uses. A value is replaced only while no function uses it, so that
// there is one at a time. The function must not call Use.
func (p *Pool[T]) Use(uses int, do func(T) error) error {
	value, err := p.enter(uses)
	if err != nil {
		return err
	}
	defer p.leave()
	return do(value)
}

// enter returns the value. If it must be replaced, enter waits until no function uses it.
func (p *Pool[T]) enter(uses int) (T, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.active > 0 && p.isUsedUp(uses) {
		if p.idle == nil {
			p.idle = make(chan struct{})
		}
		idle := p.idle
		p.mu.Unlock()
		<-idle
		p.mu.Lock()
	}
	value, err := p.borrow(uses)
	if err == nil {
		p.active++
	}
	return value, err
}

func (p *Pool[T]) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.active--; p.active == 0 && p.idle != nil {
		close(p.idle)
		p.idle = nil
	}
}

// isUsedUp reports whether a number of further uses is too many for the value.
func (p *Pool[T]) isUsedUp(uses int) bool {
	return !p.isFull || p.MaxUses > 0 && p.uses > 0 && p.uses+uses > p.MaxUses
}

// borrow returns the value, created if needed, with the lock held.
func (p *Pool[T]) borrow(uses int) (T, error) {
	if p.isUsedUp(uses) {
		p.clear() // before another one takes its memory
		created, err := p.Create()
		if err != nil {
			return created, err
		}
		p.value, p.isFull, p.uses = created, true, 0
	}
	p.uses += uses
	timeout := cmp.Or(p.IdleTimeout, DefaultIdleTimeout)
	if p.timer == nil {
		p.timer = time.AfterFunc(timeout, p.dropIdle)
	}
	p.timer.Reset(timeout)
	return p.value, nil
}

// AddUses counts further uses of the value, after a use that turned out to be large.
func (p *Pool[T]) AddUses(uses int) {
	p.mu.Lock()
	p.uses += uses
	p.mu.Unlock()
}

// Close drops the value and stops the timer.
func (p *Pool[T]) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Stop()
	}
	p.clear()
}

// dropIdle drops the value and returns its memory to the system. A value that a long use still holds stays.
func (p *Pool[T]) dropIdle() {
	p.mu.Lock()
	if p.active > 0 {
		p.timer.Reset(cmp.Or(p.IdleTimeout, DefaultIdleTimeout))
		p.mu.Unlock()
		return
	}
	p.clear()
	p.mu.Unlock()
	if p.OnDrop != nil {
		p.OnDrop()
	}
	debug.FreeOSMemory()
}

func (p *Pool[T]) clear() {
	var none T
	p.value, p.isFull = none, false
}
