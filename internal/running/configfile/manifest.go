package configfile

import (
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/temporalcluster"
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
	ofChart    map[string]bool       // those that the official chart renders
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
		ofChart: map[string]bool{},
		kinds:   map[string]int{}, containers: map[string]int{},
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
			s.IsOfChart = m.ofChart[name]
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
		label, _ := m.TextAt(doc, "metadata", "labels", "helm.sh/chart")
		m.ofChart[name] = strings.HasPrefix(label, "temporal-")
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
		return m.readNamed(doc, kind, func(doc *yaml.Node) ([]deployed.Setting, error) { return temporalcluster.Read(m.Text, doc) })
	case "HelmRelease": // of Flux
		return m.readNamed(doc, kind, m.readRelease)
	case "Application": // of Argo CD
		return m.readNamed(doc, kind, func(doc *yaml.Node) ([]deployed.Setting, error) { return m.readApplication(doc, "spec") })
	case "ApplicationSet":
		return m.readNamed(doc, kind, func(doc *yaml.Node) ([]deployed.Setting, error) {
			return m.readApplication(doc, "spec", "template", "spec")
		})
	case "Kustomization", "Component", "":
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
