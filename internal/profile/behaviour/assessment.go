package behaviour

import "time"

// Assessment is a listed assessment: the state of a cluster in a window, compared with its baseline and its promises.
type Assessment struct {
	ID          string    `json:"id"`
	ClusterID   string    `json:"cluster_id"`
	Namespace   string    `json:"namespace"` // "" means the whole cluster
	WindowStart time.Time `json:"time_window_start"`
	WindowEnd   time.Time `json:"time_window_end"`
	Health      string    `json:"health"`
	// conformance label; "" without promises
	Conformance string `json:"conformance"`
	PresetName  string `json:"preset_name"`
	// profile of the window and the baseline it was compared with; "" means none
	ProfileID  string    `json:"profile_id"`
	BaselineID string    `json:"baseline_profile_id"`
	CreatedAt  time.Time `json:"created_at"`
}
