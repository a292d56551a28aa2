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
	IsOfChart             bool // the official chart renders it
	IsUsed                bool // an environment refers to it
	// Takers are the services that mount a file of it, by its key
	Takers map[string][]string
	// copies are the init containers through which services get a file of it, by its key
	copies map[string]string
	// hidden are the paths at which containers mount a file of it, and another one over it, by its key
	hidden map[string]string
}

// addConfig adds a ConfigMap or a Secret. The last one of a name in a file counts.
func (x *Index) addConfig(file *configtext.Text, kind string, doc *yaml.Node) error {
	data, err := file.FieldOf(doc, configFields[kind])
	if err != nil || configtext.IsNull(data) {
		return err
	}
	added := &Config{
		Kind: kind, Data: data, File: file, Takers: map[string][]string{}, copies: map[string]string{}, hidden: map[string]string{},
	}
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
