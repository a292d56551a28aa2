package poolsim

import (
	"reflect"
	"testing"
	"time"
)

// dsql is the cluster with its default quotas.
var dsql = Cluster{Limit: 10000, Rate: 100, Burst: 1000, Lifetime: time.Hour}

// onePool is the bench of the measurements: one reservoir of the plugin, with its
// defaults, and a pool that uses all its connections.
func onePool(generation Generation) Scenario {
	return Scenario{
		Seed: 1, Generation: generation, Cluster: dsql, Services: []int{1}, MaxConns: 50,
		Reservoir: &Reservoir{
			Target: 50, LowWatermark: 50, Lifetime: 11 * time.Minute, Jitter: 2 * time.Minute,
			Guard: 45 * time.Second, FillTimeout: 30 * time.Second,
		},
		Limiter:   Limiter{Rate: 10, Burst: 100},
		Handshake: 100 * time.Millisecond,
		Load:      Load{InUse: 50},
		Until:     time.Minute,
	}
}

// Measured on PostgreSQL with the plugin's own code: a maximum of 50 and a target
// of 50 make 100 connections.
func TestPoolAndReservoirAddUp(t *testing.T) {
	for _, generation := range []Generation{1, 2} {
		r := Run(onePool(generation))
		if r.Peak != 100 || r.Held != 50 || r.Waiting != 50 {
			t.Errorf("generation %d: peak %d, held %d, waiting %d; measured 100, 50, 50", generation, r.Peak, r.Held, r.Waiting)
		}
	}
}

// Measured: base lifetime 4 s and jitter 1 s, and after 20 s the oldest connection
// is 21.5 s old. Nothing retires a connection that the pool holds.
func TestHeldConnectionsOutliveTheirLifetime(t *testing.T) {
	s := onePool(2)
	s.Reservoir.Lifetime, s.Reservoir.Jitter, s.Reservoir.Guard = 4*time.Second, time.Second, 0
	s.Reservoir.Target, s.Reservoir.LowWatermark, s.MaxConns, s.Load.InUse = 10, 10, 10, 10
	s.Until = 22 * time.Second
	r := Run(s)
	if r.Oldest < 20*time.Second {
		t.Errorf("the oldest connection is %s old; measured 21.5s", r.Oldest)
	}
	if r.Opens < 40 {
		t.Errorf("%d opens: waiting connections are not replaced", r.Opens)
	}
}

// Measured: 50 connections take some 5 s, as handshakes of 100 ms follow each other.
func TestFillingIsSequential(t *testing.T) {
	r := Run(onePool(2))
	if len(r.Ready) != 1 || r.Ready[0].Fill < 4500*time.Millisecond || r.Ready[0].Fill > 5500*time.Millisecond {
		t.Errorf("filled after %+v; measured some 5s", r.Ready)
	}
}

// Measured: one block of 50 slots for a maximum of 50 and a target of 50. The pool
// takes all slots; the reservoir stays empty, with four failed leases a second.
func TestOneBlockForTheTargetStarvesTheReservoir(t *testing.T) {
	s := onePool(2)
	s.Slots = &Slots{Size: 50, Count: 200, TTL: 3 * time.Minute, Renew: time.Minute}
	r := Run(s)
	if r.Waiting != 0 || r.Held != 50 || r.LastLeaseFails != 4 {
		t.Errorf("waiting %d, held %d, %d failed leases a second; measured 0, 50, 4", r.Waiting, r.Held, r.LastLeaseFails)
	}
	s.Slots.Size = 100
	if r := Run(s); r.Waiting != 50 || r.FailedLeases != 0 {
		t.Errorf("with 100 slots: waiting %d, %d failed leases", r.Waiting, r.FailedLeases)
	}
}

// Measured with the whole plugin of generation 1: after the three pools that a
// server opens and closes at its start, one process has 250 connections, as the
// reservoirs of the closed pools stay. Generation 2 leaves 5 each, from its code.
func TestStartPoolsLeaveConnections(t *testing.T) {
	for generation, peak := range map[Generation]int{1: 250, 2: 115} {
		s := onePool(generation)
		s.StartPools, s.Limiter = 3, Limiter{Rate: 100, Burst: 1000}
		if r := Run(s); r.PeakInstance != peak {
			t.Errorf("generation %d: %d connections, want %d", generation, r.PeakInstance, peak)
		}
	}
}

