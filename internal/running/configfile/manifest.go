package configfile

import (
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/dynamicfile"
	"github.com/temporal-dsql/temporal-dsql/internal/running/envfile"
	"go.yaml.in/yaml/v3"
)

// maxManifest limits the levels that are searched for the containers of a manifest.
const maxManifest = 12

// manifests reads Kubernetes manifests: the environment and count of every workload, the configuration in ConfigMaps,
// and the resources of operators that carry the configuration of a Temporal cluster.
type manifests struct {
	*reader
	configs    map[string]*yaml.Node // data of each ConfigMap and Secret with plain text
	names      []string              // in order of the file
	used       map[string]bool       // those that an environment refers to
	namespaces map[string]string     // of each ConfigMap
	// kinds counts the resources that are whole clusters, by kind: where there are several, settings name the resource
	kinds map[string]int
	// containers counts the containers of each name, with and without their workload's: where several share one, settings
	// name the workload, and its namespace where several share that, too
	containers map[string]int
}

// isManifest reports whether a document is a Kubernetes resource.
func (r *reader) isManifest(root *yaml.Node) bool {
	version, err := r.FieldOf(root, "apiVersion")
	kind, _ := r.FieldOf(root, "kind")
	return err == nil && version != nil && kind != nil
}

// readManifests reads the documents of a file.
func (r *reader) readManifests(docs []*yaml.Node) ([]deployed.Setting, error) {
	m := &manifests{
		reader: r, configs: map[string]*yaml.Node{}, namespaces: map[string]string{}, used: map[string]bool{},
		kinds: map[string]int{}, containers: map[string]int{},
	}
	var resources []*yaml.Node
	for _, doc := range docs {
		found, err := m.listResources(doc, 0)
		if err != nil {
			return nil, err
		}
		resources = append(resources, found...)
	}
	for _, resource := range resources {
		if err := m.countNames(resource); err != nil {
			return nil, err
		}
	}
	all, err := readEach(resources, m.readResource)
	if err != nil {
		return nil, err
	}
	files := map[string][]deployed.Setting{}
	servers := 0
	for _, name := range m.names {
		found, err := m.readConfigMap(name, m.configs[name])
		if err != nil {
			return nil, err
		}
		files[name] = found
		if slices.ContainsFunc(found, func(s deployed.Setting) bool { return s.ServerFile }) {
			servers++
		}
	}
	for _, name := range m.names {
		for _, s := range files[name] {
			if servers > 1 && s.ServerFile { // of one of several servers
				s.Service = name
			}
			all = append(all, s)
		}
	}
	return deployed.LastSettings(all), nil
}

// listResources returns the resources of a document, and notes the ConfigMaps among them.
func (m *manifests) listResources(doc *yaml.Node, depth int) ([]*yaml.Node, error) {
	if configtext.FollowAlias(doc).Kind != yaml.MappingNode {
		return nil, nil
	}
	kind, err := m.TextAt(doc, "kind")
	if err != nil {
		return nil, err
	}
	switch {
	case strings.HasSuffix(kind, "List") && depth < maxManifest:
		items, err := m.FieldOf(doc, "items")
		if err != nil || items == nil {
			return nil, err
		}
		nodes, err := m.ListItems(items)
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
		data, err := m.FieldOf(doc, field)
		if err != nil || data == nil || configtext.IsNull(data) {
			return nil, err
		}
		name, err := m.TextAt(doc, "metadata", "name")
		if err != nil {
			return nil, err
		}
		namespace, err := m.TextAt(doc, "metadata", "namespace")
		if m.configs[name] == nil {
			m.configs[name], m.namespaces[name] = data, namespace
		} else if m.namespaces[name] != namespace { // a workload of that namespace finds it by this name
			name = namespace + "/" + name
		}
		if m.configs[name] = data; !slices.Contains(m.names, name) {
			m.names = append(m.names, name)
		}
		return nil, err
	}
	return []*yaml.Node{doc}, nil
}

