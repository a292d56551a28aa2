package configfile

import (
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/envfile"
	"go.yaml.in/yaml/v3"
)

// readConfigMap reads the configuration files in a ConfigMap, and its variables unless a container of the file has them.
func (m *manifests) readConfigMap(name string, data *yaml.Node) ([]deployed.Setting, error) {
	fields, err := m.MappingFields(data)
	if err != nil {
		return nil, err
	}
	var all []deployed.Setting
	for _, f := range fields {
		value := configtext.FollowAlias(f.Value)
		if value.Kind != yaml.ScalarNode {
			continue
		}
		format := deployed.Format("")
		if configtext.IsYAML(f.Key.Value) && strings.Contains(strings.ToLower(f.Key.Value+" "+name), "dynamic") {
			format = deployed.DynamicConfig
		}
		if configtext.IsYAML(f.Key.Value) || strings.Contains(value.Value, "\n") {
			found, err := m.readInner(f.Key.Value, f.Value, format)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
			continue
		}
		if text, ok, err := m.ScalarText(f.Value); err == nil && ok && !m.used[name] && isVariableName(f.Key.Value) {
			all = append(all, m.variableSettings(name, f.Key, f.Value, text, ok)...)
		}
	}
	if len(all) > 0 {
		m.Findings.Containers = append(m.Findings.Containers, deployed.Container{Service: name, IsData: true})
	}
	return all, nil
}

// isVariableName reports whether a name is spelled like an environment variable.
func isVariableName(name string) bool {
	return name == strings.ToUpper(name) && envfile.IsVariableName(name)
}
