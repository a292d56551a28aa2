package capacity_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/config/capacity"
	"github.com/temporal-dsql/temporal-dsql/internal/config/check"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
)

func TestMain(m *testing.M) { os.Exit(rapidtest.RunFewer(m, 5)) }

var sharedEngine = sync.OnceValue(func() *compile.Engine {
	engine := compile.Embedded()
	engine.ExpectMany()
	return engine
})

var sharedOptions = sync.OnceValue(func() check.Options {
	rules, err := policy.PrepareGuardRails(context.Background(), sharedEngine().Policies())
	if err != nil {
		panic(err)
	}
	return check.Options{Rules: rules, Today: time.Now()}
})

func request(t require, preset string, overrides map[string]any) compile.Request {
	t.Helper()
	r := compile.Request{Preset: preset}
	for _, key := range slices.Sorted(maps.Keys(overrides)) {
		o, err := sharedEngine().ParseOverride(fmt.Sprintf("%s=%v", key, overrides[key]))
		if err != nil {
			t.Fatal(err)
		}
		r.Overrides = append(r.Overrides, o)
	}
	return r
}

type require interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// derivedNumbers returns the derived values of a preset with overrides, durations in seconds.
func derivedNumbers(t require, preset string, overrides map[string]any) map[string]float64 {
	t.Helper()
	out, err := sharedEngine().Resolve(request(t, preset, overrides))
	if err != nil || len(out.Violations) > 0 {
		t.Fatalf("%v %+v", err, out)
	}
	values := map[string]float64{}
	for _, p := range out.Profile.Params() {
		if p.Source != "derived" && p.Source != "preset" {
			continue
		}
		switch v := p.Value.(type) {
		case int:
			values[p.Key] = float64(v)
		case float64:
			values[p.Key] = v
		case string:
			if d, err := time.ParseDuration(v); err == nil {
				values[p.Key] = d.Seconds()
			}
		}
	}
	for key := range overrides {
		delete(values, key)
	}
	return values
}

// movements returns how many values change over a series of compiles, and those that go both up
// and down.
func movements(series []map[string]float64) (moved, turning []string) {
	for _, key := range slices.Sorted(maps.Keys(series[0])) {
		up, down := false, false
		for i := range len(series) - 1 {
			up = up || series[i+1][key] > series[i][key]
			down = down || series[i+1][key] < series[i][key]
		}
		if up || down {
			moved = append(moved, key)
		}
		if up && down {
			turning = append(turning, key)
		}
	}
	return moved, turning
}

// Over each preset's range of load at least ten derived values follow the load, over each latency
// target at least three, and none of them goes up and down.
func TestTargetsMoveDerivedValues_P32(t *testing.T) {
	presets, err := sharedEngine().Presets()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range presets {
		const load = "target_state_transitions_per_sec"
		loads := []any{}
		for _, share := range []float64{0, 0.25, 0.5, 0.75, 1} {
			loads = append(loads, max(1, p.Range.Min+share*(p.Range.Max-p.Range.Min)))
		}
		for _, target := range []struct {
			key   string
			steps []any
			least int
		}{
			{load, loads, 10},
			{"max_schedule_to_start_latency_ms", []any{25, 50, 100, 200, 400}, 3},
			{"max_e2e_workflow_latency_ms", []any{100, 200, 400, 800, 1600}, 3},
		} {
			var series []map[string]float64
			for _, step := range target.steps {
				series = append(series, derivedNumbers(t, p.Name, map[string]any{target.key: step}))
			}
			moved, turning := movements(series)
			if len(moved) < target.least {
				t.Errorf(
					"%s: %s over %v moves %d values, fewer than %d: %v",
					p.Name, target.key, target.steps, len(moved), target.least, moved,
				)
			}
			if len(turning) > 0 {
				t.Errorf("%s: over %s these values go up and down: %v", p.Name, target.key, turning)
			}
			t.Logf("%s: %s moves %d values: %s", p.Name, target.key, len(moved), strings.Join(moved, " "))
		}
	}
}

// What a preset states as its range, it carries: nothing is found over it.
func TestPresetsCarryTheirRange(t *testing.T) {
	presets, err := sharedEngine().Presets()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range presets {
		for _, load := range []float64{max(1, p.Range.Min), p.Range.Max} {
			if found := findings(t, request(t, p.Name, map[string]any{"target_state_transitions_per_sec": load})); len(found) > 0 {
				t.Errorf("%s at %v st/s: %+v", p.Name, load, found)
			}
		}
		// the preset as it is, with the load of its upper end
		_, c, err := sharedEngine().Capacity(compile.Request{Preset: p.Name})
		if err != nil {
			t.Fatal(err)
		}
		if c.Bottleneck.FullAt < p.Range.Max {
			t.Errorf(
				"%s is full at %v st/s, below the %v of its range: %s",
				p.Name,
				c.Bottleneck.FullAt,
				p.Range.Max,
				c.Bottleneck.Resource,
			)
		}
	}
}

func findings(t require, r compile.Request) []policy.LocatedFinding {
	t.Helper()
	out, err := sharedEngine().Resolve(r)
	if err != nil {
		t.Fatal(err)
	}
	found, err := check.ListFindings(context.Background(), out, sharedOptions())
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// A proposal has no finding, and one step less of any topology value has one.
func TestSizeIsMinimalAndClean_P33(t *testing.T) {
	engine := sharedEngine()
	known, err := engine.Parameters()
	if err != nil {
		t.Fatal(err)
	}
	byKey := map[string]registry.Parameter{}
	for _, p := range known {
		byKey[p.Key] = p
	}
	rapid.Check(t, func(t *rapid.T) {
		need := capacity.Need{
			Transitions: float64(rapid.OneOf(rapid.IntRange(1, 500), rapid.IntRange(1, 10600)).Draw(t, "transitions")),
			Workload: map[string]any{
				"activities":       rapid.IntRange(0, 20).Draw(t, "activities"),
				"activity_seconds": rapid.IntRange(1, 10).Draw(t, "seconds"),
			},
		}
		p, err := capacity.Size(context.Background(), engine, need, sharedOptions())
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Findings) > 0 {
			t.Fatalf("%+v has findings: %+v", p.Overrides, p.Findings)
		}
		if p.Capacity.Carries.Load < need.Transitions {
			t.Fatalf("%+v carries %v: %s", p.Overrides, p.Capacity.Carries.Load, p.Capacity.Carries.Name)
		}
		for _, x := range p.Topology {
			value := x.Value.(int64)
			less := value - 1
			if strings.Contains(byKey[x.Parameter].Allowed, "power of two") {
				less = value / 2
			}
			overrides := maps.Clone(p.Overrides)
			overrides[x.Parameter] = less
			r := request(t, p.Preset, overrides)
			r.Workload = need.Workload
			if len(findings(t, r)) == 0 {
				t.Fatalf("%s = %d has no finding either, instead of %d: %+v", x.Parameter, less, value, p.Overrides)
			}
		}
	})
}
