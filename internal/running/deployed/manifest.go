package deployed

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxManifest limits the levels that are searched for the containers of a manifest.
const maxManifest = 12

// manifests reads Kubernetes manifests: the environment and count of every workload, the configuration in ConfigMaps,
// and the resources of operators that carry the configuration of a Temporal cluster.
type manifests struct {
	*reader
	configs map[string]*yaml.Node // data of each ConfigMap and Secret with plain text
	names   []string              // in order of the file
	used    map[string]bool       // those that an environment refers to
}

// isManifest reports whether a document is a Kubernetes resource.
func (r *reader) isManifest(root *yaml.Node) bool {
	version, err := r.fieldOf(root, "apiVersion")
	kind, _ := r.fieldOf(root, "kind")
	return err == nil && version != nil && kind != nil
}

// readManifests reads the documents of a file.
func (r *reader) readManifests(docs []*yaml.Node) ([]Setting, error) {
	m := &manifests{reader: r, configs: map[string]*yaml.Node{}, used: map[string]bool{}}
	var resources []*yaml.Node
	for _, doc := range docs {
		found, err := m.listResources(doc, 0)
		if err != nil {
			return nil, err
		}
		resources = append(resources, found...)
	}
	var all []Setting
	for _, resource := range resources {
		found, err := m.readResource(resource)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	for _, name := range m.names {
		found, err := m.readConfigMap(name, m.configs[name])
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return lastSettings(all), nil
}

// listResources returns the resources of a document, and notes the ConfigMaps among them.
func (m *manifests) listResources(doc *yaml.Node, depth int) ([]*yaml.Node, error) {
	if followAlias(doc).Kind != yaml.MappingNode {
		return nil, nil
	}
	kind, err := m.textOf(doc, "kind")
	if err != nil {
		return nil, err
	}
	switch {
	case strings.HasSuffix(kind, "List") && depth < maxManifest:
		items, err := m.fieldOf(doc, "items")
		if err != nil || items == nil {
			return nil, err
		}
		nodes, err := m.listItems(items)
		var all []*yaml.Node
		for _, n := range nodes {
			found, err := m.listResources(n, depth+1)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
		return all, err
	case kind == "ConfigMap", kind == "Secret":
		field := "data"
		if kind == "Secret" {
			field = "stringData"
		}
		data, err := m.fieldOf(doc, field)
		if err != nil || data == nil || isNull(data) {
			return nil, err
		}
		name, err := m.textOf(doc, "metadata", "name")
		if m.configs[name] == nil {
			m.names = append(m.names, name)
		}
		m.configs[name] = data
		return nil, err
	}
	return []*yaml.Node{doc}, nil
}

// fieldAt returns the field at a path, or nil.
func (r *reader) fieldAt(n *yaml.Node, path ...string) (*yaml.Node, error) {
	var err error
	for _, name := range path {
		if n, err = r.fieldOf(n, name); n == nil || err != nil {
			return nil, err
		}
	}
	return n, nil
}

// textOf returns the text of the field at a path, or "".
func (r *reader) textOf(n *yaml.Node, path ...string) (string, error) {
	at, err := r.fieldAt(n, path...)
	if at == nil || err != nil || followAlias(at).Kind != yaml.ScalarNode {
		return "", err
	}
	return followAlias(at).Value, nil
}

// readResource reads a workload, or a resource of an operator.
func (m *manifests) readResource(doc *yaml.Node) ([]Setting, error) {
	kind, err := m.textOf(doc, "kind")
	if err != nil {
		return nil, err
	}
	switch kind {
	case "TemporalCluster":
		return m.readTemporalCluster(doc)
	case "HelmRelease": // of Flux
		return m.readValues(doc, "spec", "values")
	case "Application": // of Argo CD
		found, err := m.readValues(doc, "spec", "source", "helm", "valuesObject")
		if err != nil || len(found) > 0 {
			return found, err
		}
		text, err := m.fieldAt(doc, "spec", "source", "helm", "values")
		if err != nil || text == nil {
			return nil, err
		}
		return m.readInner("values", text, Helm)
	}
	var all []Setting
	spec, err := m.findPod(doc, 0)
	if err != nil || spec == nil {
		return nil, err
	}
	containers, err := m.fieldOf(spec, "containers")
	if err != nil {
		return nil, err
	}
	items, err := m.listItems(containers)
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		found, err := m.readPodContainer(doc, item)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// readValues reads Helm values at a path of a resource.
func (m *manifests) readValues(doc *yaml.Node, path ...string) ([]Setting, error) {
	values, err := m.fieldAt(doc, path...)
	if err != nil || values == nil {
		return nil, err
	}
	return m.readHelm(values)
}

// findPod returns the mapping with the containers of a workload, wherever its kind has it.
func (m *manifests) findPod(n *yaml.Node, depth int) (*yaml.Node, error) {
	fields, err := m.mappingFields(n)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		if f.key.Value == "containers" && followAlias(f.value).Kind == yaml.SequenceNode {
			return n, nil
		}
	}
	for _, f := range fields {
		if followAlias(f.value).Kind != yaml.MappingNode || depth == maxManifest || f.key.Value == "metadata" {
			continue
		}
		if found, err := m.findPod(f.value, depth+1); found != nil || err != nil {
			return found, err
		}
	}
	return nil, nil
}

// readPodContainer reads the environment of a container and the count of its workload.
func (m *manifests) readPodContainer(workload, n *yaml.Node) ([]Setting, error) {
	name, err := m.addContainer(n)
	if err != nil {
		return nil, err
	}
	var all []Setting
	from, err := m.fieldOf(n, "envFrom")
	if err != nil {
		return nil, err
	}
	sources, err := m.listItems(from)
	if err != nil {
		return nil, err
	}
	for _, s := range sources {
		for _, kind := range []string{"configMapRef", "secretRef"} {
			config, err := m.textOf(s, kind, "name")
			if err != nil {
				return nil, err
			}
			prefix, err := m.textOf(s, "prefix")
			if err != nil {
				return nil, err
			}
			if config == "" || m.configs[config] == nil {
				continue
			}
			m.used[config] = true
			found, err := m.readData(name, prefix, m.configs[config])
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
	}
	env, err := m.fieldOf(n, "env")
	if err != nil {
		return nil, err
	}
	if env != nil {
		found, err := m.readPairs(name, env)
		if err != nil {
			return nil, err
		}
		if err := m.resolveReferences(found, env); err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	all = lastSettings(all)
	replicas, err := m.fieldAt(workload, "spec", "replicas")
	if err != nil || replicas == nil || isNull(replicas) {
		return all, err
	}
	counts, err := m.readLeaves("replicas", replicas, replicas)
	for _, s := range counts {
		s.Service = name
		all = append(all, s)
	}
	return all, err
}

// readData reads the entries of a ConfigMap as variables.
func (m *manifests) readData(service, prefix string, data *yaml.Node) ([]Setting, error) {
	fields, err := m.mappingFields(data)
	if err != nil {
		return nil, err
	}
	var all []Setting
	for _, f := range fields {
		text, ok, err := m.scalarText(f.value)
		if err != nil {
			return nil, err
		}
		if !assignment().MatchString(prefix + f.key.Value + "=") {
			continue // Kubernetes skips it too
		}
		key := *f.key
		key.Value = prefix + key.Value
		all = append(all, m.variableSettings(service, &key, f.value, text, ok)...)
	}
	return all, nil
}

// resolveReferences fills in variables with a value from a ConfigMap of the file, and marks those with a reference to
// another variable.
func (m *manifests) resolveReferences(settings []Setting, env *yaml.Node) error {
	items, err := m.listItems(env)
	if err != nil {
		return err
	}
	byPlace := map[string]*yaml.Node{}
	for _, item := range items {
		name, err := m.fieldOf(item, "name")
		if err != nil {
			return err
		}
		if name != nil {
			byPlace[m.position(name).String()] = item
		}
	}
	for i := range settings {
		s := &settings[i]
		if text, ok := s.Value.(string); ok && s.Kind == Variable && strings.Contains(text, "$(") {
			s.Value, s.Unknown = nil, true
		}
		item := byPlace[s.Pos.String()]
		if item == nil || s.Kind != Variable {
			continue
		}
		for _, kind := range []string{"configMapKeyRef", "secretKeyRef"} {
			config, err := m.textOf(item, "valueFrom", kind, "name")
			if err != nil {
				return err
			}
			key, err := m.textOf(item, "valueFrom", kind, "key")
			if err != nil {
				return err
			}
			value, err := m.fieldOf(m.configs[config], key)
			if err != nil {
				return err
			}
			if value == nil {
				continue
			}
			m.used[config] = true
			text, ok, err := m.scalarText(value)
			if err != nil {
				return err
			}
			if ok {
				s.Value, s.Unknown, s.ValuePos = text, false, m.position(value)
			}
		}
	}
	return nil
}

// readConfigMap reads the configuration files in a ConfigMap, and its variables unless a container of the file has them.
func (m *manifests) readConfigMap(name string, data *yaml.Node) ([]Setting, error) {
	fields, err := m.mappingFields(data)
	if err != nil {
		return nil, err
	}
	var all []Setting
	for _, f := range fields {
		value := followAlias(f.value)
		if value.Kind != yaml.ScalarNode {
			continue
		}
		format := Format("")
		if isYAML(f.key.Value) && strings.Contains(strings.ToLower(f.key.Value+" "+name), "dynamic") {
			format = DynamicConfig
		}
		if isYAML(f.key.Value) || strings.Contains(value.Value, "\n") {
			found, err := m.readInner(f.key.Value, f.value, format)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
			continue
		}
		if text, ok, err := m.scalarText(f.value); err == nil && ok && !m.used[name] && isVariableName(f.key.Value) {
			all = append(all, m.variableSettings(name, f.key, f.value, text, ok)...)
		}
	}
	if len(all) > 0 {
		m.found.containers = append(m.found.containers, Container{Service: name})
	}
	return all, nil
}

// isVariableName reports whether a name is spelled like an environment variable.
func isVariableName(name string) bool {
	return name == strings.ToUpper(name) && assignment().MatchString(name+"=")
}

func isYAML(name string) bool {
	return strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}

// readTemporalCluster reads the cluster of the temporal-operator. Its fields have the names of the server's static
// configuration, where they mean the same.
func (m *manifests) readTemporalCluster(doc *yaml.Node) ([]Setting, error) {
	spec, err := m.fieldOf(doc, "spec")
	if err != nil || spec == nil {
		return nil, err
	}
	version, err := m.fieldOf(spec, "version")
	if err != nil {
		return nil, err
	}
	if version != nil {
		m.found.containers = append(m.found.containers, Container{Version: followAlias(version).Value, VersionPos: m.position(version)})
	}
	fields, err := m.mappingFields(spec)
	if err != nil {
		return nil, err
	}
	var all []Setting
	for _, f := range fields {
		var found []Setting
		switch f.key.Value {
		case "numHistoryShards":
			found, err = m.readLeaves("spec.numHistoryShards", f.key, f.value)
		case "persistence":
			found, err = m.readOperatorStores(f.value)
		case "log":
			found, err = m.readLeaves("spec.log", f.key, f.value)
		case "services":
			found, err = m.readOperatorServices(f.value)
		case "dynamicConfig":
			values, wrong := m.fieldOf(f.value, "values")
			if err = wrong; err == nil && values != nil && !isNull(values) {
				found, err = m.readDynamicConfig(values)
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
func (m *manifests) readOperatorStores(n *yaml.Node) ([]Setting, error) {
	stores, err := m.mappingFields(n)
	if err != nil {
		return nil, err
	}
	var all []Setting
	for _, store := range stores {
		found, err := m.readLeaves("spec.persistence."+store.key.Value, store.key, store.value)
		if err != nil {
			return nil, err
		}
		role := roleOtherStore
		switch store.key.Value {
		case "defaultStore":
			role = roleDefaultStore
		case "visibilityStore":
			role = roleVisibilityStore
		}
		for _, s := range found {
			s.Store = role
			all = append(all, s)
		}
	}
	return all, nil
}

// readOperatorServices reads the replicas of the services of a TemporalCluster.
func (m *manifests) readOperatorServices(n *yaml.Node) ([]Setting, error) {
	fields, err := m.mappingFields(n)
	if err != nil {
		return nil, err
	}
	var all []Setting
	for _, f := range fields {
		replicas, err := m.fieldOf(f.value, "replicas")
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
			s.Service = f.key.Value
			all = append(all, s)
		}
	}
	return all, nil
}
