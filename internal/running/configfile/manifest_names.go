package configfile

import (
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"go.yaml.in/yaml/v3"
)

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
	first := len(m.Findings.Containers)
	found, err := read(doc)
	if err != nil || m.kinds[kind] < 2 {
		return found, err
	}
	name, err := m.TextAt(doc, "metadata", "name")
	deployed.NameServices(name, found, m.Findings.Containers[first:])
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
