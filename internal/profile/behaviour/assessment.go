package behaviour

import "time"

// An Assessment is what a listing shows of one: how a cluster was in a window,
// against its baseline and what it promises.
type Assessment struct {
	ID          string    `json:"id"`
	ClusterID   string    `json:"cluster_id"`
	Namespace   string    `json:"namespace"` // "" is the whole cluster
	WindowStart time.Time `json:"time_window_start"`
	WindowEnd   time.Time `json:"time_window_end"`
	Health      string    `json:"health"`
	// the label of its conformance; "" where nothing was promised
	Conformance string `json:"conformance"`
	PresetName  string `json:"preset_name"`
	// the profile of the window, and the one that it was compared with; "" is none
	ProfileID  string    `json:"profile_id"`
	BaselineID string    `json:"baseline_profile_id"`
	CreatedAt  time.Time `json:"created_at"`
}
