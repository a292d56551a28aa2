package configfile

import (
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/envfile"
	"github.com/temporal-dsql/temporal-dsql/internal/running/staticfile"
	"go.yaml.in/yaml/v3"
)

// findPod returns the mapping with the containers of a workload, at any path.
func (m *manifests) findPod(n *yaml.Node, depth int) (*yaml.Node, error) {
	fields, err := m.MappingFields(n)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		if f.Key.Value == "containers" && configtext.FollowAlias(f.Value).Kind == yaml.SequenceNode {
			return n, nil
		}
	}
	for _, f := range fields {
		if configtext.FollowAlias(f.Value).Kind != yaml.MappingNode || depth == maxManifest || f.Key.Value == "metadata" {
			continue
		}
		if found, err := m.findPod(f.Value, depth+1); found != nil || err != nil {
			return found, err
		}
	}
	return nil, nil
}

// readPodContainer reads the environment of a container and the count of its workload.
func (m *manifests) readPodContainer(workload, pod, n *yaml.Node) ([]deployed.Setting, error) {
	name, err := m.addContainer(n)
	if err != nil {
		return nil, err
	}
	if name, err = m.serviceName(workload, name); err != nil {
		return nil, err
	}
	m.Findings.Containers[len(m.Findings.Containers)-1].Service = name
	var all []deployed.Setting
	sources, err := m.ItemsAt(n, "envFrom")
	if err != nil {
		return nil, err
	}
	for _, s := range sources {
		for field, kind := range map[string]string{"configMapRef": "ConfigMap", "secretRef": "Secret"} { // one of them
			config, err := m.TextAt(s, field, "name")
			if err != nil {
				return nil, err
			}
			prefix, err := m.TextAt(s, "prefix")
			if err != nil {
				return nil, err
			}
			if config == "" {
				continue
			}
			c := m.findConfig(workload, kind, config)
			if c == nil {
				m.Findings.Containers[len(m.Findings.Containers)-1].IsPartial = true
				continue
			}
			c.isUsed = true
			found, err := m.readData(name, prefix, c.data)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
	}
	env, err := m.FieldOf(n, "env")
	if err != nil {
		return nil, err
	}
	if env != nil {
		found, err := m.readPairs(name, env)
		if err != nil {
			return nil, err
		}
		if err := m.resolveReferences(workload, found, env); err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	if err := m.noteMounts(workload, pod, n, name); err != nil {
		return nil, err
	}
	all = deployed.LastSettings(all)
	replicas, err := m.FieldAt(workload, "spec", "replicas")
	if err != nil || replicas == nil || configtext.IsNull(replicas) {
		return all, err
	}
	counts, err := staticfile.Read(m.Text, "replicas", replicas, replicas)
	for _, s := range counts {
		s.Service = name
		all = append(all, s)
	}
	return all, err
}

// noteMounts notes the ConfigMaps whose files a container mounts.
func (m *manifests) noteMounts(workload, pod, container *yaml.Node, service string) error {
	mounts, err := m.ItemsAt(container, "volumeMounts")
	if err != nil {
		return err
	}
	var names []string
	for _, mount := range mounts {
		name, err := m.TextAt(mount, "name")
		if err != nil {
			return err
		}
		names = append(names, name)
	}
	volumes, err := m.ItemsAt(pod, "volumes")
	if err != nil || len(names) == 0 {
		return err
	}
	for _, volume := range volumes {
		name, err := m.TextAt(volume, "name")
		if err != nil {
			return err
		}
		if !slices.Contains(names, name) {
			continue
		}
		sources, err := m.ItemsAt(volume, "projected", "sources")
		if err != nil {
			return err
		}
		for _, source := range append(sources, volume) {
			config, err := m.TextAt(source, "configMap", "name")
			if err != nil {
				return err
			}
			if c := m.findConfig(workload, "ConfigMap", config); c != nil && !slices.Contains(c.mounts, service) {
				c.mounts = append(c.mounts, service)
			}
		}
	}
	return nil
}

// readData reads the entries of a ConfigMap as variables.
func (m *manifests) readData(service, prefix string, data *yaml.Node) ([]deployed.Setting, error) {
	fields, err := m.MappingFields(data)
	if err != nil {
		return nil, err
	}
	var all []deployed.Setting
	for _, f := range fields {
		text, ok, err := m.ScalarText(f.Value)
		if err != nil {
			return nil, err
		}
		if !envfile.IsVariableName(prefix+f.Key.Value) || configtext.IsYAML(f.Key.Value) {
			continue // Kubernetes skips it too, or it is a file, which is read once
		}
		key := *f.Key
		key.Value = prefix + key.Value
		all = append(all, m.variableSettings(service, &key, f.Value, text, ok)...)
	}
	return all, nil
}

// resolveReferences fills in variables with a value from a ConfigMap of the file, and marks those with a reference to
// another variable.
func (m *manifests) resolveReferences(workload *yaml.Node, settings []deployed.Setting, env *yaml.Node) error {
	items, err := m.ListItems(env)
	if err != nil {
		return err
	}
	byPlace := map[string]*yaml.Node{}
	for _, item := range items {
		name, err := m.FieldOf(item, "name")
		if err != nil {
			return err
		}
		if name != nil {
			byPlace[m.Position(name).String()] = item
		}
	}
	for i := range settings {
		s := &settings[i]
		if text, ok := s.Value.(string); ok && s.Kind == deployed.Variable && strings.Contains(text, "$(") {
			s.Value, s.Unknown = nil, true
		}
		item := byPlace[s.Pos.String()]
		if item == nil || s.Kind != deployed.Variable {
			continue
		}
		for field, kind := range map[string]string{"configMapKeyRef": "ConfigMap", "secretKeyRef": "Secret"} { // one of them
			config, err := m.TextAt(item, "valueFrom", field, "name")
			if err != nil {
				return err
			}
			key, err := m.TextAt(item, "valueFrom", field, "key")
			if err != nil {
				return err
			}
			c := m.findConfig(workload, kind, config)
			if c == nil {
				continue
			}
			value, err := m.FieldOf(c.data, key)
			if err != nil {
				return err
			}
			if value == nil {
				continue
			}
			c.isUsed = true
			text, ok, err := m.ScalarText(value)
			if err != nil {
				return err
			}
			if ok {
				s.Value, s.Unknown, s.ValuePos = text, false, m.Position(value)
			}
		}
	}
	return nil
}
