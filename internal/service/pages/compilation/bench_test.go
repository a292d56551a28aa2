//go:build bench

package compilation

import (
	"bytes"
	"strconv"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/service/evaluator"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
)

// BenchmarkCompilePage compiles a change on the compile page in three parts: all files, the guard rails, and the HTML.
func BenchmarkCompilePage(b *testing.B) {
	p := New(frame.Frame{}, evaluator.New(b.TempDir(), time.Now), time.Now)
	w := p.Engines()
	b.Cleanup(w.Close)
	ref, err := w.LoadModuleData()
	if err != nil {
		b.Fatal(err)
	}
	query := compileQuery{
		Preset: "mid-scale", Modifier: "orchestrator", SDKs: []string{"go"}, Platforms: []string{"helm"}, Set: map[string]string{},
	}
	preset, err := p.compilePreset(b.Context(), query)
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
			err := w.UseCompiler(func(engine *compile.Engine) error {
				request, err := next().compileRequest(engine)
				if err == nil {
					_, err = engine.Compile(request)
				}
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("compile and guard rails", func(b *testing.B) {
		for b.Loop() {
			if _, err := p.compileChecked(b.Context(), next()); err != nil {
				b.Fatal(err)
			}
		}
	})
	outcome, err := p.compileChecked(b.Context(), next())
	if err != nil {
		b.Fatal(err)
	}
	b.Run("html", func(b *testing.B) {
		for b.Loop() {
			c := compilePage{Wish: query, Ref: ref, CLI: query.commandLine(), Fields: listFields(query, ref, preset), Outcome: outcome}
			c.fillResult(query, preset)
			var out bytes.Buffer
			if err := frame.Execute(&out, "compile", "frame.html", frame.View{Body: c}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
