package behaviour_test

import (
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

func TestDPUPerTransition(t *testing.T) {
	summary := func(value float64, scope string) behaviour.Summary {
		s := behaviour.Summarise([]behaviour.Point{{Time: 1, Value: value}}, 1)
		s.Scope = []string{scope}
		return s
	}
	missing := behaviour.MissingSummary("not exported", 1)
	missing.Scope = []string{behaviour.Cluster}
	for name, x := range map[string]struct {
		billed, transitions behaviour.Summary
		want                float64 // 0 means unknown
	}{
		"both":               {summary(30, behaviour.Cluster), summary(150, behaviour.Cluster), 0.2},
		"no DPU":             {missing, summary(150, behaviour.Cluster), 0},
		"no transitions":     {summary(30, behaviour.Cluster), missing, 0},
		"no load":            {summary(30, behaviour.Cluster), summary(0, behaviour.Cluster), 0},
		"of one namespace":   {summary(30, behaviour.Cluster), summary(50, "namespace"), 0},
		"never asked for it": {behaviour.Summary{}, summary(150, behaviour.Cluster), 0},
	} {
		got := behaviour.Telemetry{
			"dsql": {"dpu_per_sec": x.billed}, "throughput": {"state_transitions_per_sec": x.transitions},
		}.DPUPerTransition()
		if (got != nil) != (x.want > 0) || got != nil && *got != x.want {
			t.Errorf("%s: %v, want %v", name, got, x.want)
		}
	}
}
