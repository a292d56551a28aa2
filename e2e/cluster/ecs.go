package cluster

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// taskDefinition is what RegisterTaskDefinition takes, as far as it decides what
// a container sees.
type taskDefinition struct {
	Family               string
	ContainerDefinitions []struct {
		Name        string
		EntryPoint  []string
		Command     []string
		User        string
		Environment []struct{ Name, Value string }
		Secrets     []struct{ Name, ValueFrom string }
		MountPoints []struct {
			SourceVolume, ContainerPath string
			ReadOnly                    bool
		}
		PortMappings []struct{ ContainerPort int }
		DependsOn    []struct{ ContainerName, Condition string }
		HealthCheck  *struct{ Command []string }
		Essential    bool
	}
	Volumes []struct{ Name string }
}

// serviceDefinition is what CreateService takes, as far as it decides how many
// tasks run.
type serviceDefinition struct {
	ServiceName  string
	DesiredCount int
}

// ReadECS reads a task definition and the service that runs it. Placeholders are
// replaced first, as Terraform's templatefile replaces them. Each task gets
// empty volumes below scratch, and secrets get their values from secrets.
func ReadECS(taskPath, servicePath string, placeholders, secrets map[string]string, scratch string) ([]Container, error) {
	var task taskDefinition
	if err := readFilled(taskPath, placeholders, &task); err != nil {
		return nil, err
	}
	var service serviceDefinition
	if err := readFilled(servicePath, placeholders, &service); err != nil {
		return nil, err
	}
	var tasks []Container
	for number := 1; number <= service.DesiredCount; number++ {
		c, err := ecsTask(task, service.ServiceName, number, secrets, scratch)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", taskPath, err)
		}
		tasks = append(tasks, c)
	}
	return tasks, nil
}

// ecsTask returns the essential container of one task; the containers that it
// waits for are its init containers.
func ecsTask(task taskDefinition, service string, number int, secrets map[string]string, scratch string) (Container, error) {
	host := replicaName(service, number)
	folders := map[string]string{}
	for _, volume := range task.Volumes {
		folder, err := os.MkdirTemp(scratch, host+"-"+volume.Name+"-")
		if err != nil {
			return Container{}, err
		}
		// an empty volume belongs to root, and everybody can enter it
		if err := os.Chmod(folder, 0o755); err != nil {
			return Container{}, err
		}
		folders[volume.Name] = folder
	}

	byName := map[string]Container{}
	waits := map[string][]string{}
	essential := ""
	for _, definition := range task.ContainerDefinitions {
		c := Container{
			Host: host, Group: service, User: definition.User,
			Command: append(append([]string{}, definition.EntryPoint...), definition.Command...),
		}
		for _, variable := range definition.Environment {
			c.Environment = append(c.Environment, variable.Name+"="+variable.Value)
		}
		for _, port := range definition.PortMappings {
			c.Ports = append(c.Ports, port.ContainerPort)
		}
		for _, secret := range definition.Secrets {
			value, ok := secrets[secret.Name]
			if !ok {
				return Container{}, fmt.Errorf("no value for secret %s (%s)", secret.Name, secret.ValueFrom)
			}
			c.Environment = append(c.Environment, secret.Name+"="+value)
		}
		for _, mount := range definition.MountPoints {
			folder, ok := folders[mount.SourceVolume]
			if !ok {
				return Container{}, fmt.Errorf(
					"container %s mounts %s, which is not a volume of the task",
					definition.Name,
					mount.SourceVolume,
				)
			}
			c.Mounts = append(c.Mounts, Mount{folder, mount.ContainerPath, mount.ReadOnly})
		}
		if definition.HealthCheck != nil {
			c.Health = HealthCheck{Command: healthCommand(definition.HealthCheck.Command), Interval: time.Second}
		}
		for _, dependency := range definition.DependsOn {
			if dependency.Condition != "SUCCESS" {
				return Container{}, fmt.Errorf(
					"container %s waits for condition %s, expected SUCCESS",
					definition.Name,
					dependency.Condition,
				)
			}
			waits[definition.Name] = append(waits[definition.Name], dependency.ContainerName)
		}
		byName[definition.Name] = c
		if definition.Essential {
			essential = definition.Name
		}
	}
	main, ok := byName[essential]
	if !ok {
		return Container{}, fmt.Errorf("task %s has no essential container", task.Family)
	}
	// a service starts a task again when its essential container ends
	main.Restart = true
	for _, name := range waits[essential] {
		main.Init = append(main.Init, byName[name])
	}
	return main, nil
}

// readFilled decodes a JSON file after its placeholders are replaced. One that is
// left is an error.
func readFilled(path string, placeholders map[string]string, into any) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text := string(content)
	for name, value := range placeholders {
		text = strings.ReplaceAll(text, "${"+name+"}", value)
	}
	if at := strings.Index(text, "${"); at >= 0 {
		return fmt.Errorf("%s: no value for the placeholder at %.40q", filepath.Base(path), text[at:])
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return nil
}
