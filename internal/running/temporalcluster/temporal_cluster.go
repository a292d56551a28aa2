// Package temporalcluster reads clusters of the temporal-operator.
package temporalcluster

import (
	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/dynamicfile"
	"github.com/temporal-dsql/temporal-dsql/internal/running/staticfile"
	"go.yaml.in/yaml/v3"
)

// Read reads a resource of the kind TemporalCluster. Its fields have the names of the server's static
// configuration, where they mean the same.
func Read(file *configtext.Text, doc *yaml.Node, readEnv EnvironmentReader) ([]deployed.Setting, error) {
	spec, err := file.FieldOf(doc, "spec")
	if err != nil || spec == nil {
		return nil, err
	}
	version, err := file.FieldOf(spec, "version")
	if err != nil {
		return nil, err
	}
	if version != nil {
		file.Findings.Containers = append(
			file.Findings.Containers,
			deployed.Container{Version: configtext.FollowAlias(version).Value, VersionPos: file.Position(version)},
		)
	}
	fields, err := file.MappingFields(spec)
	if err != nil {
		return nil, err
	}
	var all []deployed.Setting
	for _, f := range fields {
		var found []deployed.Setting
		switch f.Key.Value {
		case "numHistoryShards":
			found, err = staticfile.Read(file, "spec.numHistoryShards", f.Key, f.Value)
		case "persistence":
			found, err = readStores(file, f.Value)
		case "log":
			found, err = staticfile.Read(file, "spec.log", f.Key, f.Value)
		case "services":
			found, err = readServices(file, f.Value, readEnv)
		case "dynamicConfig":
			values, wrong := file.FieldOf(f.Value, "values")
			if err = wrong; err == nil && values != nil && !configtext.IsNull(values) {
				found, err = dynamicfile.Read(file, values)
			}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// readStores reads the stores of a TemporalCluster, which are named after their role.
func readStores(file *configtext.Text, n *yaml.Node) ([]deployed.Setting, error) {
	stores, err := file.MappingFields(n)
	if err != nil {
		return nil, err
	}
	var all []deployed.Setting
	for _, store := range stores {
		found, err := staticfile.Read(file, "spec.persistence."+store.Key.Value, store.Key, store.Value)
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

// readServices reads the replicas of the services of a TemporalCluster, and the environments in the overrides.
func readServices(file *configtext.Text, n *yaml.Node, readEnv EnvironmentReader) ([]deployed.Setting, error) {
	fields, err := file.MappingFields(n)
	if err != nil {
		return nil, err
	}
	var all, shared []deployed.Setting
	for _, f := range fields {
		if f.Key.Value == "overrides" {
			if shared, err = readOverrides(file, "", f.Value, readEnv); err != nil {
				return nil, err
			}
			continue
		}
		found, err := readService(file, f.Key.Value, f.Value, readEnv)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return shareVariables(shared, all), nil
}

// readService reads the replicas and the overrides of a service.
func readService(file *configtext.Text, name string, n *yaml.Node, readEnv EnvironmentReader) ([]deployed.Setting, error) {
	if configtext.IsNull(n) {
		return nil, nil
	}
	var all []deployed.Setting
	replicas, err := file.FieldOf(n, "replicas")
	if err != nil {
		return nil, err
	}
	if replicas != nil {
		if all, err = staticfile.Read(file, "replicas", replicas, replicas); err != nil {
			return nil, err
		}
		for i := range all {
			all[i].Service = name
		}
	}
	overrides, err := file.FieldOf(n, "overrides")
	if err != nil || overrides == nil {
		return all, err
	}
	found, err := readOverrides(file, name, overrides, readEnv)
	return append(all, found...), err
}
