package poolsim

import "time"

// blockTable is the table of slot blocks, with the time until which each is taken.
type blockTable struct {
	Slots
	until []time.Duration // forever while its owner renews it
}

const forever = time.Duration(1<<63 - 1)

// slotLease is the blocks of one pool, and the number of slots that connections hold.
type slotLease struct {
	blocks []int
	taken  time.Duration
	size   int
	used   int
}

// takeBlocks gives a pool the blocks for its target, once, from a random block on.
func (s *simulation) takeBlocks(target int) *slotLease {
	t := s.blocks
	lease := &slotLease{taken: s.now}
	needed := (target + t.Size - 1) / t.Size
	first := s.random.IntN(t.Count)
	for i := 0; i < t.Count && len(lease.blocks) < needed; i++ {
		b := (first + i) % t.Count
		if t.until[b] > s.now {
			continue
		}
		t.until[b] = forever
		lease.blocks = append(lease.blocks, b)
		lease.size += t.Size
	}
	held := 0
	for _, until := range t.until {
		if until > s.now {
			held++
		}
	}
	s.report.BlocksPeak = max(s.report.BlocksPeak, held)
	return lease
}

// abandonBlocks handles the end of a process: its blocks stay taken until their
// time to live has passed since the last renewal.
func (s *simulation) abandonBlocks(lease *slotLease) {
	renewals := (s.now - lease.taken) / s.blocks.Renew
	renewed := lease.taken + renewals*s.blocks.Renew
	for _, b := range lease.blocks {
		s.blocks.until[b] = renewed + s.blocks.TTL
	}
}

// takeSlot takes a slot for one connection.
func (l *slotLease) takeSlot() bool {
	if l.used >= l.size {
		return false
	}
	l.used++
	return true
}
