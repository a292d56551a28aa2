package configfile

import (
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/dynamicfile"
	"github.com/temporal-dsql/temporal-dsql/internal/running/envfile"
	"github.com/temporal-dsql/temporal-dsql/internal/running/manifest"
	"go.yaml.in/yaml/v3"
)

// readConfigMaps reads the configuration files in ConfigMaps, and the variables of those that no container takes.
func (m *manifests) readConfigMaps() error {
	var parts []manifest.Part
	for _, c := range m.index.Configs {
		m.manifestFile = m.files[c.File]
		if m.IsSpent() {
			continue // as is noted
		}
		found, err := m.readConfigMap(c)
		if err := m.AddUnread(err); err != nil {
			return err
		}
		if parts = append(parts, found...); len(found) > 0 {
			m.isUsed = true // or left out, as is noted
		}
	}
	isServer := func(s deployed.Setting) bool { return s.ServerFile }
	used := m.index.SelectUsed(parts)
	servers := map[*manifest.Config]bool{}
	for _, p := range used {
		if slices.ContainsFunc(p.Settings, isServer) {
			servers[p.Config] = true
		}
	}
	for _, p := range used {
		in := m.files[p.Config.File]
		for _, s := range p.Settings {
			s.IsOfChart = p.Config.IsOfChart
			if len(servers) > 1 && s.ServerFile { // of one of several servers
				s.Service = p.Service()
			}
			in.settings = append(in.settings, s)
		}
	}
	return nil
}

// readConfigMap reads the configuration files in a ConfigMap, and its variables unless a container has them.
func (m *manifests) readConfigMap(c *manifest.Config) ([]manifest.Part, error) {
	fields, err := m.MappingFields(c.Data)
	if err != nil {
		return nil, err
	}
	var all []manifest.Part
	variables := manifest.Part{Config: c}
	for _, f := range fields {
		value := configtext.FollowAlias(f.Value)
		if value.Kind != yaml.ScalarNode {
			continue
		}
		format := deployed.Format("")
		if configtext.IsYAML(f.Key.Value) && dynamicfile.IsNamed(f.Key.Value+" "+c.Name, value.Value) {
			format = deployed.DynamicConfig
		}
		if configtext.IsYAML(f.Key.Value) || strings.Contains(value.Value, "\n") {
			if format == "" && !strings.Contains(strings.ToLower(f.Key.Value+c.Name+c.Namespace), "temporal") {
				if isServers, err := m.showsServer(f.Value); err != nil {
					return nil, err
				} else if !isServers {
					continue // of another program
				}
			}
			found, err := m.readInner(f.Key.Value, f.Value, format)
			if err != nil {
				return nil, err
			}
			if len(found) > 0 {
				all = append(all, manifest.Part{Config: c, File: &f, Settings: found})
			}
			continue
		}
		if text, ok, err := m.ScalarText(f.Value); err == nil && !c.IsUsed && envfile.IsUpperName(f.Key.Value) {
			variables.Settings = append(variables.Settings, m.variableSettings(c.Name, f.Key, f.Value, text, ok)...)
		}
	}
	if len(variables.Settings) > 0 {
		all = append(all, variables)
	}
	if len(all) > 0 {
		m.Findings.Containers = append(m.Findings.Containers, deployed.Container{Service: c.Name, IsData: true})
	}
	return all, nil
}

// showsServer reports whether a text is a configuration of the server by its content alone.
func (m *manifests) showsServer(at *yaml.Node) (bool, error) {
	if err := m.SpendBudget(at); err != nil {
		return false, err
	}
	inner := &reader{Text: m.Inner(at)}
	if configtext.HasExpressions(inner.Content()) {
		inner.StripTemplate()
	}
	docs, err := inner.ParseDocuments()
	if err != nil || len(docs) == 0 {
		return false, nil //nolint:nilerr // a text in another format
	}
	fields, err := inner.MappingFields(docs[0])
	return err == nil && (dynamicfile.HasKeys(fields) || slices.ContainsFunc(fields, func(f configtext.Pair) bool {
		return inner.isServerConfig(f.Key.Value, configtext.FollowAlias(f.Value))
	})), nil
}
