package poolsim

import (
	"math"
	"slices"
	"time"
)

const (
	gateCheck     = 100 * time.Millisecond // of a start that waits for its reservoir
	startWork     = 300 * time.Millisecond // that a short-lived pool is open for
	shortTarget   = 5                      // connections of a short-lived pool, generation 2
	shortFill     = 10 * time.Second       // its fill timeout
	emptyWait     = 100 * time.Millisecond // of an open in generation 1
	emptyTries    = 3                      // of database/sql, before the error comes out
	retryOpen     = 100 * time.Millisecond // of calls that found no connection
	recreatePause = time.Second            // between two recreations of a pool
	restartDelay  = 30 * time.Second       // of the platform, after a failed start
)

// process is one instance of a service.
type process struct {
	sim         *simulation
	service     int
	began       time.Duration
	limiter     limiter
	connections map[*connection]struct{}
	leases      []*slotLease
	reservoir   *reservoir // of the service's own pool
	pool        pool
	onReady     func()
	isReady     bool
	ended       bool
	recreatedAt time.Duration
}

// pool is the database/sql pool of a process. It closes nothing that it holds.
type pool struct {
	held    []*connection
	wanted  int // by calls
	opening int // without a reservoir
	blocked bool
	paused  bool // while it is recreated
}

// dropConnection forgets a connection that is closed.
func (p *pool) dropConnection(c *connection) {
	if i := slices.Index(p.held, c); i >= 0 {
		p.held = slices.Delete(p.held, i, i+1)
	}
}

func (s *simulation) startProcess(service int, onReady func()) {
	p := &process{sim: s, service: service, began: s.now, connections: map[*connection]struct{}{}, onReady: onReady}
	p.limiter = s.shared
	if s.shared == nil {
		p.limiter = newLocalLimiter(s)
	}
	s.processes = append(s.processes, p)
	s.running++
	s.report.PeakProcesses = max(s.report.PeakProcesses, s.running)
	s.scheduleAfter(s.drawDuration(s.Stagger), func() { p.openStartPools(s.StartPools) })
}

// openStartPools opens and closes the short-lived pools one after the other,
// then the service's own.
func (p *process) openStartPools(left int) {
	s := p.sim
	if p.ended {
		return
	}
	if left == 0 {
		p.openServicePool()
		return
	}
	if s.Reservoir == nil {
		p.warmUp(func() {
			for _, c := range p.pool.held {
				s.closeConnection(p, c)
			}
			p.pool.held = nil
			p.openStartPools(left - 1)
		})
		return
	}
	config, leases := *s.Reservoir, s.blocks != nil
	if s.Generation == 2 {
		config.Target, config.LowWatermark, config.FillTimeout = shortTarget, shortTarget, shortFill
		leases = false
	}
	p.fillReservoir(config, leases, func(r *reservoir) {
		c := r.checkOut()
		if c == nil {
			p.failStart()
			return
		}
		s.scheduleAfter(startWork, func() {
			if s.Generation == 2 {
				r.stopped = true // its waiting connections stay open
			}
			if !c.closed {
				r.returnConnection(c)
			}
			p.openStartPools(left - 1)
		})
	})
}

// fillReservoir starts a reservoir and waits at the start gate: for the low
// watermark, or for the fill timeout.
func (p *process) fillReservoir(config Reservoir, leases bool, opened func(*reservoir)) {
	s := p.sim
	var lease *slotLease
	if leases && s.blocks != nil {
		lease = s.takeBlocks(config.waitingTarget())
		p.leases = append(p.leases, lease)
	}
	r := p.newReservoir(config, lease)
	began := s.now
	var gate func()
	gate = func() {
		switch {
		case p.ended:
		case len(r.ready) >= config.LowWatermark:
			opened(r)
		case s.now-began >= config.FillTimeout:
			s.report.TimedOutFills++
			opened(r)
		default:
			s.scheduleAfter(gateCheck, gate)
		}
	}
	gate()
}

func (p *process) openServicePool() {
	s := p.sim
	began := s.now
	if s.Reservoir == nil {
		p.warmUp(func() {
			p.becomeReady(s.now - began)
			s.scheduleAfter(s.Keeper.Tick, p.topUp)
		})
		return
	}
	p.fillReservoir(*s.Reservoir, true, func(r *reservoir) {
		p.reservoir = r
		c := r.checkOut()
		if c == nil {
			p.failStart()
			return
		}
		p.holdConnection(c)
		p.becomeReady(s.now - began)
	})
}

// failStart ends a process that has no connection for its first ping. The
// platform starts another.
func (p *process) failStart() {
	s := p.sim
	s.report.FailedStarts++
	p.endProcess()
	s.scheduleAfter(restartDelay, func() { s.startProcess(p.service, p.onReady) })
}

