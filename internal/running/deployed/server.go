package deployed

import (
	"regexp"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// serverConfig reads the server's static configuration, with the same paths as the chart's server.config.
func (r *reader) serverConfig(root *yaml.Node) ([]Setting, error) {
	all, err := r.readLeaves("server.config", root, root)
	assignStores(all)
	return all, err
}

// storeField matches a field of a data store: its name.
var storeField = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^server\.config\.persistence\.(?:datastores\.)?([^.]+)\.`)
})

// assignStores gives the fields of data stores the role of their store: by the names that the configuration gives to the
// roles, or else by the usual names.
func assignStores(all []Setting) {
	named := map[string]string{}
	names := map[string]bool{}
	for _, s := range all {
		if m := storeField().FindStringSubmatch(s.Key); m != nil {
			names[m[1]] = true
		}
		field, ok := strings.CutPrefix(s.Key, "server.config.persistence.")
		if name, isText := s.Value.(string); ok && isText {
			named[field] = name
		}
	}
	for i := range all {
		m := storeField().FindStringSubmatch(all[i].Key)
		if m == nil {
			continue
		}
		name := m[1]
		role := roleOtherStore
		switch defaultStore, stated := named["defaultStore"]; {
		case stated && name == defaultStore:
			role = roleDefaultStore
		case named["visibilityStore"] == name, named["secondaryVisibilityStore"] == name, named["advancedVisibilityStore"] == name:
			role = roleVisibilityStore
		case stated && named["visibilityStore"] != "":
		case strings.Contains(name, "vis"):
			role = roleVisibilityStore
		case !stated && (name == "default" || !names["default"]):
			role = roleDefaultStore
		}
		all[i].Store = role
	}
}

// isServerConfig reports whether a top-level field belongs to the server's static configuration.
func (r *reader) isServerConfig(name string, value *yaml.Node) bool {
	if name != "persistence" || value.Kind != yaml.MappingNode {
		return false
	}
	stores, err := r.fieldOf(value, "datastores")
	shards, _ := r.fieldOf(value, "numHistoryShards")
	return err == nil && (stores != nil || shards != nil)
}

var (
	templated   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^\s*#.*enable-template`) })
	expressions = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{\{[^\n]*?\}\}`) })
	actions     = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{\{-?\s*(\w+|/\*)`) })
)

// templateLimit is how far the server searches for the comment that enables templates.
const templateLimit = 1024

// withoutTemplate replaces the expressions of a template that the server fills in.
func withoutTemplate(text string) string {
	if !templated().MatchString(text[:min(len(text), templateLimit)]) {
		return text
	}
	return stripTemplate(text)
}

// stripTemplate replaces template expressions with placeholders of the same length, so that YAML can parse the text and
// places stay the same. Lines of actions become comments, and so do lines that only hold under a condition.
func stripTemplate(text string) string {
	var out strings.Builder
	conditions := 0
	for line := range strings.Lines(text) {
		content := strings.TrimSpace(line)
		before := conditions
		for _, action := range actions().FindAllStringSubmatch(line, -1) {
			switch action[1] {
			case "if", "range", "with", "define", "block":
				conditions++
			case "end":
				conditions = max(0, conditions-1)
			}
		}
		isAction := strings.HasPrefix(content, "{{") && strings.HasSuffix(content, "}}") || strings.HasPrefix(content, "{{/*")
		if isAction || before > 0 || conditions > 0 {
			line = blankLine(line)
		}
		out.WriteString(expressions().ReplaceAllStringFunc(line, func(expression string) string {
			return "${" + strings.Repeat("_", len(expression)-3) + "}"
		}))
	}
	return out.String()
}

// blankLine returns a comment in place of a line.
func blankLine(line string) string {
	if strings.HasSuffix(line, "\n") {
		return "#\n"
	}
	return "#"
}
