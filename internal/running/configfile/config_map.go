package configfile

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/envfile"
	"go.yaml.in/yaml/v3"
)

// configFields are the fields with plain text of the resources that hold data, by kind.
var configFields = map[string]string{"ConfigMap": "data", "Secret": "stringData"}

// configData is the data of a ConfigMap, or that of a Secret which is plain text.
type configData struct {
	kind, name, namespace string
	data                  *yaml.Node
	file                  *manifestFile
	isOfChart             bool     // the official chart renders it
	isUsed                bool     // an environment refers to it
	mounts                []string // services that mount it
}

// addConfig notes a ConfigMap or a Secret. The last one of a name in a file counts.
func (m *manifests) addConfig(kind string, doc *yaml.Node) error {
	data, err := m.FieldOf(doc, configFields[kind])
	if err != nil || data == nil || configtext.IsNull(data) {
		return err
	}
	added := &configData{kind: kind, data: data, file: m.manifestFile}
	if added.name, err = m.TextAt(doc, "metadata", "name"); err != nil {
		return err
	}
	if added.namespace, err = m.TextAt(doc, "metadata", "namespace"); err != nil {
		return err
	}
	label, err := m.TextAt(doc, "metadata", "labels", "helm.sh/chart")
	if err != nil {
		return err
	}
	added.isOfChart = strings.HasPrefix(label, "temporal-")
	m.configs = slices.DeleteFunc(m.configs, func(c *configData) bool {
		return c.file == added.file && c.kind == kind && c.name == added.name && c.namespace == added.namespace
	})
	m.configs = append(m.configs, added)
	return nil
}

// findConfig returns the ConfigMap or Secret that a resource refers to: that of its namespace, of its file, of its folder, or
// else the only one; nil if none or several others have the name.
func (m *manifests) findConfig(from *yaml.Node, kind, name string) *configData {
	namespace, err := m.TextAt(from, "metadata", "namespace")
	if err != nil || name == "" {
		return nil
	}
	var found []*configData
	for _, c := range m.configs {
		isNear := c.namespace == namespace || c.namespace == "" || namespace == ""
		if c.kind == kind && c.name == name && isNear {
			found = append(found, c)
		}
	}
	for _, isNearer := range []func(*configData) bool{
		func(c *configData) bool { return c.namespace == namespace },
		func(c *configData) bool { return c.file.Name == m.Name },
		func(c *configData) bool { return filepath.Dir(c.file.Name) == filepath.Dir(m.Name) },
	} {
		if nearer := slices.DeleteFunc(slices.Clone(found), func(c *configData) bool { return !isNearer(c) }); len(nearer) > 0 {
			found = nearer
		}
	}
	if len(found) != 1 {
		return nil
	}
	return found[0]
}

// readConfigMaps reads the configuration files in ConfigMaps, and the variables of those that no container takes.
func (m *manifests) readConfigMaps() error {
	found := make([][]deployed.Setting, len(m.configs))
	servers := 0
	for n, c := range m.configs {
		m.manifestFile = c.file
		if m.IsSpent() {
			continue // as is noted
		}
		settings, err := m.readConfigMap(c)
		if err := m.keepRest(err); err != nil {
			return err
		}
		if found[n] = settings; slices.ContainsFunc(settings, func(s deployed.Setting) bool { return s.ServerFile }) {
			servers++
		}
	}
	for n, c := range m.configs {
		for _, s := range found[n] {
			s.IsOfChart = c.isOfChart
			if servers > 1 && s.ServerFile { // of one of several servers
				if s.Service = c.name; len(c.mounts) == 1 {
					s.Service = c.mounts[0]
				}
			}
			c.file.settings = append(c.file.settings, s)
		}
	}
	return nil
}

// readConfigMap reads the configuration files in a ConfigMap, and its variables unless a container has them.
func (m *manifests) readConfigMap(c *configData) ([]deployed.Setting, error) {
	fields, err := m.MappingFields(c.data)
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
		if configtext.IsYAML(f.Key.Value) && isDynamicConfig(f.Key.Value+" "+c.name, value.Value) {
			format = deployed.DynamicConfig
		}
		if configtext.IsYAML(f.Key.Value) || strings.Contains(value.Value, "\n") {
			if format == "" && !strings.Contains(strings.ToLower(f.Key.Value+c.name+c.namespace), "temporal") && !m.showsServer(f.Value) {
				continue // of another program
			}
			found, err := m.readInner(f.Key.Value, f.Value, format)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
			continue
		}
		if text, ok, err := m.ScalarText(f.Value); err == nil && !c.isUsed && isVariableName(f.Key.Value) {
			all = append(all, m.variableSettings(c.name, f.Key, f.Value, text, ok)...)
		}
	}
	if len(all) > 0 {
		m.Findings.Containers = append(m.Findings.Containers, deployed.Container{Service: c.name, IsData: true})
	}
	return all, nil
}

// showsServer reports whether a text is a configuration of the server by its content alone.
func (m *manifests) showsServer(at *yaml.Node) bool {
	inner := &reader{Text: m.Inner(at)}
	if configtext.HasExpressions(inner.Content()) {
		inner.StripTemplate()
	}
	docs, err := inner.ParseDocuments()
	if err != nil || len(docs) == 0 {
		return false
	}
	fields, err := inner.MappingFields(docs[0])
	return err == nil && (hasDynamicKeys(fields) || slices.ContainsFunc(fields, func(f configtext.Pair) bool {
		return inner.isServerConfig(f.Key.Value, configtext.FollowAlias(f.Value))
	}))
}

// isDynamicConfig reports whether a file and its ConfigMap are named like the dynamic config of Temporal. Other programs have
// files that are named dynamic, too: a line shows that it is the server's, also in a file that cannot be parsed.
func isDynamicConfig(name, content string) bool {
	name = strings.ToLower(name)
	if strings.Contains(strings.NewReplacer("-", "", "_", "").Replace(name), "dynamicconfig") {
		return true
	}
	if !strings.Contains(name, "dynamic") {
		return false
	}
	for line := range strings.Lines(content) {
		if isDynamicKey(line) {
			return true
		}
	}
	return strings.Contains(name, "temporal")
}

// isVariableName reports whether a name is spelled like an environment variable.
func isVariableName(name string) bool {
	return name == strings.ToUpper(name) && envfile.IsVariableName(name)
}

// asConfigMap returns the manifest of a ConfigMap with the values that Terraform has for it.
func asConfigMap(r *reader, values *yaml.Node) (*yaml.Node, error) {
	at := *configtext.FollowAlias(values)
	at.Kind, at.Tag, at.Content = yaml.MappingNode, "!!map", nil
	text := func(value string) *yaml.Node {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value, Line: at.Line, Column: at.Column}
	}
	manifest := at
	manifest.Content = []*yaml.Node{text("apiVersion"), text("v1"), text("kind"), text("ConfigMap")}
	for _, name := range []string{"metadata", "data"} {
		value, err := r.FieldOf(values, name)
		if err != nil {
			return nil, err
		}
		if value == nil {
			continue
		}
		if list := configtext.FollowAlias(value); list.Kind == yaml.SequenceNode && len(list.Content) > 0 { // a block
			value = list.Content[0]
		}
		manifest.Content = append(manifest.Content, text(name), value)
	}
	return &manifest, nil
}
