package poolsim

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
)

var services = []string{"history", "matching", "frontend", "worker"}

// mostInstances bounds the deployments that the formulas are tested with, by whether their
// instances share a limiter. A guard rail refuses more instances with a limiter of their
// own: open_rate_budget.
var mostInstances = map[bool]int{false: 100, true: 200}

// deployments draws a deployment of 4 instances to the most that its limiter allows.
func deployments(t *rapid.T) (compile.Request, []string) {
	preset := rapid.SampledFrom([]string{"starter", "mid-scale", "high-throughput"}).Draw(t, "preset")
	instances := rapid.IntRange(4, mostInstances[preset == "high-throughput"]).Draw(t, "instances")
	left := instances
	var overrides []string
	for i, service := range services {
		n := left
		if others := len(services) - 1 - i; others > 0 {
			n = rapid.IntRange(1, left-others).Draw(t, service)
		}
		left -= n
		overrides = append(overrides, fmt.Sprintf("%s.replicas=%d", service, n))
	}
	surge := rapid.SampledFrom([]int{0, 25, 50, 100}).Draw(t, "surge")
	overrides = append(overrides, fmt.Sprintf("deployment.rolling_surge=%d", surge))
	return compile.Request{
		Preset: preset,
		Modifier: rapid.SampledFrom([]string{"", "simple-crud", "orchestrator", "batch-processor", "long-running"}).
			Draw(t, "modifier"),
		PluginVersion: rapid.SampledFrom([]string{"1", "2"}).Draw(t, "plugin"),
	}, overrides
}

// A cold start and a rolling update stay inside the budget of connections and the
// open rate, every start gate opens before its timeout, and no reservoir starves.
func TestFormulasHoldOverStartAndRollingUpdate(t *testing.T) {
	c := newCompiler(t)
	rapid.Check(t, func(t *rapid.T) {
		request, overrides := deployments(t)
		x := c.resolve(t, request, overrides...)
		s := x.scenario()
		s.Seed = rapid.Uint64().Draw(t, "seed")
		s.Rolling = &RollingUpdate{At: 5 * time.Minute, Surge: x.number("deployment.rolling_surge") / 100, Drain: 30 * time.Second}
		s.Until, s.MaxFailures = 10*time.Minute, 100
		r := Run(s)
		budget := int(math.Floor(x.limit("connections_per_cluster") * x.limit("connection_share")))
		if s.MaxConns > 1 && r.Peak > budget {
			t.Errorf("peak of %d connections at %s, budget %d", r.Peak, r.PeakAt, budget)
		}
		if r.RefusedRate > 0 || r.RefusedLimit > 0 {
			t.Errorf("refused: %d over the open rate, %d over the limit", r.RefusedRate, r.RefusedLimit)
		}
		if r.TimedOutFills > 0 || r.FailedStarts > 0 {
			t.Errorf("%d start gates timed out, %d starts failed, slowest fill %s", r.TimedOutFills, r.FailedStarts, r.SlowestFill())
		}
		if r.FailedLeases > 0 {
			t.Errorf("%d refills found no free slot", r.FailedLeases)
		}
		if last, ok := r.LastReady(s.countInstances()); !ok || last > s.Rolling.At {
			t.Errorf("%d of %d processes ready, the last after %s", len(r.Ready), s.countInstances(), last)
		}
	})
}

// An hour holds the rotation of waiting connections and, an hour after the cold
// start, the cut of all those that pools hold. Pools are as busy as a
// guard rail allows. No open finds a reservoir empty, and rotation leaves its share of
// the open rate to restarts.
func TestFormulasHoldOverAnHour(t *testing.T) {
	c := newCompiler(t)
	for _, preset := range []string{"mid-scale", "high-throughput"} {
		for _, plugin := range []string{"1", "2"} {
			for _, each := range []int{0, 2, 8} { // replicas of each service; 0 means the preset's
				t.Run(fmt.Sprintf("%s, generation %s, %d replicas", preset, plugin, each), func(t *testing.T) {
					var overrides []string
					for _, service := range services {
						if each > 0 {
							overrides = append(overrides, fmt.Sprintf("%s.replicas=%d", service, each))
						}
					}
					x := c.resolve(t, compile.Request{Preset: preset, PluginVersion: plugin}, overrides...)
					s := x.scenario()
					s.Load.InUse = int(x.limit("busy_share") * float64(s.MaxConns))
					s.Until, s.MaxFailures = 65*time.Minute, 100
					r := Run(s)
					last, ok := r.LastReady(s.countInstances())
					if !ok || r.RefusedRate+r.RefusedLimit+r.TimedOutFills+r.FailedLeases+r.EmptyOpens+r.Recreated > 0 {
						t.Fatalf("ready %t, refused %d and %d, gates timed out %d, no slot %d, empty reservoir %d, recreated %d", ok,
							r.RefusedRate, r.RefusedLimit, r.TimedOutFills, r.FailedLeases, r.EmptyOpens, r.Recreated)
					}
					rotation := x.limit("connections_per_second") * x.limit("refill_share")
					if busiest := r.BusiestSeconds(5*time.Minute, 59*time.Minute, 10); float64(busiest) > 10*rotation {
						t.Errorf("rotation opens %d connections in 10 seconds, planned are %v a second", busiest, rotation)
					}
					waiting := s.countInstances() * s.Reservoir.waitingTarget()
					full := r.Seconds[int((s.Cluster.Lifetime+last+s.Reservoir.FillTimeout)/time.Second)]
					if full.Held != full.Wanted || float64(full.Waiting) < 0.9*float64(waiting) {
						t.Errorf(
							"after the cut %d of %d connections are held and %d of %d wait",
							full.Held,
							full.Wanted,
							full.Waiting,
							waiting,
						)
					}
				})
			}
		}
	}
}

// Instances with a limiter of their own go over the cluster's open rate when there
// are more of them than it opens connections a second: the share of each is at least
// 1. Here all of them start in the same second.
func TestOwnLimitersOfManyInstancesGoOverTheOpenRate(t *testing.T) {
	c := newCompiler(t)
	for each, refused := range map[int]bool{25: false, 50: true} {
		var overrides []string
		for _, service := range services {
			overrides = append(overrides, fmt.Sprintf("%s.replicas=%d", service, each))
		}
		s := c.resolve(t, compile.Request{Preset: "mid-scale", PluginVersion: "2"}, overrides...).scenario()
		s.Stagger, s.Until = 0, 2*time.Minute
		if r := Run(s); r.RefusedRate > 0 != refused {
			t.Errorf("%d instances: %d opens refused", 4*each, r.RefusedRate)
		}
	}
}
