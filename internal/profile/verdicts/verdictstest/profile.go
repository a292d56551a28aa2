// Package verdictstest creates behaviour profiles of clusters that keep their preset's promises, except for what a
// test changes.
package verdictstest

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// Samples is the number of samples of each metric: a quarter of an hour, every 15 seconds.
const Samples = 60

// Services are the values by which most metrics are split.
var Services = []string{"frontend", "history", "matching", "worker"}

// partsOf returns the values by which a label splits a metric.
func partsOf(label string) []string {
	switch label {
	case "worker_type":
		return []string{"ActivityWorker", "WorkflowWorker"}
	case "poller_type":
		return []string{"activity_task", "workflow_task"}
	case "refused_by":
		return []string{"frontend_RpsLimit"}
	}
	return Services
}

// Profile returns a profile of a cluster well within the promises of a request. Changes set the level of metrics by
// full name; NaN means no data.
func Profile(engine *compile.Engine, r compile.Request, changes map[string]float64) (behaviour.Profile, error) {
	out, err := engine.Resolve(r)
	if err != nil {
		return behaviour.Profile{}, err
	}
	promises, err := engine.Promises(out.Profile)
	if err != nil {
		return behaviour.Profile{}, err
	}
	metrics, err := engine.Metrics()
	if err != nil {
		return behaviour.Profile{}, err
	}
	start := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	p := behaviour.Profile{
		Metadata: behaviour.Metadata{
			ID: "0193a5f2-0000-7000-8000-000000000001", Name: "a quarter of an hour", ClusterID: "payments",
			WindowStart: start, WindowEnd: start.Add(Samples * 15 * time.Second), CreatedAt: start.Add(time.Hour),
			TemporalServerVersion: out.Profile.TemporalServerVersion, DSQLPluginVersion: out.Profile.DSQLPluginVersion,
			PresetName: out.Profile.PresetName,
		},
		Config:    behaviour.Snapshot{Profile: out.JSON},
		Telemetry: behaviour.Telemetry{},
	}
	left := map[string]bool{}
	for name := range changes {
		left[name] = true
	}
	for _, m := range metrics {
		level := promisedLevel(promises, m.Name)
		names := []string{m.Name}
		if m.Per != "" {
			names = nil
			for _, s := range partsOf(m.Per) {
				names = append(names, m.Name+"."+s)
			}
		}
		if _, whole := changes[m.Name]; whole {
			names = []string{m.Name}
		}
		for _, full := range names {
			value := level
			if changed, ok := changes[full]; ok {
				value = changed
				delete(left, full)
			}
			category, name, _ := strings.Cut(full, ".")
			if p.Telemetry[category] == nil {
				p.Telemetry[category] = map[string]behaviour.Summary{}
			}
			s := Summary(start, value)
			s.Unit, s.Kind = m.Unit, m.Kind
			p.Telemetry[category][name] = s
		}
	}
	for name := range left {
		return p, fmt.Errorf("metric %s does not exist", name)
	}
	return p, p.Check()
}

// Summary returns the summary of a metric within one per cent of a level; NaN means no data.
func Summary(start time.Time, level float64) behaviour.Summary {
	if math.IsNaN(level) {
		return behaviour.MissingSummary("no series was found", Samples)
	}
	var samples []behaviour.Point
	for i := range Samples {
		samples = append(samples, behaviour.Point{Time: start.Unix() + 15*int64(i), Value: level * (1 + float64(i%5-2)/200)})
	}
	s := behaviour.Summarise(samples, Samples)
	s.Scope = []string{behaviour.Cluster}
	return s
}

// promisedLevel returns a level in the middle of a metric's promises.
func promisedLevel(promises []registry.Promise, metric string) float64 {
	at := slices.IndexFunc(promises, func(p registry.Promise) bool { return p.Metric == metric })
	if at < 0 {
		return 1
	}
	switch p := promises[at]; {
	case p.Lower == nil:
		return p.Upper.Value / 2
	case p.Upper == nil:
		return p.Lower.Value * 1.04
	default:
		return (p.Lower.Value + p.Upper.Value) / 2
	}
}

// Changes parses METRIC=VALUE arguments; "none" means no data.
func Changes(args []string) (map[string]float64, error) {
	changes := map[string]float64{}
	for _, arg := range args {
		name, text, _ := strings.Cut(arg, "=")
		if text == "none" {
			changes[name] = math.NaN()
			continue
		}
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("%s is not METRIC=VALUE: %w", arg, err)
		}
		changes[name] = value
	}
	return changes, nil
}
