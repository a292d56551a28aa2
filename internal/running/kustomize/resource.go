package kustomize

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
)

// maxDepth limits the levels of lists of resources, and those that are searched for references.
const maxDepth = 12

// resource is a resource of a kustomization.
type resource struct {
	node  *yaml.Node
	kind  string
	group string // of its API, with the version
	// names are those that it had and has, and namespaces likewise: patches and generators can use each
	names, namespaces []string
	isCopy            bool // the node is not shared with others
}

func (x *resource) name() string { return x.names[len(x.names)-1] }

// namespace returns the namespace that a resource has in a cluster.
func (x *resource) namespace() string {
	return cmp.Or(x.namespaces[len(x.namespaces)-1], defaultNamespace)
}

// defaultNamespace is that of resources without one.
const defaultNamespace = "default"

// listResources returns the resources of a document, also those in lists.
func listResources(file *configtext.Text, doc *yaml.Node, depth int) ([]*resource, error) {
	if configtext.FollowAlias(doc).Kind != yaml.MappingNode {
		return nil, nil
	}
	x := &resource{node: doc}
	var name, namespace string
	for to, path := range map[*string][]string{
		&x.kind: {"kind"}, &x.group: {"apiVersion"}, &name: {"metadata", "name"}, &namespace: {"metadata", "namespace"},
	} {
		var err error
		if *to, err = file.TextAt(doc, path...); err != nil {
			return nil, err
		}
	}
	if strings.HasSuffix(x.kind, "List") && depth < maxDepth {
		items, err := file.ItemsAt(doc, "items")
		var all []*resource
		for _, item := range items {
			found, err := listResources(file, item, depth+1)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
		return all, err
	}
	if x.kind == "" || IsKustomization(file, doc) {
		return nil, nil
	}
	x.names, x.namespaces = []string{name}, []string{namespace}
	return []*resource{x}, nil
}

// copyOnWrite copies the resource's node the first time that it changes.
func (x *resource) copyOnWrite(file *configtext.Text) error {
	if x.isCopy {
		return nil
	}
	node, err := file.Expand(x.node)
	if err == nil {
		x.node, x.isCopy = node, true
	}
	return err
}

// hasID reports whether a resource is of a kind and API, if there is one, and has or had a name in a namespace.
func (x *resource) hasID(group, kind, namespace, name string) bool {
	return x.kind == kind && (group == "" || x.group == group) && slices.Contains(x.names, name) &&
		slices.Contains(withDefault(x.namespaces), cmp.Or(namespace, defaultNamespace))
}

// fieldIndex returns the position of a field's value in a mapping, or -1.
func fieldIndex(n *yaml.Node, name string) int {
	if n == nil || n.Kind != yaml.MappingNode {
		return -1
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return i + 1
		}
	}
	return -1
}

// findField returns the value of a field of a node without aliases, or nil.
func findField(n *yaml.Node, path ...string) *yaml.Node {
	for _, name := range path {
		at := fieldIndex(n, name)
		if at < 0 {
			return nil
		}
		n = n.Content[at]
	}
	return n
}

// setField sets a field of a mapping. The place of its name is that of the value, unless it has one.
func setField(n *yaml.Node, name string, value *yaml.Node) {
	if at := fieldIndex(n, name); at >= 0 {
		n.Content[at] = value
		return
	}
	key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name, Line: value.Line, Column: value.Column}
	n.Content = append(n.Content, key, value)
}

// removeField removes a field of a mapping.
func removeField(n *yaml.Node, name string) {
	if at := fieldIndex(n, name); at >= 0 {
		n.Content = slices.Delete(n.Content, at-1, at+1)
	}
}

// newMapping returns an empty mapping at the place of a node.
func newMapping(at *yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: at.Line, Column: at.Column}
}

// newText returns a text at the place of a node.
func newText(at *yaml.Node, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value, Line: at.Line, Column: at.Column}
}
