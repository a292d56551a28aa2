package cli

import (
	"context"
	"sync"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/snapshot"
)

// An engine keeps what it has evaluated: after so many snapshots, or so long
// without one, a process that runs for weeks starts with a new one.
const (
	takesOfEngine = 4
	engineIdle    = 5 * time.Second
)

// A renewedTaker takes snapshots, each with an engine that has not grown.
type renewedTaker struct {
	dir string
	key []byte

	mu    sync.Mutex
	taker *snapshot.Taker
	taken int
	drop  *time.Timer
}

// Take reads all sources.
func (r *renewedTaker) Take(ctx context.Context, from snapshot.Sources) (*snapshot.Taken, error) {
	taker, err := r.current()
	if err != nil {
		return nil, err
	}
	return taker.Take(ctx, from)
}

func (r *renewedTaker) current() (*snapshot.Taker, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.taker == nil || r.taken == takesOfEngine {
		engine, err := compile.New(r.dir)
		if err != nil {
			return nil, err
		}
		r.taker, r.taken = snapshot.New(engine, r.key), 0
	}
	r.taken++
	if r.drop == nil {
		r.drop = time.AfterFunc(engineIdle, r.forget)
	}
	r.drop.Reset(engineIdle)
	return r.taker, nil
}

func (r *renewedTaker) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taker = nil
}