// Measured with generation 1: calls that lose their connection make the server
// recreate the pool, and each time one more reservoir stays. In generation 2 it
// stays until DSQL cuts its connections, and its slot block as long as the process.
func TestRecreatedPoolsLeaveReservoirs(t *testing.T) {
	s := onePool(1)
	s.Load.CutInCall, s.Until = 1, 62*time.Minute
	if r := Run(s); r.Recreated != 1 || r.Peak != 150 {
		t.Errorf("generation 1: peak %d after %d recreations, want 150 after 1", r.Peak, r.Recreated)
	}
	s.Generation = 2
	s.Slots = &Slots{Size: 100, Count: 100, TTL: 3 * time.Minute, Renew: time.Minute}
	if r := Run(s); r.Recreated != 1 || r.BlocksPeak != 2 {
		t.Errorf("generation 2: %d blocks after %d recreations, want 2 after 1", r.BlocksPeak, r.Recreated)
	}
}

// An empty reservoir is backpressure in generation 2. Generation 1 recreates the
// pool, and the new reservoir takes from the same open rate: a spiral.
func TestEmptyReservoirRecreatesThePoolInGeneration1(t *testing.T) {
	s := onePool(1)
	s.Reservoir.Target, s.Reservoir.LowWatermark, s.Limiter = 25, 25, Limiter{Rate: 1, Burst: 25}
	s.Until = 5 * time.Minute
	if r := Run(s); r.Recreated < 5 {
		t.Errorf("%d recreations", r.Recreated)
	}
	s.Generation = 2
	if r := Run(s); r.Recreated != 0 || r.EmptyOpens == 0 {
		t.Errorf("generation 2: %d recreations, %d opens found nothing", r.Recreated, r.EmptyOpens)
	}
}

// Blocks of ended processes stay taken for their time to live: with as many blocks
// as instances, a rolling update finds none.
func TestRollingUpdateNeedsBlocksOfEndedProcesses(t *testing.T) {
	s := onePool(2)
	s.Services = []int{8}
	s.Rolling = &RollingUpdate{At: time.Minute, Surge: 0.25, Drain: 5 * time.Second}
	s.Until = 10 * time.Minute
	s.Slots = &Slots{Size: 100, Count: 10, TTL: 3 * time.Minute, Renew: time.Minute}
	if r := Run(s); r.FailedStarts == 0 {
		t.Error("10 blocks suffice for 8 instances and a surge of 2")
	}
	s.Slots.Count = 16
	if r := Run(s); r.FailedStarts != 0 || len(r.Ready) != 16 {
		t.Errorf("with two blocks an instance: %d failed starts, %d ready", r.FailedStarts, len(r.Ready))
	}
}

// The pool keeper asks its pool for a connection, and gets an idle one: after the
// connections of the warm-up have ended, the pool holds what calls use.
func TestKeeperDoesNotKeepThePoolFull(t *testing.T) {
	s := onePool(1)
	s.Reservoir, s.MaxConns, s.Load.InUse = nil, 10, 4
	s.Keeper = Keeper{Lifetime: 10 * time.Minute, Tick: time.Second, PerTick: 5}
	s.Until = 9 * time.Minute
	if r := Run(s); r.Held != 10 {
		t.Errorf("%d connections after the warm-up, want 10", r.Held)
	}
	s.Until = 15 * time.Minute
	if r := Run(s); r.Held < 4 || r.Held > 5 {
		t.Errorf("%d connections after their lifetime, want those of 4 calls and one idle", r.Held)
	}
}

// The same scenario and seed give the same report.
func TestRunIsDeterministic(t *testing.T) {
	s := onePool(1)
	s.Services, s.StartPools, s.Stagger, s.Until = []int{6, 4, 3, 2}, 3, 5*time.Second, 70*time.Minute
	s.Load.CutInCall = 0.5
	s.Rolling = &RollingUpdate{At: 20 * time.Minute, Surge: 0.5, Drain: 30 * time.Second}
	if a, b := Run(s), Run(s); !reflect.DeepEqual(a, b) {
		t.Error("two runs of the same scenario differ")
	}
}
