package cluster

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Controls: a broken artefact is noticed. Without them the tests that start a
// cluster could pass on anything.

func TestWrongServiceIsNoticed(t *testing.T) {
	w := openWorld(t)
	containers := w.starterContainers(t)
	broken := slices.IndexFunc(containers, func(c Container) bool { return strings.HasSuffix(c.Group, "history") })
	command := slices.Clone(containers[broken].Command)
	command[slices.Index(command, "history")] = "matching"
	containers[broken].Command = command

	rings, _ := w.start(t, containers).waitForMembers(t)
	if len(rings["history"]) != 1 || len(rings["matching"]) != 3 {
		t.Errorf("a history container that runs matching is not seen in the rings: %v", rings)
	}
}

func TestMissingDynamicConfigIsNoticed(t *testing.T) {
	w := openWorld(t)
	containers := w.starterContainers(t)[:1]
	containers[0].Restart = false
	containers[0].Mounts = slices.DeleteFunc(slices.Clone(containers[0].Mounts), func(m Mount) bool {
		return strings.HasSuffix(m.Target, "dynamic_config.yaml")
	})
	c := w.start(t, containers)
	select {
	case <-c.processes[0].Ended():
	case <-time.After(time.Minute):
		t.Fatal("the server runs without its dynamic config")
	}
	if log := c.processes[0].Log(); !strings.Contains(log, "dynamic_config.yaml") {
		t.Errorf("the server ended for another reason:\n%s", log)
	}
}

// starterContainers are those of the Compose file of starter.
func (w *world) starterContainers(t *testing.T) []Container {
	t.Helper()
	out := w.compile(t, "starter", "--platform", "compose", "--override", "visibility.store=postgres")
	containers, err := ReadCompose(t.Context(), filepath.Join(out, "compose.override.yaml"), environment(), w.folder)
	check(t, err)
	return containers
}
