package profileview

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts/verdictstest"
	"github.com/temporal-dsql/temporal-dsql/internal/service/evaluator"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/engines"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
)

// BenchmarkProfilePage renders the page of a profile with every metric, 240 samples each, in three parts: the checks
// against every preset, the view, and the HTML.
func BenchmarkProfilePage(b *testing.B) {
	w := engines.NewPool(evaluator.New(b.TempDir(), time.Now), nil)
	b.Cleanup(w.Close)
	ref, err := w.LoadModuleData()
	if err != nil {
		b.Fatal(err)
	}
	profile := sampledProfile(b)
	held, err := CheckConformance(b.Context(), w, profile)
	if err != nil {
		b.Fatal(err)
	}
	unsaved := *profile
	unsaved.ID = "" // never cached
	for name, checked := range map[string]*behaviour.Profile{"conformance": &unsaved, "conformance, cached": profile} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := CheckConformance(b.Context(), w, checked); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	v := NewProfile(profile, ref, held)
	b.Run("view", func(b *testing.B) {
		for b.Loop() {
			NewProfile(profile, ref, held)
		}
	})
	b.Run("html", func(b *testing.B) {
		for b.Loop() {
			var out bytes.Buffer
			if err := frame.Execute(&out, "profile", "frame.html", frame.View{Title: profile.Name, Body: v}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// sampledProfile returns a profile of a mid-scale cluster with all metrics.
func sampledProfile(tb testing.TB) *behaviour.Profile {
	tb.Helper()
	p, err := verdictstest.Profile(compile.Embedded(), compile.Request{Preset: "mid-scale"}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	p.WindowStart = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	p.WindowEnd = p.WindowStart.Add(time.Hour)
	random := rand.New(rand.NewPCG(1, 2))
	for _, metrics := range p.Telemetry {
		for name, s := range metrics {
			points := make([]behaviour.Point, behaviour.MaxPoints)
			for i := range points {
				points[i] = behaviour.Point{Time: p.WindowStart.Unix() + int64(15*i), Value: *s.Mean * (1 + 0.1*random.NormFloat64())}
			}
			sampled := behaviour.Summarise(points, len(points))
			sampled.Unit, sampled.Kind, sampled.Scope = s.Unit, s.Kind, s.Scope
			metrics[name] = sampled
		}
	}
	return &p
}
