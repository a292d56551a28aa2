package kustomize

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
)

// operation is one operation of a JSON patch. [RFC 6902]
type operation struct {
	name  string
	path  []string
	from  []string
	value *yaml.Node
}

// readOperation reads an operation without aliases; "" or what is wrong with it.
func readOperation(n *yaml.Node) (operation, string) {
	var o operation
	if name := findField(n, "op"); name != nil {
		o.name = name.Value
	}
	problem := ""
	for to, name := range map[*[]string]string{&o.path: "path", &o.from: "from"} {
		at := findField(n, name)
		if at == nil {
			continue
		}
		if at.Value != "" && !strings.HasPrefix(at.Value, "/") {
			problem = fmt.Sprintf("the %s %q does not start with /", name, at.Value)
			continue
		}
		for _, part := range strings.Split(at.Value, "/")[1:] {
			*to = append(*to, strings.NewReplacer("~1", "/", "~0", "~").Replace(part))
		}
	}
	o.value = findField(n, "value")
	return o, problem
}

// source returns what an operation copies, or nil.
func (o operation) source(root *yaml.Node) *yaml.Node {
	if o.name == "copy" || o.name == "move" {
		return nodeAt(root, o.from)
	}
	return o.value
}

// apply applies an operation to a resource, and returns what is wrong with it, or "".
func (o operation) apply(root *yaml.Node) string {
	value := o.value
	switch o.name {
	case "copy", "move":
		if value = o.source(root); value == nil {
			return describeMissing(o.from)
		}
		if o.name == "move" {
			if problem := changeNode(root, o.from, "remove", nil); problem != "" {
				return problem
			}
		}
		return changeNode(root, o.path, "add", copyNode(value))
	case "add", "replace":
		if value == nil {
			return "the operation has no value"
		}
		return changeNode(root, o.path, o.name, copyNode(value))
	case "remove":
		return changeNode(root, o.path, o.name, nil)
	case "test":
		found := nodeAt(root, o.path)
		if found == nil {
			return describeMissing(o.path)
		}
		if value == nil || !isEqual(found, value) {
			return "the value at /" + strings.Join(o.path, "/") + " is another"
		}
		return ""
	}
	return fmt.Sprintf("%q is not an operation", o.name)
}

func describeMissing(path []string) string { return "the resource has no /" + strings.Join(path, "/") }

// nodeAt returns the node at a path, or nil.
func nodeAt(n *yaml.Node, path []string) *yaml.Node {
	for _, name := range path {
		switch n.Kind {
		case yaml.MappingNode:
			if n = findField(n, name); n == nil {
				return nil
			}
		case yaml.SequenceNode:
			index, err := strconv.Atoi(name)
			if err != nil || index < 0 || index >= len(n.Content) {
				return nil
			}
			n = n.Content[index]
		default:
			return nil
		}
	}
	return n
}

// changeNode adds, replaces or removes the node at a path, and returns what is wrong, or "".
func changeNode(root *yaml.Node, path []string, name string, value *yaml.Node) string {
	if len(path) == 0 {
		return "the operation is for the whole resource"
	}
	in, last := nodeAt(root, path[:len(path)-1]), path[len(path)-1]
	if in == nil {
		return describeMissing(path[:len(path)-1])
	}
	switch in.Kind {
	case yaml.MappingNode:
		at := fieldIndex(in, last)
		switch {
		case at < 0 && name != "add":
			return describeMissing(path)
		case at < 0:
			setField(in, last, value)
		case name == "remove":
			in.Content = slices.Delete(in.Content, at-1, at+1)
		default:
			in.Content[at-1], in.Content[at] = newText(value, last), value
		}
	case yaml.SequenceNode:
		index, err := strconv.Atoi(last)
		switch {
		case last == "-" && name == "add":
			index, err = len(in.Content), nil
		case err == nil && index < 0:
			index += len(in.Content)
		}
		if most := len(in.Content); err != nil || index < 0 || index > most || index == most && name != "add" {
			return describeMissing(path)
		}
		switch name {
		case "add":
			in.Content = slices.Insert(in.Content, index, value)
		case "replace":
			in.Content[index] = value
		default:
			in.Content = slices.Delete(in.Content, index, index+1)
		}
	default:
		return describeMissing(path)
	}
	return ""
}

// copyNode returns a copy of a node without aliases.
func copyNode(n *yaml.Node) *yaml.Node {
	out := *n
	out.Content = nil
	for _, below := range n.Content {
		out.Content = append(out.Content, copyNode(below))
	}
	return &out
}

// countNodes counts the nodes of a value, which a patch can copy again and again.
func countNodes(n *yaml.Node) int {
	count := 1
	for _, below := range n.Content {
		count += countNodes(below)
	}
	return count
}

// isEqual reports whether nodes have the same value.
func isEqual(a, b *yaml.Node) bool {
	var x, y any
	return a.Decode(&x) == nil && b.Decode(&y) == nil && reflect.DeepEqual(x, y)
}

// isJSONPatch reports whether a text's document is a JSON patch.
func isJSONPatch(doc *yaml.Node) bool { return configtext.FollowAlias(doc).Kind == yaml.SequenceNode }
