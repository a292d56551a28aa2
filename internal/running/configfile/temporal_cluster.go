package configfile

import (
	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/dynamicfile"
	"go.yaml.in/yaml/v3"
)

// readTemporalCluster reads the cluster of the temporal-operator. Its fields have the names of the server's static
// configuration, where they mean the same.
func (m *manifests) readTemporalCluster(doc *yaml.Node) ([]deployed.Setting, error) {
	spec, err := m.FieldOf(doc, "spec")
	if err != nil || spec == nil {
		return nil, err
	}
	version, err := m.FieldOf(spec, "version")
	if err != nil {
		return nil, err
	}
	if version != nil {
		m.Findings.Containers = append(
			m.Findings.Containers,
			deployed.Container{Version: configtext.FollowAlias(version).Value, VersionPos: m.Position(version)},
		)
	}
	fields, err := m.MappingFields(spec)
	if err != nil {
		return nil, err
	}
	var all []deployed.Setting
	for _, f := range fields {
		var found []deployed.Setting
		switch f.Key.Value {
		case "numHistoryShards":
			found, err = m.readLeaves("spec.numHistoryShards", f.Key, f.Value)
		case "persistence":
			found, err = m.readOperatorStores(f.Value)
		case "log":
			found, err = m.readLeaves("spec.log", f.Key, f.Value)
		case "services":
			found, err = m.readOperatorServices(f.Value)
		case "dynamicConfig":
			values, wrong := m.FieldOf(f.Value, "values")
			if err = wrong; err == nil && values != nil && !configtext.IsNull(values) {
				found, err = dynamicfile.Read(m.Text, values)
			}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// readOperatorStores reads the stores of a TemporalCluster, which are named after their role.
func (m *manifests) readOperatorStores(n *yaml.Node) ([]deployed.Setting, error) {
	stores, err := m.MappingFields(n)
	if err != nil {
		return nil, err
	}
	var all []deployed.Setting
	for _, store := range stores {
		found, err := m.readLeaves("spec.persistence."+store.Key.Value, store.Key, store.Value)
		if err != nil {
			return nil, err
		}
		role := deployed.RoleOtherStore
		switch store.Key.Value {
		case "defaultStore":
			role = deployed.RoleDefaultStore
		case "visibilityStore":
			role = deployed.RoleVisibilityStore
		}
		for _, s := range found {
			s.Store = role
			all = append(all, s)
		}
	}
	return all, nil
}

// readOperatorServices reads the replicas of the services of a TemporalCluster.
func (m *manifests) readOperatorServices(n *yaml.Node) ([]deployed.Setting, error) {
	fields, err := m.MappingFields(n)
	if err != nil {
		return nil, err
	}
	var all []deployed.Setting
	for _, f := range fields {
		replicas, err := m.FieldOf(f.Value, "replicas")
		if err != nil {
			return nil, err
		}
		if replicas == nil {
			continue
		}
		found, err := m.readLeaves("replicas", replicas, replicas)
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			s.Service = f.Key.Value
			all = append(all, s)
		}
	}
	return all, nil
}
