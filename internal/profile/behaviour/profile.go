// Package behaviour defines the domain of behaviour profiles. A profile is a labelled snapshot of a time window of a
// running cluster: identity, versions, configuration and telemetry. The package does no I/O.
package behaviour

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Profile is the complete document: its metadata and its content.
type Profile struct {
	Metadata
	Config     Snapshot   `json:"config_snapshot"`
	Telemetry  Telemetry  `json:"telemetry"`
	Collection Collection `json:"collection"`
}

// Check reports what makes a profile invalid.
func (p Profile) Check() error {
	for _, field := range []struct{ name, value string }{{"id", p.ID}, {"name", p.Name}, {"cluster_id", p.ClusterID}} {
		if field.value == "" {
			return fmt.Errorf("%s is missing", field.name)
		}
	}
	if p.CreatedAt.IsZero() {
		return fmt.Errorf("created_at is missing")
	}
	if err := CheckWindow(p.WindowStart, p.WindowEnd, p.CreatedAt); err != nil {
		return err
	}
	for _, category := range slices.Sorted(maps.Keys(p.Telemetry)) {
		for _, name := range slices.Sorted(maps.Keys(p.Telemetry[category])) {
			m := p.Telemetry[category][name]
			if err := m.Check(); err != nil {
				return fmt.Errorf("telemetry.%s.%s: %w", category, name, err)
			}
			for _, point := range m.Series {
				if point.Time > p.WindowEnd.Unix() {
					return fmt.Errorf("telemetry.%s.%s: a sample is after the end of the window, at %s", category, name,
						time.Unix(point.Time, 0).UTC().Format(time.RFC3339))
				}
			}
		}
	}
	return nil
}

// Collection describes how the telemetry was collected.
type Collection struct {
	// metric naming of the server's exporter; "" if no server metric was found
	Dialect string `json:"dialect"`
	// seconds between samples, and the range of rate queries
	Step       int64 `json:"step_seconds"`
	RateWindow int64 `json:"rate_window_seconds"`
	// method of p50, p95 and p99
	Quantiles string `json:"quantiles"`
	// server processes started within the window, by service. A service without a process at the start of the window
	// is not counted. Absent if no process exports its start time.
	ProcessStarts map[string]int `json:"process_starts,omitempty"`
	// failed queries with the upstream's error; any of them makes the profile partial
	Partial bool     `json:"partial"`
	Failed  []string `json:"failed"`
	// warnings and notes of the upstream
	Warnings []string `json:"warnings"`
	Infos    []string `json:"infos"`
}

// Metadata describes a profile in listings.
type Metadata struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Label     string `json:"label,omitempty"`
	ClusterID string `json:"cluster_id"`
	// Namespace and TaskQueue narrow the telemetry; "" means the whole cluster.
	Namespace   string    `json:"namespace,omitempty"`
	TaskQueue   string    `json:"task_queue,omitempty"`
	WindowStart time.Time `json:"time_window_start"`
	WindowEnd   time.Time `json:"time_window_end"`
	// versions are "" if unknown
	TemporalServerVersion string    `json:"temporal_server_version"`
	DSQLPluginVersion     string    `json:"dsql_plugin_version"`
	WorkerCodeSHA         string    `json:"worker_code_sha"`
	PresetName            string    `json:"preset_name,omitempty"`
	CreatedAt             time.Time `json:"created_at"`
	IsBaseline            bool      `json:"is_baseline"`
}

// Snapshot is the configuration that the cluster ran with, with secrets redacted.
type Snapshot struct {
	DynamicConfig map[string]any               `json:"dynamic_config"`
	Environment   map[string]map[string]string `json:"server_environment"` // by service; "" for all
	WorkerOptions map[string]any               `json:"worker_options"`
	PluginConfig  map[string]any               `json:"plugin_config"`
	// Parameters maps registry keys to their values by service; "" means every service.
	Parameters map[string]map[string]any `json:"parameters"`
	// config profile, if known
	Profile json.RawMessage `json:"config_profile,omitempty"`
	// source of each part
	Sources []string `json:"sources"`
	// paths of removed secrets; a digest replaces each, so that different values stay distinguishable
	Redacted []string `json:"redacted"`
	// parts that no source provides, with the reason
	Unknown []string `json:"unknown"`
}

// HasProfile reports whether the snapshot has the cluster's config profile.
func (s Snapshot) HasProfile() bool { return len(s.Profile) > 0 && string(s.Profile) != "null" }

// Telemetry maps categories and names to summaries. A metric by service has one summary per service, such as
// cpu_utilization.history. If no service exports it, one summary without a service gives the reason.
type Telemetry map[string]map[string]Summary

// Count returns the number of summaries.
func (t Telemetry) Count() (n int) {
	for _, metrics := range t {
		n += len(metrics)
	}
	return n
}

// Statuses of a summary.
const (
	OK      = "ok"
	Partial = "partial" // some expected samples are missing
	NoData  = "no_data" // Reason says why
)

// Cluster is the scope of a metric that covers the whole cluster.
const Cluster = "cluster"

// Summary describes one metric over a window. Missing values are null, never zero.
type Summary struct {
	Status string   `json:"status"`
	Reason string   `json:"reason,omitempty"`
	Unit   string   `json:"unit"`
	Kind   string   `json:"kind"`
	Min    *float64 `json:"min" jsonschema:"nullable"`
	Max    *float64 `json:"max" jsonschema:"nullable"`
	Mean   *float64 `json:"mean" jsonschema:"nullable"`
	P50    *float64 `json:"p50" jsonschema:"nullable"`
	P95    *float64 `json:"p95" jsonschema:"nullable"`
	P99    *float64 `json:"p99" jsonschema:"nullable"`
	// samples present, and samples of a complete window
	Samples  int `json:"samples"`
	Expected int `json:"expected"`
	// samples dropped because they are not finite numbers
	Dropped int `json:"dropped,omitempty"`
	// labels that narrow the metric; a filter is omitted if the metric lacks its label. Cluster alone means not
	// narrowed.
	Scope []string `json:"scope"`
	// query sent to the upstream
	Query  string  `json:"query,omitempty"`
	Series []Point `json:"series"`
}

// Point is one sample: Unix seconds and a value.
type Point struct {
	Time  int64
	Value float64
}
