package pages

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts/verdictstest"
)

// BenchmarkProfilePage renders the page of a profile with every metric, 240 samples each, in three parts: the checks
// against every preset, the view, and the HTML.
func BenchmarkProfilePage(b *testing.B) {
	w := newEngineCache(b.TempDir(), time.Now)
	b.Cleanup(w.close)
	ref, err := w.loadModuleData()
	if err != nil {
		b.Fatal(err)
	}
	profile := sampledProfile(b)
	held, err := w.checkConformance(b.Context(), profile)
	if err != nil {
		b.Fatal(err)
	}
	unsaved := *profile
	unsaved.ID = "" // never cached
	for name, checked := range map[string]*behaviour.Profile{"conformance": &unsaved, "conformance, cached": profile} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := w.checkConformance(b.Context(), checked); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	v := newProfileView(profile, ref, held)
	b.Run("view", func(b *testing.B) {
		for b.Loop() {
			newProfileView(profile, ref, held)
		}
	})
	b.Run("html", func(b *testing.B) {
		for b.Loop() {
			var out bytes.Buffer
			if err := executeTemplate(&out, "profile", "frame.html", pageView{Title: profile.Name, Body: v}); err != nil {
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

// BenchmarkCompilePage compiles a change on the compile page in three parts: all files, the guard rails, and the HTML.
func BenchmarkCompilePage(b *testing.B) {
	w := newEngineCache(b.TempDir(), time.Now)
	b.Cleanup(w.close)
	ref, err := w.loadModuleData()
	if err != nil {
		b.Fatal(err)
	}
	query := compileQuery{
		Preset: "mid-scale", Modifier: "orchestrator", SDKs: []string{"go"}, Platforms: []string{"helm"}, Set: map[string]string{},
	}
	preset, err := w.compilePreset(b.Context(), query)
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	next := func() compileQuery {
		n++
		query.Set["history.replicas"] = strconv.Itoa(4 + n%40)
		return query
	}
	b.Run("compile", func(b *testing.B) {
		for b.Loop() {
			set, err := w.pool.Borrow()
			if err != nil {
				b.Fatal(err)
			}
			request, err := next().compileRequest(set.engine)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := set.engine.Compile(request); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("compile and guard rails", func(b *testing.B) {
		for b.Loop() {
			if _, err := w.compileChecked(b.Context(), next()); err != nil {
				b.Fatal(err)
			}
		}
	})
	outcome, err := w.compileChecked(b.Context(), next())
	if err != nil {
		b.Fatal(err)
	}
	b.Run("html", func(b *testing.B) {
		for b.Loop() {
			c := compilePage{Wish: query, Ref: ref, CLI: query.commandLine(), Fields: listFields(query, ref, preset), Outcome: outcome}
			c.fillResult(query, preset)
			var out bytes.Buffer
			if err := executeTemplate(&out, "compile", "frame.html", pageView{Body: c}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
