package poolsim

import (
	"testing"
	"time"
)

// BenchmarkRun simulates a cold start and a rolling update of 100 instances.
func BenchmarkRun(b *testing.B) {
	s := onePool(2)
	s.Services = []int{25, 25, 25, 25}
	s.StartPools = 3
	s.MaxConns, s.Load.InUse, s.Reservoir.Target, s.Reservoir.LowWatermark = 20, 20, 20, 20
	s.Limiter = Limiter{Rate: 1, Burst: 10}
	s.Rolling = &RollingUpdate{At: 150 * time.Second, Surge: 1, Drain: 30 * time.Second}
	s.Until = 6 * time.Minute
	for b.Loop() {
		Run(s)
	}
}
