//go:build temporal1.30

package cluster

import (
	"path/filepath"
	"testing"
)

// The larger preset starts once, from the plain command: fifteen processes are much
// for every server version.
func TestMidScaleStarts_R4c(t *testing.T) {
	w := openWorld(t)
	out := w.compile(t, "mid-scale", append(
		smallPool, "--platform", "compose", "--override", "visibility.store=postgres", "--override", "target_state_transitions_per_sec=50",
	)...)
	containers, err := ReadCompose(t.Context(), filepath.Join(out, "compose.override.yaml"), environment(), w.folder)
	check(t, err)
	c := w.checkStarts(t, out, containers)
	c.eventually(t, "workflows are visible in PostgreSQL", w.findVisible)
}
