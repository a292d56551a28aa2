package redact

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// hasStructuredSecret finds secrets in YAML or JSON that shape alone does not show, such as values in blocks or name
// and value in separate fields.
func hasStructuredSecret(text string, depth int) bool {
	if begins := strings.TrimLeft(text, " \t\r\n"); begins == "" || !strings.ContainsAny(begins[:1], "{[&!-") &&
		!strings.Contains(text, ": ") && !strings.Contains(text, ":\n") && !strings.Contains(text, ":\t") {
		return false
	}
	dec := yaml.NewDecoder(strings.NewReader(text))
	for range maxDocuments {
		var doc yaml.Node
		if dec.Decode(&doc) != nil {
			return false
		}
		for _, n := range doc.Content {
			if n.Kind != yaml.ScalarNode && isSecretNode("", n, depth) {
				return true
			}
		}
	}
	return false
}

// maxDocuments limits the YAML documents read from one text.
const maxDocuments = 16

// isSecretNode visits each node once. An alias is checked for its name only, because its content is checked at the
// anchor.
func isSecretNode(name string, n *yaml.Node, depth int) bool {
	switch n.Kind {
	case yaml.ScalarNode:
		return n.ShortTag() != "!!null" && n.Value != "" && !isPlaceholder(n.Value) &&
			(IsSecretName(name) && n.ShortTag() != "!!bool" || hasSecret(n.Value, depth))
	case yaml.AliasNode:
		return IsSecretName(name) && n.Alias != nil && n.Alias.Kind == yaml.ScalarNode && isSecretNode(name, n.Alias, depth)
	case yaml.SequenceNode:
		flag := ""
		for _, item := range n.Content {
			if isSecretNode(name, item, depth) || flag != "" && isSecretNode(flag, item, depth) {
				return true
			}
			flag = flagName(item.Value)
		}
	case yaml.MappingNode:
		called := ""
		for i := 0; i+1 < len(n.Content); i += 2 {
			if pairRole(n.Content[i].Value) == 0 && n.Content[i+1].Kind == yaml.ScalarNode {
				called = n.Content[i+1].Value
			}
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Value
			if hasSecret(key, depth) || isSecretNode(effectiveName(key, name, called), n.Content[i+1], depth) {
				return true
			}
		}
	}
	return false
}

// effectiveName returns the name that decides about a field's value: its own, its parent's, or the one in a
// neighbouring name field.
func effectiveName(key, around, called string) string {
	switch {
	case pairRole(key) == 1 && IsSecretName(called):
		return called
	case passesNameOn(around, key):
		return around
	}
	return key
}

// passesNameOn reports whether fields below a secret's name are secret too, as in credentials: {user, value}. A
// section named authorization is not.
func passesNameOn(name, key string) bool {
	return IsSecretName(name) && lastWord(name) != "authorization" && !descriptiveWords[lastWord(key)]
}

// pairRole returns 0 for a field that holds a name, 1 for a field that holds its value, and -1 for others.
func pairRole(key string) int {
	switch strings.ToLower(key) {
	case "name", "key":
		return 0
	case "value":
		return 1
	}
	return -1
}

// flagName returns the name of a flag that takes the next list item as its value, or "".
func flagName(text string) string {
	if !strings.HasPrefix(text, "-") || strings.ContainsAny(text, "= ") {
		return ""
	}
	return strings.TrimLeft(text, "-")
}

func lastWord(name string) string {
	all := splitName(name)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}
