package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// ReadCompose reads a Compose file with Compose's own loader. The environment
// fills in its ${NAME}s, as the user's shell does. Contents of configs and
// secrets that have no file are written below scratch.
func ReadCompose(ctx context.Context, path string, environment []string, scratch string) ([]Container, error) {
	options, err := cli.NewProjectOptions([]string{path},
		cli.WithName("e2e"), cli.WithWorkingDirectory(filepath.Dir(path)), cli.WithEnv(environment))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	project, err := options.LoadProject(ctx)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	var containers []Container
	for _, name := range project.ServiceNames() {
		replicas, err := composeContainers(project, project.Services[name], scratch)
		if err != nil {
			return nil, fmt.Errorf("service %s of %s: %w", name, path, err)
		}
		containers = append(containers, replicas...)
	}
	return containers, nil
}

// composeContainers returns the replicas of one service.
func composeContainers(project *types.Project, service types.ServiceConfig, scratch string) ([]Container, error) {
	mounts, err := composeMounts(project, service, scratch)
	if err != nil {
		return nil, err
	}
	template := Container{
		Group:       service.Name,
		Command:     slices.Concat([]string(service.Entrypoint), []string(service.Command)),
		Environment: composeEnvironment(service.Environment),
		Mounts:      mounts,
		Ports:       composePorts(service),
		User:        service.User,
		Health:      composeHealth(service.HealthCheck),
		Restart:     service.Restart == "always" || service.Restart == "unless-stopped",
	}
	var containers []Container
	for number := 1; number <= service.GetScale(); number++ {
		c := template
		c.Host = replicaName(service.Name, number)
		containers = append(containers, c)
	}
	return containers, nil
}

// composePorts returns the container's side of published and exposed ports.
func composePorts(service types.ServiceConfig) []int {
	var ports []int
	for _, port := range service.Ports {
		ports = append(ports, int(port.Target))
	}
	for _, port := range service.Expose {
		if number, err := strconv.Atoi(port); err == nil {
			ports = append(ports, number)
		}
	}
	return ports
}

func composeEnvironment(mapping types.MappingWithEquals) []string {
	var environment []string
	for name, value := range mapping {
		// without a value, Compose leaves the variable unset
		if value != nil {
			environment = append(environment, name+"="+*value)
		}
	}
	slices.Sort(environment)
	return environment
}

func composeMounts(project *types.Project, service types.ServiceConfig, scratch string) ([]Mount, error) {
	var mounts []Mount
	for _, volume := range service.Volumes {
		if volume.Type != types.VolumeTypeBind {
			return nil, fmt.Errorf("volume %s has type %s, expected bind", volume.Target, volume.Type)
		}
		mounts = append(mounts, Mount{volume.Source, volume.Target, volume.ReadOnly})
	}
	for _, reference := range service.Configs {
		source, err := composeObject(types.FileObjectConfig(project.Configs[reference.Source]), scratch, reference.Source)
		if err != nil {
			return nil, err
		}
		target := reference.Target
		if target == "" {
			target = "/" + reference.Source
		}
		mounts = append(mounts, Mount{source, target, true})
	}
	for _, reference := range service.Secrets {
		source, err := composeObject(types.FileObjectConfig(project.Secrets[reference.Source]), scratch, reference.Source)
		if err != nil {
			return nil, err
		}
		target := reference.Target
		if !strings.HasPrefix(target, "/") {
			target = "/run/secrets/" + strings.TrimPrefix(reference.Source, "/")
		}
		mounts = append(mounts, Mount{source, target, true})
	}
	return mounts, nil
}

// composeObject returns the file of a config or secret, which is written first
// where the Compose file has its content.
func composeObject(object types.FileObjectConfig, scratch, name string) (string, error) {
	content := object.Content
	switch {
	case object.File != "":
		return object.File, nil
	case object.Environment != "":
		content = os.Getenv(object.Environment)
	case content == "":
		return "", fmt.Errorf("%s has neither file, content nor environment", name)
	}
	path := filepath.Join(scratch, name)
	return path, os.WriteFile(path, []byte(content), 0o644)
}

func composeHealth(check *types.HealthCheckConfig) HealthCheck {
	if check == nil || check.Disable {
		return HealthCheck{}
	}
	health := HealthCheck{Command: healthCommand(check.Test), Interval: time.Second}
	return health
}

// healthCommand translates the form that Docker gives a health check.
func healthCommand(test []string) []string {
	switch {
	case len(test) == 0 || test[0] == "NONE":
		return nil
	case test[0] == "CMD":
		return test[1:]
	case test[0] == "CMD-SHELL":
		return append([]string{"/bin/sh", "-c"}, test[1:]...)
	default:
		return test
	}
}