// readResource reads a workload, or a resource of an operator.
func (m *manifests) readResource(doc *yaml.Node) ([]deployed.Setting, error) {
	kind, err := m.TextAt(doc, "kind")
	if err != nil {
		return nil, err
	}
	switch kind {
	case "TemporalCluster":
		return m.readNamed(doc, kind, m.readTemporalCluster)
	case "HelmRelease": // of Flux
		return m.readNamed(doc, kind, func(doc *yaml.Node) ([]deployed.Setting, error) { return m.readValues(doc, "spec", "values") })
	case "Application": // of Argo CD
		return m.readNamed(doc, kind, func(doc *yaml.Node) ([]deployed.Setting, error) { return m.readApplication(doc, "spec") })
	case "ApplicationSet":
		return m.readNamed(doc, kind, func(doc *yaml.Node) ([]deployed.Setting, error) {
			return m.readApplication(doc, "spec", "template", "spec")
		})
	case "Kustomization", "":
		return m.readKustomization(doc)
	}
	spec, err := m.findPod(doc, 0)
	if err != nil || spec == nil {
		return nil, err
	}
	items, err := m.ItemsAt(spec, "containers")
	if err != nil {
		return nil, err
	}
	return readEach(items, func(item *yaml.Node) ([]deployed.Setting, error) { return m.readPodContainer(doc, item) })
}

// countNames counts a resource by its kind, and the names of its containers.
func (m *manifests) countNames(doc *yaml.Node) error {
	kind, err := m.TextAt(doc, "kind")
	if err != nil {
		return err
	}
	workload, err := m.TextAt(doc, "metadata", "name")
	if err != nil {
		return err
	}
	m.kinds[kind]++
	pod, err := m.findPod(doc, 0)
	if err != nil || pod == nil {
		return err
	}
	items, err := m.ItemsAt(pod, "containers")
	for _, item := range items {
		name, err := m.TextAt(item, "name")
		if err != nil {
			return err
		}
		m.containers[name]++
		m.containers[workload+"/"+name]++
	}
	return err
}

// readNamed reads a resource with a whole cluster. Services of one of several clusters have its name before theirs.
func (m *manifests) readNamed(
	doc *yaml.Node, kind string, read func(*yaml.Node) ([]deployed.Setting, error),
) ([]deployed.Setting, error) {
	found, err := read(doc)
	if err != nil || m.kinds[kind] < 2 {
		return found, err
	}
	name, err := m.TextAt(doc, "metadata", "name")
	deployed.NameServices(name, found, nil)
	return found, err
}

// serviceName returns the name of a container's service: of several containers of one name, each has the workload's name,
// too.
func (m *manifests) serviceName(workload *yaml.Node, container string) (string, error) {
	if m.containers[container] < 2 {
		return container, nil
	}
	name, err := m.TextAt(workload, "metadata", "name")
	if err != nil || name == "" {
		return container, err
	}
	namespace, err := m.TextAt(workload, "metadata", "namespace")
	if namespace != "" && m.containers[name+"/"+container] > 1 {
		namespace += "-"
	} else {
		namespace = ""
	}
	if !strings.HasSuffix(name, container) {
		name += "-" + container
	}
	return namespace + name, err
}

// qualifyConfig returns the name under which a workload's ConfigMap is known: the one in its namespace, if several share a name.
func (m *manifests) qualifyConfig(workload *yaml.Node, name string) string {
	namespace, err := m.TextAt(workload, "metadata", "namespace")
	if qualified := namespace + "/" + name; err == nil && m.configs[qualified] != nil {
		return qualified
	}
	return name
}

// readValues reads Helm values at a path of a resource.
func (m *manifests) readValues(doc *yaml.Node, path ...string) ([]deployed.Setting, error) {
	values, err := m.FieldAt(doc, path...)
	if err != nil || values == nil {
		return nil, err
	}
	return m.readHelm(values)
}

// findPod returns the mapping with the containers of a workload, wherever its kind has it.
func (m *manifests) findPod(n *yaml.Node, depth int) (*yaml.Node, error) {
	fields, err := m.MappingFields(n)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		if f.Key.Value == "containers" && configtext.FollowAlias(f.Value).Kind == yaml.SequenceNode {
			return n, nil
		}
	}
	for _, f := range fields {
		if configtext.FollowAlias(f.Value).Kind != yaml.MappingNode || depth == maxManifest || f.Key.Value == "metadata" {
			continue
		}
		if found, err := m.findPod(f.Value, depth+1); found != nil || err != nil {
			return found, err
		}
	}
	return nil, nil
}

