// Package temporalcluster reads clusters of the temporal-operator.
package temporalcluster

import (
	"cmp"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/dynamicfile"
	"github.com/temporal-dsql/temporal-dsql/internal/running/staticfile"
	"go.yaml.in/yaml/v3"
)

// cluster is what is read of a TemporalCluster.
type cluster struct {
	file     *configtext.Text
	readEnv  EnvironmentReader
	services []string              // that the operator starts
	images   map[string]*yaml.Node // in the overrides of the services, and of all ("")
}

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
	c := &cluster{file: file, readEnv: readEnv, images: map[string]*yaml.Node{}}
	for _, name := range deployed.ServerServices {
		if name != deployed.InternalFrontend {
			c.services = append(c.services, name)
		}
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
			found, err = c.readServices(f.Value)
		case "dynamicConfig":
			values, wrong := file.FieldOf(f.Value, "values")
			if err = wrong; err == nil && !configtext.IsNull(values) {
				found, err = dynamicfile.Read(file, values)
			}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	c.addVersions(version)
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
		plugin, err := file.TextAt(store.Value, "sql", "pluginName")
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			s.Store, s.StorePlugin = role, plugin
			all = append(all, s)
		}
	}
	return all, nil
}

// readServices reads the replicas of the services of a TemporalCluster, and the images and environments in the overrides.
func (c *cluster) readServices(n *yaml.Node) ([]deployed.Setting, error) {
	fields, err := c.file.MappingFields(n)
	if err != nil {
		return nil, err
	}
	var all, shared []deployed.Setting
	for _, f := range fields {
		name := f.Key.Value
		if name == "overrides" {
			found, err := readOverrides(c.file, "", f.Value, c.readEnv)
			if err != nil {
				return nil, err
			}
			shared, c.images[""] = found.variables, found.image
			continue
		}
		if name == "internalFrontend" {
			if enabled, err := c.file.TextAt(f.Value, "enabled"); err != nil || enabled != "true" {
				if err != nil {
					return nil, err
				}
				continue // the operator does not start it
			}
			name = deployed.InternalFrontend
			c.services = append(c.services, name)
		}
		found, err := c.readService(name, f.Value)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return shareVariables(c.services, shared, all), nil
}

// readService reads the replicas and the overrides of a service.
func (c *cluster) readService(name string, n *yaml.Node) ([]deployed.Setting, error) {
	replicas, err := c.file.FieldOf(n, "replicas")
	if err != nil {
		return nil, err
	}
	var all []deployed.Setting
	if replicas != nil {
		if all, err = staticfile.Read(c.file, "replicas", replicas, replicas); err != nil {
			return nil, err
		}
		for i := range all {
			all[i].Service = name
		}
	}
	n, err = c.file.FieldOf(n, "overrides")
	if err != nil || n == nil {
		return all, err
	}
	found, err := readOverrides(c.file, name, n, c.readEnv)
	c.images[name] = found.image
	return append(all, found.variables...), err
}

// addVersions notes the version of the cluster, or those of its services if overrides give any of them another image: the tag
// is the version.
func (c *cluster) addVersions(version *yaml.Node) {
	add := func(service string, stated *yaml.Node, text string) {
		c.file.Findings.Containers = append(c.file.Findings.Containers, deployed.Container{
			Service: service, Version: text, VersionPos: c.file.Position(stated),
		})
	}
	services := c.services
	if !slices.ContainsFunc(append(slices.Clip(services), ""), func(name string) bool { return c.images[name] != nil }) {
		services = []string{""}
	}
	for _, name := range services {
		if image := cmp.Or(c.images[name], c.images[""]); !configtext.IsNull(image) {
			_, tag := deployed.SplitImage(configtext.FollowAlias(image).Value)
			add(name, image, tag)
		} else if version != nil {
			add(name, version, configtext.FollowAlias(version).Value)
		}
	}
}
