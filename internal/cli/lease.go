package cli

import (
	"runtime/debug"
	"sync"
	"time"
)

// leaseIdle is how long what a service needs now and then is kept unused: as
// long as the service itself waits before it gives memory back.
const leaseIdle = 10 * time.Second

// A lease has what takes much memory while somebody needs it: it is made when it
// is first asked for, made anew after so many uses, and given back when nobody
// has asked for a while. Who has got it may go on with it.
type lease[T any] struct {
	make func() (T, error)
	uses int // 0 is any number

	mu     sync.Mutex
	has    bool
	what   T
	used   int
	ending *time.Timer
}

// get gives it, for one use.
func (l *lease[T]) get() (T, error) { return l.give(1) }

// give gives it for so many uses; what takes next to nothing is none.
func (l *lease[T]) give(uses int) (T, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.has || l.uses > 0 && l.used+uses > l.uses {
		made, err := l.make()
		if err != nil {
			return made, err
		}
		l.what, l.has, l.used = made, true, 0
	}
	l.used += uses
	if l.ending == nil {
		l.ending = time.AfterFunc(leaseIdle, l.end)
	}
	l.ending.Reset(leaseIdle)
	return l.what, nil
}

// spend takes further uses off, of what turned out to be a large one.
func (l *lease[T]) spend(uses int) {
	l.mu.Lock()
	l.used += uses
	l.mu.Unlock()
}

// end gives it back.
func (l *lease[T]) end() {
	l.mu.Lock()
	var none T
	l.what, l.has = none, false
	l.mu.Unlock()
	debug.FreeOSMemory()
}
