package poolsim

import (
	"container/heap"
	"math/rand/v2"
	"time"
)

// Run simulates a scenario.
func Run(s Scenario) Report {
	sim := &simulation{
		Scenario: s,
		random:   rand.New(rand.NewPCG(s.Seed, 1)),
		server:   server{Cluster: s.Cluster, tokens: float64(s.Cluster.Burst)},
		report:   Report{Seconds: make([]Second, int(s.Until/time.Second)+1)},
	}
	switch s.Limiter.Kind {
	case LocalLimiter:
	case PerSecondCounter:
		sim.shared = &perSecondCounter{sim: sim, limiter: s.Limiter}
	case TokenBucket:
		sim.shared = &tokenBucket{sim: sim, limiter: s.Limiter, tokens: float64(s.Limiter.Burst)}
	}
	if s.Slots != nil && s.Generation == 2 {
		sim.blocks = &blockTable{Slots: *s.Slots, until: make([]time.Duration, s.Slots.Count)}
	}
	for service, replicas := range s.Services {
		for range replicas {
			sim.startProcess(service, nil)
		}
	}
	if s.Rolling != nil {
		sim.scheduleAt(s.Rolling.At, func() {
			for service, replicas := range s.Services {
				sim.rollService(service, replicas)
			}
		})
	}
	sim.scheduleAt(time.Second, sim.sampleSecond)
	sim.processEvents()
	return sim.writeReport()
}

// simulation is one run in progress.
type simulation struct {
	Scenario
	now       time.Duration
	queue     eventQueue
	sequence  int
	random    *rand.Rand
	server    server
	shared    limiter
	blocks    *blockTable
	processes []*process
	running   int
	report    Report
	leaseFail int // failed leases in the second so far
}

type event struct {
	at       time.Duration
	sequence int
	do       func()
}

// eventQueue is a heap of events: by time, then by the order of being scheduled.
type eventQueue []event

func (q eventQueue) Len() int { return len(q) }
func (q eventQueue) Less(i, j int) bool {
	if q[i].at != q[j].at {
		return q[i].at < q[j].at
	}
	return q[i].sequence < q[j].sequence
}
func (q eventQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push appends an event: part of heap.Interface.
func (q *eventQueue) Push(x any) {
	if e, ok := x.(event); ok {
		*q = append(*q, e)
	}
}

// Pop takes the last event: part of heap.Interface.
func (q *eventQueue) Pop() any {
	last := len(*q) - 1
	e := (*q)[last]
	(*q)[last] = event{}
	*q = (*q)[:last]
	return e
}

// scheduleAt schedules an event. Events after the end of the run are dropped.
func (s *simulation) scheduleAt(t time.Duration, do func()) {
	if t > s.Until {
		return
	}
	s.sequence++
	heap.Push(&s.queue, event{at: max(t, s.now), sequence: s.sequence, do: do})
}

func (s *simulation) scheduleAfter(d time.Duration, do func()) { s.scheduleAt(s.now+d, do) }

func (s *simulation) processEvents() {
	for len(s.queue) > 0 {
		e, ok := heap.Pop(&s.queue).(event)
		if !ok {
			break
		}
		s.now = e.at
		e.do()
		if s.MaxFailures > 0 && s.report.CountFailures() > s.MaxFailures {
			break
		}
	}
	s.now = s.Until
}

// drawDuration draws from [0, d).
func (s *simulation) drawDuration(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return time.Duration(s.random.Int64N(int64(d)))
}

// currentSecond returns the record of the current second.
func (s *simulation) currentSecond() *Second {
	return &s.report.Seconds[min(int(s.now/time.Second), len(s.report.Seconds)-1)]
}

func (s *simulation) sampleSecond() {
	done := &s.report.Seconds[int(s.now/time.Second)-1]
	done.Connections = s.server.connections
	for _, p := range s.processes {
		if p.ended {
			continue
		}
		done.Held += len(p.pool.held)
		done.Wanted += p.pool.wanted
		if p.reservoir != nil {
			done.Waiting += len(p.reservoir.ready)
		}
	}
	s.report.LastLeaseFails, s.leaseFail = s.leaseFail, 0
	s.scheduleAfter(time.Second, s.sampleSecond)
}

func (s *simulation) writeReport() Report {
	for _, p := range s.processes {
		if p.ended {
			continue
		}
		for c := range p.connections {
			s.report.Oldest = max(s.report.Oldest, s.now-c.opened)
		}
		s.report.Held += len(p.pool.held)
		if p.reservoir != nil {
			s.report.Waiting += len(p.reservoir.ready)
		}
	}
	return s.report
}

// server is the DSQL cluster.
type server struct {
	Cluster
	connections int
	tokens      float64
	refilled    time.Duration
}

// connection is one physical connection.
type connection struct {
	opened  time.Duration
	expires time.Duration // of its life in a reservoir
	slots   *slotLease    // that it takes a slot of, if any
	closed  bool
	onCut   func() // what its holder does when the server cuts it
}

// openConnection asks the cluster for a connection of a process. It is counted
// from the start of its handshake. Refused opens return nil.
func (s *simulation) openConnection(p *process) *connection {
	v := &s.server
	v.tokens = min(float64(v.Burst), v.tokens+(s.now-v.refilled).Seconds()*v.Rate)
	v.refilled = s.now
	if v.tokens < 1 {
		s.report.RefusedRate++
		s.currentSecond().Refused++
		return nil
	}
	v.tokens--
	if v.connections >= v.Limit {
		s.report.RefusedLimit++
		s.currentSecond().Refused++
		return nil
	}
	v.connections++
	s.report.Opens++
	s.currentSecond().Opens++
	c := &connection{opened: s.now}
	p.connections[c] = struct{}{}
	s.report.PeakInstance = max(s.report.PeakInstance, len(p.connections))
	if v.connections > s.report.Peak {
		s.report.Peak, s.report.PeakAt = v.connections, s.now
	}
	s.scheduleAfter(v.Lifetime, func() {
		if c.closed {
			return
		}
		held := c.onCut
		s.closeConnection(p, c)
		if held != nil {
			held()
		}
	})
	return c
}

func (s *simulation) closeConnection(p *process, c *connection) {
	if c.closed {
		return
	}
	c.closed = true
	s.server.connections--
	delete(p.connections, c)
	if c.slots != nil {
		c.slots.used--
		c.slots = nil
	}
}
