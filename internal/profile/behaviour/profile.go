// Package behaviour is the domain of behaviour profiles: a labelled snapshot of
// a time window of a running cluster, with its identity, versions,
// configuration and telemetry. It is pure: nothing here reads or writes.
package behaviour

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// A Profile is the whole document: what is listed of it, and what it holds.
type Profile struct {
	Metadata
	Config     Snapshot   `json:"config_snapshot"`
	Telemetry  Telemetry  `json:"telemetry"`
	Collection Collection `json:"collection"`
}

// Check tells what makes a profile incomplete.
func (p Profile) Check() error {
	for _, field := range []struct{ name, value string }{{"id", p.ID}, {"name", p.Name}, {"cluster_id", p.ClusterID}} {
		if field.value == "" {
			return fmt.Errorf("the profile has no %s", field.name)
		}
	}
	if p.CreatedAt.IsZero() {
		return fmt.Errorf("the profile has no created_at")
	}
	if err := CheckWindow(p.WindowStart, p.WindowEnd, p.CreatedAt); err != nil {
		return err
	}
	for _, category := range slices.Sorted(maps.Keys(p.Telemetry)) {
		for _, name := range slices.Sorted(maps.Keys(p.Telemetry[category])) {
			if err := p.Telemetry[category][name].Check(); err != nil {
				return fmt.Errorf("telemetry.%s.%s: %w", category, name, err)
			}
		}
	}
	return nil
}

// A Collection is how the telemetry was collected.
type Collection struct {
	// spelling of the server's exporter; "" where no metric of it was found
	Dialect string `json:"dialect"`
	// seconds from sample to sample, and that a rate looks back
	Step       int64 `json:"step_seconds"`
	RateWindow int64 `json:"rate_window_seconds"`
	// how p50, p95 and p99 are taken of the samples
	Quantiles string `json:"quantiles"`
	// processes of the server that started inside of the window, by service; one that
	// had none when the window began is not told. Left out where no process tells
	ProcessStarts map[string]int `json:"process_starts,omitempty"`
	// queries that failed, each with the upstream's words; any makes the profile
	// a partial one
	Partial bool     `json:"partial"`
	Failed  []string `json:"failed"`
	// what the upstream remarked
	Warnings []string `json:"warnings"`
	Infos    []string `json:"infos"`
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
	// Parameters of the registry that any source tells: by key, then by service; ""
	// is every service
	Parameters map[string]map[string]any `json:"parameters"`
	// the config profile, where it is known
	Profile json.RawMessage `json:"config_profile,omitempty"`
	// where each part was read
	Sources []string `json:"sources"`
	// what was taken out, by path; a digest that tells two values apart, and
	// nothing else of them, is in its place
	Redacted []string `json:"redacted"`
	// what no source tells, and why
	Unknown []string `json:"unknown"`
}

// Telemetry is a summary of each metric, by category and name. A metric that is
// spread over services has one summary a service: cpu_utilization.history. Where
// none exports it, there is one without a service, and its reason.
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
	Partial = "partial" // a part of the expected samples is missing
	NoData  = "no_data" // and Reason says why
)

// Cluster is the scope of a metric that covers the whole cluster.
const Cluster = "cluster"

// A Summary is one metric over a window. What is missing is null, never zero.
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
	// samples that were there, and that a complete window has
	Samples  int `json:"samples"`
	Expected int `json:"expected"`
	// samples that were no number, and were left out
	Dropped int `json:"dropped,omitempty"`
	// what the metric was narrowed by: a filter that it has no label for does not
	// narrow it. Cluster, alone, where nothing did
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
