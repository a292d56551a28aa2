package manifest

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"go.yaml.in/yaml/v3"
)

// configFields are the fields with plain text of the resources that hold data, by kind.
var configFields = map[string]string{"ConfigMap": "data", "Secret": "stringData"}

// Config is the data of a ConfigMap, or that of a Secret which is plain text.
type Config struct {
	Kind, Name, Namespace string
	Data                  *yaml.Node
	File                  *configtext.Text
	IsOfChart             bool     // the official chart renders it
	IsUsed                bool     // an environment refers to it
	Mounts                []string // services that mount it
}

// addConfig adds a ConfigMap or a Secret. The last one of a name in a file counts.
func (x *Index) addConfig(file *configtext.Text, kind string, doc *yaml.Node) error {
	data, err := file.FieldOf(doc, configFields[kind])
	if err != nil || data == nil || configtext.IsNull(data) {
		return err
	}
	added := &Config{Kind: kind, Data: data, File: file}
	if added.Name, err = file.TextAt(doc, "metadata", "name"); err != nil {
		return err
	}
	if added.Namespace, err = file.TextAt(doc, "metadata", "namespace"); err != nil {
		return err
	}
	label, err := file.TextAt(doc, "metadata", "labels", "helm.sh/chart")
	if err != nil {
		return err
	}
	added.IsOfChart = strings.HasPrefix(label, "temporal-")
	x.Configs = slices.DeleteFunc(x.Configs, func(c *Config) bool {
		return c.File.Name == file.Name && c.Kind == kind && c.Name == added.Name && c.Namespace == added.Namespace
	})
	x.Configs = append(x.Configs, added)
	return nil
}

// Find returns the ConfigMap or Secret that a resource refers to: that of its namespace, of its file, of its folder, or else
// the only one; nil if none or several others have the name.
func (x *Index) Find(file *configtext.Text, from *yaml.Node, kind, name string) *Config {
	namespace, err := file.TextAt(from, "metadata", "namespace")
	if err != nil || name == "" {
		return nil
	}
	var found []*Config
	for _, c := range x.Configs {
		isNear := c.Namespace == namespace || c.Namespace == "" || namespace == ""
		if c.Kind == kind && c.Name == name && isNear {
			found = append(found, c)
		}
	}
	for _, isNearer := range []func(*Config) bool{
		func(c *Config) bool { return c.Namespace == namespace },
		func(c *Config) bool { return c.File.Name == file.Name },
		func(c *Config) bool { return filepath.Dir(c.File.Name) == filepath.Dir(file.Name) },
	} {
		if nearer := slices.DeleteFunc(slices.Clone(found), func(c *Config) bool { return !isNearer(c) }); len(nearer) > 0 {
			found = nearer
		}
	}
	if len(found) != 1 {
		return nil
	}
	return found[0]
}

// NoteMounts notes the ConfigMaps whose files a container mounts.
func (x *Index) NoteMounts(file *configtext.Text, workload, pod, container *yaml.Node, service string) error {
	mounts, err := file.ItemsAt(container, "volumeMounts")
	if err != nil {
		return err
	}
	var names []string
	for _, mount := range mounts {
		name, err := file.TextAt(mount, "name")
		if err != nil {
			return err
		}
		names = append(names, name)
	}
	volumes, err := file.ItemsAt(pod, "volumes")
	if err != nil || len(names) == 0 {
		return err
	}
	for _, volume := range volumes {
		name, err := file.TextAt(volume, "name")
		if err != nil {
			return err
		}
		if !slices.Contains(names, name) {
			continue
		}
		sources, err := file.ItemsAt(volume, "projected", "sources")
		if err != nil {
			return err
		}
		for _, source := range append(slices.Clip(sources), volume) {
			config, err := file.TextAt(source, "configMap", "name")
			if err != nil {
				return err
			}
			if c := x.Find(file, workload, "ConfigMap", config); c != nil && !slices.Contains(c.Mounts, service) {
				c.Mounts = append(c.Mounts, service)
			}
		}
	}
	return nil
}