func (p *process) becomeReady(fill time.Duration) {
	s := p.sim
	p.isReady = true
	s.report.Ready = append(s.report.Ready, Start{At: s.now, Took: s.now - p.began, Fill: fill})
	for i := 1; i <= s.Load.InUse; i++ {
		s.scheduleAfter(s.Load.Ramp*time.Duration(i)/time.Duration(s.Load.InUse), func() {
			p.pool.wanted++
			p.acquireConnections()
		})
	}
	if p.onReady != nil {
		p.onReady()
	}
}

// holdConnection puts a connection into the pool.
func (p *process) holdConnection(c *connection) {
	p.pool.held = append(p.pool.held, c)
	c.onCut = func() {
		p.pool.dropConnection(c)
		if p.ended {
			return
		}
		if p.sim.random.Float64() < p.sim.Load.CutInCall {
			p.recreatePool()
			return
		}
		p.acquireConnections()
	}
}

// acquireConnections opens connections until the calls have theirs.
func (p *process) acquireConnections() {
	s := p.sim
	if s.Reservoir == nil {
		p.openDirectly()
		return
	}
	for !p.ended && !p.pool.paused && !p.pool.blocked && len(p.pool.held) < min(p.pool.wanted, s.MaxConns) {
		if c := p.reservoir.checkOut(); c != nil {
			p.holdConnection(c)
			continue
		}
		p.pool.blocked = true
		p.retryEmpty(1)
	}
}

// retryEmpty handles an open that found the reservoir empty. Generation 2 fails at
// once, and the calls retry. Generation 1 waits, and the error of its last try makes
// the server recreate the pool.
func (p *process) retryEmpty(try int) {
	s := p.sim
	pause := retryOpen
	if s.Generation == 1 {
		pause = emptyWait
	}
	if s.Generation == 2 || try == emptyTries {
		s.report.EmptyOpens++
	}
	s.scheduleAfter(pause, func() {
		if p.ended || p.pool.paused {
			p.pool.blocked = false
			return
		}
		if s.Generation == 1 && len(p.reservoir.ready) == 0 {
			if try < emptyTries {
				p.retryEmpty(try + 1)
				return
			}
			p.pool.blocked = false
			p.recreatePool()
			return
		}
		p.pool.blocked = false
		p.acquireConnections()
	})
}

// recreatePool closes the pool and starts over with a new reservoir. The old
// reservoir goes on in generation 1. In generation 2 its refiller stops, and its
// connections and slot blocks stay.
func (p *process) recreatePool() {
	s := p.sim
	if p.pool.paused || (p.recreatedAt > 0 && s.now-p.recreatedAt < recreatePause) {
		s.scheduleAfter(recreatePause, p.acquireConnections)
		return
	}
	s.report.Recreated++
	p.recreatedAt = s.now
	p.pool.paused = true
	old := p.reservoir
	held := p.pool.held
	p.pool.held = nil
	for _, c := range held {
		old.returnConnection(c)
	}
	p.fillReservoir(*s.Reservoir, true, func(r *reservoir) {
		if s.Generation == 2 {
			old.stopped = true
		}
		p.reservoir = r
		p.pool.paused, p.pool.blocked = false, false
		p.acquireConnections()
	})
}

// endProcess stops the process. Its slot blocks stay taken for their time to live.
func (p *process) endProcess() {
	if p.ended {
		return
	}
	s := p.sim
	p.ended = true
	s.running--
	for c := range p.connections {
		s.closeConnection(p, c)
	}
	for _, lease := range p.leases {
		s.abandonBlocks(lease)
	}
}

// rollService replaces the instances of a service in waves.
func (s *simulation) rollService(service, replicas int) {
	surge := int(math.Ceil(s.Rolling.Surge*float64(replicas) - 1e-9))
	var old []*process
	for _, p := range s.processes {
		if p.service == service && !p.ended {
			old = append(old, p)
		}
	}
	var wave func()
	wave = func() {
		if len(old) == 0 {
			return
		}
		size := min(max(1, surge), len(old))
		stopping := old[:size]
		old = old[size:]
		if surge == 0 { // no room for one more: stop first
			for _, p := range stopping {
				p.endProcess()
			}
			stopping = nil
		}
		started := 0
		for range size {
			s.startProcess(service, func() {
				if started++; started < size {
					return
				}
				s.scheduleAfter(s.Rolling.Drain, func() {
					for _, p := range stopping {
						p.endProcess()
					}
					wave()
				})
			})
		}
	}
	wave()
}
