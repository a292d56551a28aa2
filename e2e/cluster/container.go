package cluster

import (
	"fmt"
	"slices"
	"time"
)

// Container is one container to start, whatever platform describes it.
type Container struct {
	// Host is the container's host name: its group and number, such as "temporal-history-1".
	Host string
	// Group is the name that all replicas share and that resolves to all of them.
	Group string
	// Command is the entrypoint with its arguments.
	Command []string
	// Environment has one NAME=VALUE an entry.
	Environment []string
	Mounts      []Mount
	// Ports that the container listens on, as the artefact states them.
	Ports []int
	// User is a user name, "" for the image's own.
	User   string
	Health HealthCheck
	// Restart starts the container again when it ends, as the artefact asks its platform to.
	Restart bool
	// Init are containers that must succeed first; they share the network.
	Init []Container
}

// Mount is a file or folder of this machine at a path of the container.
type Mount struct {
	Source, Target string
	ReadOnly       bool
}

// HealthCheck is a command that succeeds inside a healthy container.
type HealthCheck struct {
	Command  []string
	Interval time.Duration
}

// Groups returns the containers of each group, the groups in order of their names.
func Groups(containers []Container) (names []string, members map[string][]Container) {
	members = map[string][]Container{}
	for _, c := range containers {
		members[c.Group] = append(members[c.Group], c)
	}
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, members
}

func replicaName(group string, number int) string {
	return fmt.Sprintf("%s-%d", group, number)
}
