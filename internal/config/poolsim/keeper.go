package poolsim

import "time"

// warmUp opens the first connections of a pool without a reservoir, one after
// the other, and keeps all of them open until the last is there.
func (p *process) warmUp(done func()) {
	s, target := p.sim, p.sim.MaxConns
	pause := time.Duration(0)
	if target > 1 {
		pause = s.Keeper.Stagger / time.Duration(target-1)
	}
	opened := 0
	var next func()
	next = func() {
		if p.ended {
			return
		}
		if opened == target {
			done()
			return
		}
		p.openOne(func(bool) {
			opened++
			s.scheduleAfter(pause, next)
		})
	}
	next()
}

// openOne opens a connection for the pool itself.
func (p *process) openOne(done func(bool)) {
	s := p.sim
	p.pool.opening++
	finish := func(ok bool) {
		p.pool.opening--
		done(ok)
	}
	p.limiter.awaitGrant(func(granted bool) {
		if p.ended {
			return
		}
		var c *connection
		if granted {
			c = s.openConnection(p)
		}
		if c == nil {
			s.scheduleAfter(failureBackoff, func() { finish(false) })
			return
		}
		s.scheduleAfter(s.Handshake, func() {
			if c.closed {
				return
			}
			p.pool.held = append(p.pool.held, c)
			gone := func() {
				p.pool.dropConnection(c)
				p.acquireConnections()
			}
			c.onCut = gone
			s.scheduleAfter(s.Keeper.Lifetime, func() {
				if !c.closed && !p.ended {
					s.closeConnection(p, c)
					gone()
				}
			})
			finish(true)
		})
	})
}

// openDirectly opens what calls miss, all at the same time.
func (p *process) openDirectly() {
	for !p.ended && p.isReady && len(p.pool.held)+p.pool.opening < min(p.pool.wanted, p.sim.MaxConns) {
		p.openOne(func(bool) { p.acquireConnections() })
	}
}

// topUp tops the pool up. It asks the pool for a connection, so that it opens
// one only while no connection is idle.
func (p *process) topUp() {
	s := p.sim
	if p.ended {
		return
	}
	missing := min(s.MaxConns-len(p.pool.held)-p.pool.opening, s.Keeper.PerTick)
	if missing > 0 && len(p.pool.held) <= p.pool.wanted {
		p.openOne(func(bool) {})
	}
	s.scheduleAfter(s.Keeper.Tick, p.topUp)
}
