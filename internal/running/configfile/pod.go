package configfile

import (
	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/envfile"
	"github.com/temporal-dsql/temporal-dsql/internal/running/staticfile"
	"go.yaml.in/yaml/v3"
)

// readPodContainer reads the environment of a container and the count of its workload.
func (m *manifests) readPodContainer(workload, pod, n *yaml.Node) ([]deployed.Setting, error) {
	name, err := m.addContainer(n)
	if err != nil {
		return nil, err
	}
	if name, err = m.index.ServiceName(m.Text, workload, name); err != nil {
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
			c := m.index.Find(m.Text, workload, kind, config)
			if c == nil {
				m.Findings.Containers[len(m.Findings.Containers)-1].IsPartial = true
				continue
			}
			c.IsUsed = true
			found, err := m.readData(name, prefix, c.Data)
			if err != nil {
				return nil, err
			}
			for i := range found {
				found[i].InSecret = kind == "Secret"
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
		if err := m.index.ResolveReferences(m.Text, workload, found, env); err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	if err := m.index.NoteMounts(m.Text, workload, pod, n, name); err != nil {
		return nil, err
	}
	all = deployed.LastSettings(all)
	replicas, err := m.FieldAt(workload, "spec", "replicas")
	if err != nil || configtext.IsNull(replicas) {
		return all, err
	}
	counts, err := staticfile.Read(m.Text, "replicas", replicas, replicas)
	for _, s := range counts {
		s.Service = name
		all = append(all, s)
	}
	return all, err
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
