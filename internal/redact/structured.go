package redact

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// structured finds a secret in YAML or JSON, which a shape may not show: a value
// in a block, a name and its value as fields of their own.
func structured(text string, depth int) bool {
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
			if n.Kind != yaml.ScalarNode && secretNode("", n, depth) {
				return true
			}
		}
	}
	return false
}

// maxDocuments of one text.
const maxDocuments = 16

// secretNode looks at each node once: an alias is looked at where its anchor is,
// and for its name alone where it stands.
func secretNode(name string, n *yaml.Node, depth int) bool {
	switch n.Kind {
	case yaml.ScalarNode:
		return n.ShortTag() != "!!null" && n.Value != "" && !standIn(n.Value) && (Name(name) && n.ShortTag() != "!!bool" || shaped(n.Value, depth))
	case yaml.AliasNode:
		return Name(name) && n.Alias != nil && n.Alias.Kind == yaml.ScalarNode && secretNode(name, n.Alias, depth)
	case yaml.SequenceNode:
		flag := ""
		for _, item := range n.Content {
			if secretNode(name, item, depth) || flag != "" && secretNode(flag, item, depth) {
				return true
			}
			flag = flagName(item.Value)
		}
	case yaml.MappingNode:
		called := ""
		for i := 0; i+1 < len(n.Content); i += 2 {
			if pairField(n.Content[i].Value) == 0 && n.Content[i+1].Kind == yaml.ScalarNode {
				called = n.Content[i+1].Value
			}
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Value
			if shaped(key, depth) || secretNode(nameOf(key, name, called), n.Content[i+1], depth) {
				return true
			}
		}
	}
	return false
}

// nameOf is the name by which the value of a field is judged: its own, that of
// what is around it, or the one that a field beside it gives.
func nameOf(key, around, called string) string {
	switch {
	case pairField(key) == 1 && Name(called):
		return called
	case passesOn(around, key):
		return around
	}
	return key
}

// passesOn reports whether what is below a name of a secret is one, too:
// credentials: {user, value} are. A section about who may do what is none.
func passesOn(name, key string) bool {
	return Name(name) && lastWord(name) != "authorization" && !about[lastWord(key)]
}

// pairField is 0 for the field that holds a name and 1 for the one that holds
// its value, where something lists them; else -1.
func pairField(key string) int {
	switch strings.ToLower(key) {
	case "name", "key":
		return 0
	case "value":
		return 1
	}
	return -1
}

// flagName is the name of a flag whose value is the next item of a list; "" where
// it is none, or has its value in it.
func flagName(text string) string {
	if !strings.HasPrefix(text, "-") || strings.ContainsAny(text, "= ") {
		return ""
	}
	return strings.TrimLeft(text, "-")
}

func lastWord(name string) string {
	all := words(name)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}
