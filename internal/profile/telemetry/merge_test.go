package telemetry_test

import (
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/telemetry"
)

// A second source fills in what the first lacks, and replaces nothing.
func TestMerge(t *testing.T) {
	has := func(value float64) behaviour.Summary {
		return behaviour.Summarise([]behaviour.Point{{Time: 1, Value: value}}, 1)
	}
	none := func(reason string) behaviour.Summary { return behaviour.MissingSummary(reason, 1) }
	r := &telemetry.Result{Telemetry: behaviour.Telemetry{"resources": {
		"cpu.history": has(1), "memory": none("not exported"), "heap": none("not exported"),
	}}, Collection: behaviour.Collection{Failed: []string{"a"}}}
	r.Merge(&telemetry.Result{Telemetry: behaviour.Telemetry{
		"resources": {
			"cpu.history": has(2), "cpu.matching": has(2), "memory.history": has(2), "memory.matching": has(3), "heap": none("refused"),
		},
		"dsql": {"dpu": has(4), "conflicts": none("no samples")},
	}, Collection: behaviour.Collection{Partial: true, Failed: []string{"b"}}})
	got := map[string]string{}
	for category, metrics := range r.Telemetry {
		for name, s := range metrics {
			got[category+"."+name] = s.Status + s.Reason
			if s.Mean != nil {
				got[category+"."+name] = string('0' + rune(*s.Mean))
			}
		}
	}
	for name, want := range map[string]string{
		"resources.cpu.history": "1", "resources.memory.history": "2", "resources.memory.matching": "3",
		"resources.heap": "no_datanot exported", "dsql.dpu": "4", "dsql.conflicts": "no_datano samples",
	} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("unexpected: %v", got)
	}
	if !r.Collection.Partial || len(r.Collection.Failed) != 2 {
		t.Errorf("%+v", r.Collection)
	}
}