// readPodContainer reads the environment of a container and the count of its workload.
func (m *manifests) readPodContainer(workload, n *yaml.Node) ([]deployed.Setting, error) {
	name, err := m.addContainer(n)
	if err != nil {
		return nil, err
	}
	if name, err = m.serviceName(workload, name); err != nil {
		return nil, err
	}
	m.Findings.Containers[len(m.Findings.Containers)-1].Service = name
	var all []deployed.Setting
	sources, err := m.ItemsAt(n, "envFrom")
	if err != nil {
		return nil, err
	}
	for _, s := range sources {
		for _, kind := range []string{"configMapRef", "secretRef"} {
			config, err := m.TextAt(s, kind, "name")
			if err != nil {
				return nil, err
			}
			prefix, err := m.TextAt(s, "prefix")
			if err != nil {
				return nil, err
			}
			if config = m.qualifyConfig(workload, config); config == "" {
				continue
			}
			if m.configs[config] == nil {
				m.Findings.Containers[len(m.Findings.Containers)-1].IsPartial = true
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
	env, err := m.FieldOf(n, "env")
	if err != nil {
		return nil, err
	}
	if env != nil {
		found, err := m.readPairs(name, env)
		if err != nil {
			return nil, err
		}
		if err := m.resolveReferences(workload, found, env); err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	all = deployed.LastSettings(all)
	replicas, err := m.FieldAt(workload, "spec", "replicas")
	if err != nil || replicas == nil || configtext.IsNull(replicas) {
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
func (m *manifests) readData(service, prefix string, data *yaml.Node) ([]deployed.Setting, error) {
	fields, err := m.MappingFields(data)
	if err != nil {
		return nil, err
	}
	var all []deployed.Setting
	for _, f := range fields {
		text, ok, err := m.ScalarText(f.Value)
		if err != nil {
			return nil, err
		}
		if !envfile.IsVariableName(prefix + f.Key.Value) {
			continue // Kubernetes skips it too
		}
		key := *f.Key
		key.Value = prefix + key.Value
		all = append(all, m.variableSettings(service, &key, f.Value, text, ok)...)
	}
	return all, nil
}

// resolveReferences fills in variables with a value from a ConfigMap of the file, and marks those with a reference to
// another variable.
func (m *manifests) resolveReferences(workload *yaml.Node, settings []deployed.Setting, env *yaml.Node) error {
	items, err := m.ListItems(env)
	if err != nil {
		return err
	}
	byPlace := map[string]*yaml.Node{}
	for _, item := range items {
		name, err := m.FieldOf(item, "name")
		if err != nil {
			return err
		}
		if name != nil {
			byPlace[m.Position(name).String()] = item
		}
	}
	for i := range settings {
		s := &settings[i]
		if text, ok := s.Value.(string); ok && s.Kind == deployed.Variable && strings.Contains(text, "$(") {
			s.Value, s.Unknown = nil, true
		}
		item := byPlace[s.Pos.String()]
		if item == nil || s.Kind != deployed.Variable {
			continue
		}
		for _, kind := range []string{"configMapKeyRef", "secretKeyRef"} {
			config, err := m.TextAt(item, "valueFrom", kind, "name")
			if err != nil {
				return err
			}
			key, err := m.TextAt(item, "valueFrom", kind, "key")
			if err != nil {
				return err
			}
			config = m.qualifyConfig(workload, config)
			value, err := m.FieldOf(m.configs[config], key)
			if err != nil {
				return err
			}
			if value == nil {
				continue
			}
			m.used[config] = true
			text, ok, err := m.ScalarText(value)
			if err != nil {
				return err
			}
			if ok {
				s.Value, s.Unknown, s.ValuePos = text, false, m.Position(value)
			}
		}
	}
	return nil
}

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
		m.Findings.Containers = append(m.Findings.Containers, deployed.Container{Service: name})
	}
	return all, nil
}

// isVariableName reports whether a name is spelled like an environment variable.
func isVariableName(name string) bool {
	return name == strings.ToUpper(name) && envfile.IsVariableName(name)
}

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
