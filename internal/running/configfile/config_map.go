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
	found := make([][]deployed.Setting, len(m.index.Configs))
	servers := 0
	for n, c := range m.index.Configs {
		m.manifestFile = m.files[c.File]
		if m.IsSpent() {
			continue // as is noted
		}
		settings, err := m.readConfigMap(c)
		if err := m.AddUnread(err); err != nil {
			return err
		}
		if found[n] = settings; slices.ContainsFunc(settings, func(s deployed.Setting) bool { return s.ServerFile }) {
			servers++
		}
	}
	isTaken := map[string]bool{} // settings that workloads take from ConfigMaps, by folder, namespace and key
	for n, c := range m.index.Configs {
		for i := 0; c.IsUsed && i+1 < len(c.Data.Content); i += 2 {
			isTaken[placeOf(c)+c.Data.Content[i].Value] = true
		}
		for _, s := range found[n] {
			isTaken[placeOf(c)+s.Key] = isTaken[placeOf(c)+s.Key] || len(c.Mounts) > 0
		}
	}
	for n, c := range m.index.Configs {
		in := m.files[c.File]
		if m.leaveUnused(in, c, found[n], isTaken) {
			continue
		}
		for _, s := range found[n] {
			s.IsOfChart = c.IsOfChart
			if servers > 1 && s.ServerFile { // of one of several servers
				if s.Service = c.Name; len(c.Mounts) == 1 {
					s.Service = c.Mounts[0]
				}
			}
			in.settings = append(in.settings, s)
		}
	}
	return nil
}

// leaveUnused leaves a ConfigMap out that no workload takes, where workloads take at least half of its settings from others of
// its folder and namespace: it is an old or another version of theirs.
func (m *manifests) leaveUnused(in *manifestFile, c *manifest.Config, found []deployed.Setting, isTaken map[string]bool) bool {
	isElsewhere := func(s deployed.Setting) bool { return isTaken[placeOf(c)+s.Key] }
	own := len(slices.DeleteFunc(slices.Clone(found), isElsewhere))
	if c.IsUsed || len(c.Mounts) > 0 || own == len(found) || 2*own > len(found) {
		return false
	}
	in.AddNotice(in.Position(c.Data), deployed.RuleUnreadSource,
		"no workload takes the "+c.Kind+" "+c.Name+", while workloads take its settings from others, so it is left out",
		"remove it, or check it by itself")
	in.isUsed = true
	return true
}

// placeOf returns the folder and the namespace of a ConfigMap: those of another can belong to another cluster.
func placeOf(c *manifest.Config) string {
	return deployed.FolderOf(c.File.Name) + "/" + c.Namespace + "/"
}

// readConfigMap reads the configuration files in a ConfigMap, and its variables unless a container has them.
func (m *manifests) readConfigMap(c *manifest.Config) ([]deployed.Setting, error) {
	fields, err := m.MappingFields(c.Data)
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
			all = append(all, found...)
			continue
		}
		if text, ok, err := m.ScalarText(f.Value); err == nil && !c.IsUsed && envfile.IsUpperName(f.Key.Value) {
			all = append(all, m.variableSettings(c.Name, f.Key, f.Value, text, ok)...)
		}
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
