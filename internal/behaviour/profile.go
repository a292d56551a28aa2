// Package behaviour is the domain of behaviour profiles: a labelled snapshot of
// a time window of a running cluster, with its identity, versions,
// configuration and telemetry. It is pure: nothing here reads or writes.
package behaviour

import (
	"encoding/json"
	"time"
)

// A Profile is the whole document: what is listed of it, and what it holds.
type Profile struct {
	Metadata
	Config    Snapshot  `json:"config_snapshot"`
	Telemetry Telemetry `json:"telemetry"`
}

// Metadata is what a listing shows of a profile.
type Metadata struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Label     string `json:"label,omitempty"`
	ClusterID string `json:"cluster_id"`
	// Namespace and TaskQueue narrow the telemetry; "" is the whole cluster
	Namespace   string    `json:"namespace,omitempty"`
	TaskQueue   string    `json:"task_queue,omitempty"`
	WindowStart time.Time `json:"time_window_start"`
	WindowEnd   time.Time `json:"time_window_end"`
	// versions are "" where nobody could tell
	TemporalServerVersion string    `json:"temporal_server_version"`
	DSQLPluginVersion     string    `json:"dsql_plugin_version"`
	WorkerCodeSHA         string    `json:"worker_code_sha"`
	PresetName            string    `json:"preset_name,omitempty"`
	CreatedAt             time.Time `json:"created_at"`
	IsBaseline            bool      `json:"is_baseline"`
}

// A Snapshot is the configuration that the cluster ran with, secrets redacted.
type Snapshot struct {
	DynamicConfig map[string]any               `json:"dynamic_config"`
	Environment   map[string]map[string]string `json:"server_environment"` // by service; "" for all
	WorkerOptions map[string]any               `json:"worker_options"`
	PluginConfig  map[string]any               `json:"plugin_config"`
	// the config profile, where it is known
	Profile json.RawMessage `json:"config_profile,omitempty"`
	// where each part was read
	Sources []string `json:"sources"`
	// what was taken out, by path
	Redacted []string `json:"redacted"`
}

// Telemetry is a summary of each metric, by category and name. A metric that is
// spread over services has one summary a service: cpu_utilization.history.
type Telemetry map[string]map[string]Summary

// Statuses of a summary.
const (
	OK      = "ok"
	Partial = "partial" // a part of the expected samples is missing
	NoData  = "no_data" // and Reason says why
)

// A Summary is one metric over a window. What is missing is null, never zero.
type Summary struct {
	Status string   `json:"status"`
	Reason string   `json:"reason,omitempty"`
	Unit   string   `json:"unit"`
	Kind   string   `json:"kind"`
	Min    *float64 `json:"min"`
	Max    *float64 `json:"max"`
	Mean   *float64 `json:"mean"`
	P50    *float64 `json:"p50"`
	P95    *float64 `json:"p95"`
	P99    *float64 `json:"p99"`
	// samples that were there, and that a complete window has
	Samples  int `json:"samples"`
	Expected int `json:"expected"`
	// samples that were no number, and were left out
	Dropped int `json:"dropped,omitempty"`
	// what the metric was narrowed by: a filter that it has no label for does not narrow it
	Scope []string `json:"scope"`
	// the query that was asked
	Query  string  `json:"query,omitempty"`
	Series []Point `json:"series"`
}

// A Point is a sample: seconds since 1970, and the value.
type Point struct {
	Time  int64
	Value float64
}
