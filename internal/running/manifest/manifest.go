// Package manifest finds the workloads in Kubernetes manifests, their names, and the ConfigMaps that they take.
package manifest

import (
	"cmp"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"go.yaml.in/yaml/v3"
)

// maxDepth limits the levels that are searched for resources, and for the containers of one.
const maxDepth = 12

// Index holds what the manifests of some files have in common.
type Index struct {
	Configs []*Config
	kinds   map[string]int // of resources
	// containers counts the containers of each name, with and without their workload's: where several share one, services have
	// the workload's name, and its namespace where several share that, too
	containers map[string]int
}

// NewIndex returns an index without manifests.
func NewIndex() *Index { return &Index{kinds: map[string]int{}, containers: map[string]int{}} }

// List returns the resources of a document, also those in lists, and indexes the ConfigMaps and Secrets among them.
func (x *Index) List(file *configtext.Text, doc *yaml.Node) ([]*yaml.Node, error) {
	return x.list(file, doc, "", 0)
}

// list lists the resources of a document. Those in a list of one kind need not state it.
func (x *Index) list(file *configtext.Text, doc *yaml.Node, kindOfList string, depth int) ([]*yaml.Node, error) {
	if configtext.FollowAlias(doc).Kind != yaml.MappingNode {
		return nil, nil
	}
	kind, err := file.TextAt(doc, "kind")
	if err != nil {
		return nil, err
	}
	kind = cmp.Or(kind, kindOfList)
	switch {
	case strings.HasSuffix(kind, "List") && depth < maxDepth:
		items, err := file.ItemsAt(doc, "items")
		var all []*yaml.Node
		for _, item := range items {
			found, err := x.list(file, item, strings.TrimSuffix(kind, "List"), depth+1)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
		return all, err
	case configFields[kind] != "":
		return nil, x.addConfig(file, kind, doc)
	case kind == definition:
		return nil, nil
	}
	return []*yaml.Node{doc}, nil
}

// definition is a kind that has no setting, and can be large.
const definition = "CustomResourceDefinition"

// DropDefinitions returns the documents that can have a setting, so that the others take no memory.
func DropDefinitions(file *configtext.Text, docs []*yaml.Node) []*yaml.Node {
	var kept []*yaml.Node
	for _, doc := range docs {
		if kind, err := file.TextAt(doc, "kind"); err != nil || kind != definition {
			kept = append(kept, doc)
		}
	}
	return kept
}

// FindPod returns the mapping with the containers of a workload, at any path.
func FindPod(file *configtext.Text, workload *yaml.Node) (*yaml.Node, error) {
	return findPod(file, workload, 0)
}

func findPod(file *configtext.Text, n *yaml.Node, depth int) (*yaml.Node, error) {
	fields, err := file.MappingFields(n)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		if f.Key.Value == "containers" && configtext.FollowAlias(f.Value).Kind == yaml.SequenceNode {
			return n, nil
		}
	}
	for _, f := range fields {
		if configtext.FollowAlias(f.Value).Kind != yaml.MappingNode || depth == maxDepth || f.Key.Value == "metadata" {
			continue
		}
		if found, err := findPod(file, f.Value, depth+1); found != nil || err != nil {
			return found, err
		}
	}
	return nil, nil
}

// Count counts a resource by its kind, and the names of its containers.
func (x *Index) Count(file *configtext.Text, resource *yaml.Node) error {
	kind, err := file.TextAt(resource, "kind")
	if err != nil {
		return err
	}
	workload, err := file.TextAt(resource, "metadata", "name")
	if err != nil {
		return err
	}
	x.kinds[kind]++
	pod, err := FindPod(file, resource)
	if err != nil || pod == nil {
		return err
	}
	items, err := file.ItemsAt(pod, "containers")
	for _, item := range items {
		name, err := file.TextAt(item, "name")
		if err != nil {
			return err
		}
		x.containers[name]++
		x.containers[workload+"/"+name]++
	}
	return err
}

// HasSeveral reports whether there are several resources of a kind.
func (x *Index) HasSeveral(kind string) bool { return x.kinds[kind] > 1 }

// ServiceName returns the name of a container's service: of several containers of one name, each has the workload's name, too.
func (x *Index) ServiceName(file *configtext.Text, workload *yaml.Node, container string) (string, error) {
	if x.containers[container] < 2 {
		return container, nil
	}
	name, err := file.TextAt(workload, "metadata", "name")
	if err != nil || name == "" {
		return container, err
	}
	namespace, err := file.TextAt(workload, "metadata", "namespace")
	if namespace != "" && x.containers[name+"/"+container] > 1 {
		namespace += "-"
	} else {
		namespace = ""
	}
	if !strings.HasSuffix(name, container) {
		name += "-" + container
	}
	return namespace + name, err
}
