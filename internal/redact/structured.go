package redact

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// hasStructuredSecret finds secrets in YAML or JSON that shape alone does not show, such as values in blocks or name
// and value in separate fields.
func hasStructuredSecret(text string, depth int) bool {
	if begins := strings.TrimLeft(text, " \t\r\n"); begins == "" || !strings.ContainsAny(begins[:1], "{[&!-") &&
		!strings.Contains(text, ": ") && !strings.Contains(text, ":\n") && !strings.Contains(text, ":\t") {
		return false
	}
	if !strings.Contains(strings.TrimSpace(text), "\n") && prosePattern().MatchString(text) {
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

// prosePattern matches a line of prose with a colon, as errors are.
var prosePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[^{}\[\]"':=]*: [A-Za-z]+,?( [a-z0-9']+){2,}[.!]?$`)
})

// maxDocuments limits the YAML documents read from one text.
const maxDocuments = 16

// isSecretNode visits each node once. An alias is checked for its name only, because its content is checked at the
// anchor.
func isSecretNode(name string, n *yaml.Node, depth int) bool {
	switch n.Kind {
	case yaml.ScalarNode:
		return n.ShortTag() != "!!null" && n.Value != "" && !isPlaceholder(n.Value) &&
			(IsSecretField(name, n.Value) && n.ShortTag() != "!!bool" ||
				hasSecret(n.Value, depth) || hasNamedSecret(name, n.Value))
	case yaml.AliasNode:
		return IsSecretName(name) && n.Alias != nil && n.Alias.Kind == yaml.ScalarNode && isSecretNode(name, n.Alias, depth)
	case yaml.SequenceNode:
		if len(n.Content) == 2 && secretPairName(n.Content[0].Value, n.Content[1].Value) != "" {
			return true
		}
		flag := ""
		for _, item := range n.Content {
			if isSecretNode(name, item, depth) || flag != "" && isSecretNode(flag, item, depth) ||
				isUserFlag(flag) && hasPasswordPair(item.Value) {
				return true
			}
			flag = flagName(item.Value)
		}
	case yaml.MappingNode:
		called, isSecret, isPair, isService, isKey := "", false, false, false, false
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i].Value, n.Content[i+1].Value
			if pairRole(key) == 0 && n.Content[i+1].Kind == yaml.ScalarNode && (called == "" || canBeSecretName(value)) {
				called = value
			}
			isPair = isPair || pairRole(key) == 1
			isKey = isKey || key == "kty"
			isService = isService || key == "image" || key == "build"
			isSecret = isSecret || key == "kind" && value == "Secret"
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Value
			of := effectiveName(key, name, called)
			if isSecret && (key == "data" || key == "stringData") {
				of = manifestSecret
			}
			if isPair && key == "key" || isServiceSecrets(key, isService) || isCommandKey(n.Content[i]) {
				of = "" // a name, or names
			}
			if isKey {
				if of = keyPartName(key); isPublicPart(key) {
					continue
				}
			}
			if hasSecret(key, depth) || isSecretNode(of, n.Content[i+1], depth) {
				return true
			}
		}
	}
	return false
}

// secretPairName returns the name of a pair if it makes the value a secret, or "". Two names do not make a pair.
func secretPairName(name, value string) string {
	if strings.HasPrefix(name, "-") || countClasses(value) < 2 || !IsSecretName(name) || canBeSecretName(value) ||
		!IsSecretField(name, value) {
		return ""
	}
	return name
}

// effectiveName returns the name that decides about a field's value: its own, its parent's, or the one in a
// neighbouring name field.
func effectiveName(key, around, called string) string {
	switch {
	case pairRole(key) == 1 && canBeSecretName(called):
		return called
	case passesNameOn(around, key):
		return around
	}
	return key
}

// isServiceSecrets reports whether a field lists the secrets of a container by name, as Compose and ECS do.
func isServiceSecrets(key string, isService bool) bool { return isService && key == "secrets" }

// isPublicPart reports whether a field of a JSON Web Key is public: the modulus, a point of a curve, a certificate.
func isPublicPart(field string) bool { return slices.Contains([]string{"n", "x", "y", "e", "x5c", "x5t", "x5t#S256"}, field) }

// keyPartName returns the name that decides about a field of a JSON Web Key: one of a secret for its private parts.
func keyPartName(field string) string {
	if slices.Contains([]string{"d", "k", "p", "q", "dp", "dq", "qi", "oth"}, field) {
		return manifestSecret
	}
	return ""
}

// isCommandKey reports whether a key is the beginning of a command: curl -H "Authorization: Bearer $TOKEN".
func isCommandKey(key *yaml.Node) bool { return key.Style == 0 && strings.Contains(key.Value, ` "`) }

// manifestSecret is the name of the data of a Kubernetes Secret: every value is one.
const manifestSecret = "kind: Secret"

// passesNameOn reports whether fields below a secret's name are secret too, as in credentials: {user, value}. A
// section named authorization is not, nor are the names of a secret's parts.
func passesNameOn(name, key string) bool {
	return name == manifestSecret || IsSecretName(name) && lastWord(name) != "authorization" && !descriptiveWords[lastWord(key)] &&
		!slices.Contains([]string{"key", "items", "item", "annotations", "labels", "metadata", "selector"}, strings.ToLower(key))
}

// pairRole returns 0 for a field that holds a name, 1 for a field that holds its value, and -1 for others.
func pairRole(key string) int {
	switch lastWord(key) {
	case "name", "key", "variable", "var", "k", "id", "param", "parameter", "header", "option", "field", "property", "flag", "env":
		return 0
	case "value", "val", "v", "default", "content", "data", "text", "string":
		return 1
	}
	return -1
}

// isUserFlag reports whether a flag takes USER:PASSWORD.
func isUserFlag(flag string) bool {
	return slices.Contains([]string{"u", "user", "U", "proxy-user", "basic-auth", "a"}, flag)
}

// hasPasswordPair reports whether a text is USER:PASSWORD, and not a pair of ids or names, as --user 1000:1000.
func hasPasswordPair(text string) bool {
	user, password, is := strings.Cut(text, ":")
	return is && user != "" && password != user && !isPlaceholder(password) && !strings.HasPrefix(password, "//") &&
		strings.Trim(password, "0123456789") != "" && !strings.ContainsAny(password, ": ") &&
		(countClasses(password) >= 2 || len(password) >= 8)
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
