package kustomize

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
)

// mergeKeys are the lists of Kubernetes' own resources whose items a patch merges, with the field that identifies an item,
// as far as they hold settings. A patch replaces other lists. [Kubernetes, x-kubernetes-patch-merge-key]
var mergeKeys = map[string]string{
	"containers": "name", "initContainers": "name", "env": "name", "volumes": "name", "volumeMounts": "mountPath",
}

// isBuiltin reports whether a resource is one of Kubernetes' own, by its API: the lists of others are replaced.
func isBuiltin(version string) bool {
	group, _, hasGroup := strings.Cut(version, "/")
	return !hasGroup || !strings.Contains(group, ".") || strings.HasSuffix(group, ".k8s.io")
}

// directive is the field of a patch that says what to do with the rest of the mapping.
const directive = "$patch"

// mergePatch merges a strategic-merge patch into a node, and returns the result: nil if the patch deletes it.
func mergePatch(n, patch *yaml.Node, isBuiltin bool) *yaml.Node {
	switch patch.Kind {
	case yaml.MappingNode:
	case yaml.ScalarNode:
		if configtext.IsNull(patch) {
			return nil
		}
		return patch
	default:
		return withoutDirectives(patch)
	}
	switch at := findField(patch, directive); {
	case at != nil && at.Value == "delete":
		return nil
	case at != nil && at.Value == "replace", n == nil, n.Kind != yaml.MappingNode:
		return withoutDirectives(patch)
	}
	out := *n
	out.Content = slices.Clone(n.Content)
	at := fieldIndexes(&out)
	for i := 0; i+1 < len(patch.Content); i += 2 {
		key, value := patch.Content[i], patch.Content[i+1]
		if strings.HasPrefix(key.Value, "$") {
			continue
		}
		var before *yaml.Node
		index, isThere := at[key.Value]
		if isThere {
			before = out.Content[index]
		}
		merged := mergePatch(before, value, isBuiltin)
		if id := mergeKeys[key.Value]; id != "" && isBuiltin && value.Kind == yaml.SequenceNode &&
			before != nil && before.Kind == yaml.SequenceNode {
			merged = mergeItems(before, value, id)
		}
		switch {
		case isThere:
			out.Content[index-1], out.Content[index] = key, merged
		case merged != nil:
			at[key.Value] = len(out.Content) + 1
			out.Content = append(out.Content, key, merged)
		}
	}
	kept := out.Content[:0]
	for i := 0; i+1 < len(out.Content); i += 2 {
		if out.Content[i+1] != nil {
			kept = append(kept, out.Content[i], out.Content[i+1])
		}
	}
	out.Content = kept
	return &out
}

// fieldIndexes returns the positions of the values of a mapping's fields.
func fieldIndexes(n *yaml.Node) map[string]int {
	at := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if _, ok := at[n.Content[i].Value]; !ok {
			at[n.Content[i].Value] = i + 1
		}
	}
	return at
}

// mergeItems merges the items of lists: those of the patch come first.
func mergeItems(list, patch *yaml.Node, id string) *yaml.Node {
	out := *list
	out.Content = nil
	rest := slices.Clone(list.Content) // nil where the patch has the item
	places := itemIndexes(list, id)
	for _, item := range patch.Content {
		if at := findField(item, directive); at != nil && at.Value == "replace" && len(item.Content) == 2 {
			rest, places = nil, nil // the item is no more than the directive
			continue
		}
		var before *yaml.Node
		if name := findField(item, id); name != nil && len(places[name.Value]) > 0 {
			n := places[name.Value][0]
			places[name.Value] = places[name.Value][1:]
			before, rest[n] = rest[n], nil
		}
		if merged := mergePatch(before, item, true); merged != nil {
			out.Content = append(out.Content, merged)
		}
	}
	for _, item := range rest {
		if item != nil {
			out.Content = append(out.Content, item)
		}
	}
	return &out
}

// itemIndexes returns the positions of a list's items by the value of a field.
func itemIndexes(list *yaml.Node, field string) map[string][]int {
	at := map[string][]int{}
	for i, item := range list.Content {
		if value := findField(item, field); value != nil {
			at[value.Value] = append(at[value.Value], i)
		}
	}
	return at
}

// withoutDirectives returns a part of a patch that is new: without deletions and other directives.
func withoutDirectives(n *yaml.Node) *yaml.Node {
	out := *n
	out.Content = nil
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if value := n.Content[i+1]; !strings.HasPrefix(n.Content[i].Value, "$") && !configtext.IsNull(value) {
				out.Content = append(out.Content, n.Content[i], withoutDirectives(value))
			}
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			if at := findField(item, directive); at == nil || at.Value != "delete" {
				out.Content = append(out.Content, withoutDirectives(item))
			}
		}
	}
	return &out
}
