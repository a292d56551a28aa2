package assess_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts/verdictstest"
)

// BenchmarkAssess judges windows whose profiles are kept, as StoreAssessment does
// after CollectProfile: each is read, compared with the baseline of its cluster and
// twelve earlier windows, and checked against the promises of mid-scale. Every profile has
// all metrics, with 240 points each. Clusters take turns, as in a service, and each
// time it is another window: of it nothing is remembered. What is, once a cluster has
// been assessed, is its baseline, the levels of its earlier windows, and what its
// configuration promises.
func BenchmarkAssess(b *testing.B) {
	const clusters, windows = 50, 4
	engine := compile.Embedded()
	kept, err := store.Open(b.Context(), store.Options{DataDir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = kept.Close() })
	comparer, err := compare.New(engine)
	if err != nil {
		b.Fatal(err)
	}
	assessor, err := verdicts.New(b.Context(), engine, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	var like []behaviour.Profile // of each cluster, with a configuration of its own
	for cluster := range clusters {
		wait, err := engine.ParseOverride(fmt.Sprintf("max_schedule_to_start_latency_ms=%d", 150+cluster))
		if err != nil {
			b.Fatal(err)
		}
		p, err := verdictstest.Profile(engine, compile.Request{Preset: "mid-scale", Overrides: []compile.Override{wait}}, nil)
		if err != nil {
			b.Fatal(err)
		}
		p.ID, p.ClusterID = "", fmt.Sprint("cluster-", cluster)
		like = append(like, p)
	}
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	random := rand.New(rand.NewPCG(1, 2))
	var asked []assess.Window
	var profiles []string
	for window := range behaviour.EarlierWindows + 1 + windows {
		for cluster := range clusters {
			m, err := kept.Create(b.Context(), noisy(like[cluster], start.Add(time.Duration(window)*time.Hour), random), nil)
			if err != nil {
				b.Fatal(err)
			}
			switch {
			case window == behaviour.EarlierWindows:
				if _, err := kept.SetBaseline(b.Context(), m.ID, nil); err != nil {
					b.Fatal(err)
				}
			case window > behaviour.EarlierWindows:
				asked = append(asked, assess.Window{ClusterID: m.ClusterID, WindowStart: m.WindowStart, WindowEnd: m.WindowEnd})
				profiles = append(profiles, m.ID)
			}
		}
	}
	w := assess.New(assess.Options{Store: kept, Comparer: func() (assess.Comparer, error) { return comparer, nil }, Assessor: assessor})
	judge := func(i int) {
		i %= len(asked)
		a, err := w.AssessProfile(b.Context(), asked[i], profiles[i])
		if err != nil {
			b.Fatal(err)
		}
		if a.Health == verdicts.Unknown || a.Conformance != verdicts.Conforming || len(a.Metrics) < 40 {
			b.Fatalf("%s, %s, %d metrics", a.Drift.Summary, a.Conformance, len(a.Metrics))
		}
	}
	for cluster := range clusters {
		judge(cluster)
	}
	for _, baseline := range []struct {
		name   string
		forget func()
	}{{"remembered", func() {}}, {"read anew", w.ForgetBaselines}} {
		b.Run("baseline "+baseline.name, func(b *testing.B) {
			b.ReportAllocs()
			runtime.GC() // what was left by making the profiles
			n := 0
			began := processor()
			for b.Loop() {
				baseline.forget()
				judge(n)
				n++
			}
			each := (processor() - began) / time.Duration(n)
			b.ReportMetric(float64(time.Minute)/float64(each), "assessments/min")
			b.ReportMetric(float64(each.Microseconds())/1000, "cpu-ms/op")
		})
	}
}

// noisy is a profile with 240 points of each metric, about its levels.
func noisy(like behaviour.Profile, start time.Time, random *rand.Rand) behaviour.Profile {
	p := like
	p.WindowStart, p.WindowEnd = start, start.Add(time.Hour)
	p.CreatedAt = p.WindowEnd
	p.Telemetry = behaviour.Telemetry{}
	for category, all := range like.Telemetry {
		p.Telemetry[category] = map[string]behaviour.Summary{}
		for name, s := range all {
			points := make([]behaviour.Point, behaviour.MaxPoints)
			for i := range points {
				points[i] = behaviour.Point{Time: start.Unix() + int64(15*i), Value: *s.Mean * (1 + 0.01*random.NormFloat64())}
			}
			n := behaviour.Summarise(points, len(points))
			n.Unit, n.Kind, n.Scope = s.Unit, s.Kind, s.Scope
			p.Telemetry[category][name] = n
		}
	}
	return p
}

// processor is the time that this process has used of it.
func processor() time.Duration {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
