package poolsim

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
)

var update = flag.Bool("update", false, "write the figures of docs/connections.md")

const (
	page         = "../../../docs/connections.md"
	figuresBegin = "<!-- figures: go test ./internal/config/poolsim -run TestFigures -update -->\n"
	figuresEnd   = "<!-- end of figures -->\n"
)

// docs/connections.md has the figures of the presets as they are.
func TestFiguresOfThePage(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), figuresBegin)
	old, after, end := strings.Cut(rest, figuresEnd)
	if !ok || !end {
		t.Fatalf("%s: expected a section between %q and %q", page, figuresBegin, figuresEnd)
	}
	figures := simulatePresets(t)
	if figures == old {
		return
	}
	if !*update {
		t.Fatalf("%s: stale figures\nremedy: go test ./internal/config/poolsim -run TestFigures -update\n%s", page, figures)
	}
	if err := os.WriteFile(page, []byte(before+figuresBegin+figures+figuresEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// simulatePresets writes the table of a cold start, an hour and a rolling update.
func simulatePresets(t *testing.T) string {
	c := newCompiler(t)
	var b strings.Builder
	fmt.Fprintln(
		&b,
		"| preset | gen. | instances | pool + target | first hour | rolling update | ready after | opens/s at start | at rotation | at the cut |",
	)
	fmt.Fprintln(&b, "|---|---|---|---|---|---|---|---|---|---|")
	for _, preset := range []string{"starter", "mid-scale", "high-throughput"} {
		for _, plugin := range []string{"1", "2"} {
			x := c.resolve(t, compile.Request{Preset: preset, PluginVersion: plugin})
			s := x.scenario()
			s.Until = 59 * time.Minute
			hour := Run(s)
			s.Until = 65 * time.Minute
			cut := Run(s)
			s.Rolling = &RollingUpdate{At: 5 * time.Minute, Surge: x.number("deployment.rolling_surge") / 100, Drain: 30 * time.Second}
			s.Until = 10 * time.Minute
			rolling := Run(s)
			ready, ok := hour.LastReady(s.countInstances())
			if !ok {
				t.Fatalf("%s, generation %s: %d of %d processes ready", preset, plugin, len(hour.Ready), s.countInstances())
			}
			target := 0
			if s.Reservoir != nil {
				target = s.Reservoir.waitingTarget()
			}
			fmt.Fprintf(
				&b,
				"| %s | %s | %d | %d + %d | %d | %d | %s | %d | %d | %d |\n",
				preset,
				plugin,
				s.countInstances(),
				s.MaxConns,
				target,
				hour.Peak,
				rolling.Peak,
				ready.Round(time.Second),
				hour.BusiestSeconds(0, 5*time.Minute, 1),
				hour.BusiestSeconds(5*time.Minute, 59*time.Minute, 1),
				cut.BusiestSeconds(59*time.Minute, 65*time.Minute, 1),
			)
		}
	}
	return b.String()
}
