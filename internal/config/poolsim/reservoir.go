package poolsim

import "time"

const (
	idleCheck      = 100 * time.Millisecond // of a refiller that has nothing to do
	failureBackoff = 250 * time.Millisecond
	scanInterval   = time.Second
)

// reservoir holds connections that wait, and a refiller that opens them one
// scheduleAfter the other.
type reservoir struct {
	sim     *simulation
	process *process
	Reservoir
	size    int // target and capacity
	ready   []*connection
	lease   *slotLease // nil means no leases
	born    time.Duration
	idle    bool
	idledAt time.Duration
	stopped bool
}

func (p *process) newReservoir(config Reservoir, lease *slotLease) *reservoir {
	r := &reservoir{sim: p.sim, process: p, Reservoir: config, size: config.waitingTarget(), lease: lease, born: p.sim.now}
	r.openNext()
	return r
}

// openNext opens the next connection, or rests until the reservoir is below its target.
func (r *reservoir) openNext() {
	s := r.sim
	if r.stopped || r.process.ended {
		return
	}
	if len(r.ready) >= r.size {
		r.idle, r.idledAt = true, s.now
		return
	}
	r.idle = false
	if r.lease != nil && !r.lease.takeSlot() {
		s.report.FailedLeases++
		s.leaseFail++
		s.scheduleAfter(failureBackoff, r.openNext)
		return
	}
	r.process.limiter.awaitGrant(func(granted bool) {
		if r.process.ended {
			return
		}
		if !granted {
			r.failOpen()
			return
		}
		c := s.openConnection(r.process)
		if c == nil {
			r.failOpen()
			return
		}
		c.slots = r.lease
		s.scheduleAfter(s.Handshake, func() {
			if c.closed {
				return
			}
			c.opened = s.now
			c.expires = s.now + r.Lifetime + s.drawDuration(r.Jitter)
			r.returnConnection(c)
			r.openNext()
		})
	})
}

func (r *reservoir) failOpen() {
	if r.lease != nil {
		r.lease.used--
	}
	r.sim.scheduleAfter(failureBackoff, r.openNext)
}

// wakeRefiller makes a resting refiller look again, at its next check.
func (r *reservoir) wakeRefiller() {
	if !r.idle {
		return
	}
	r.idle = false
	checks := (r.sim.now-r.idledAt)/idleCheck + 1
	r.sim.scheduleAt(r.idledAt+checks*idleCheck, r.openNext)
}

// returnConnection puts a connection into the reservoir, or closes it.
func (r *reservoir) returnConnection(c *connection) {
	s := r.sim
	remaining := c.expires - s.now
	if remaining <= 0 || remaining < r.Guard || len(r.ready) >= r.size {
		s.closeConnection(r.process, c)
		return
	}
	r.ready = append(r.ready, c)
	c.onCut = func() { r.removeConnection(c) }
	if r.stopped {
		return // its scanner has stopped as well
	}
	due := c.expires - r.Guard
	scans := (due-r.born)/scanInterval + 1
	s.scheduleAt(r.born+scans*scanInterval, func() {
		if !c.closed && !r.stopped && r.removeConnection(c) {
			s.closeConnection(r.process, c)
		}
	})
}

// removeConnection takes a connection out of the reservoir, if it waits there.
func (r *reservoir) removeConnection(c *connection) bool {
	for i, x := range r.ready {
		if x == c {
			r.ready = append(r.ready[:i], r.ready[i+1:]...)
			r.wakeRefiller()
			return true
		}
	}
	return false
}

// checkOut takes the connection that has waited longest.
func (r *reservoir) checkOut() *connection {
	if len(r.ready) == 0 {
		return nil
	}
	c := r.ready[0]
	r.ready = r.ready[1:]
	r.wakeRefiller()
	if c.expires-r.sim.now < r.Guard {
		r.sim.closeConnection(r.process, c)
		return nil
	}
	c.onCut = nil
	return c
}
