package deployed

import (
	"regexp"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// serverConfig reads the server's static configuration, with the same paths as the chart's server.config.
func (r *reader) serverConfig(root *yaml.Node) ([]Setting, error) {
	return r.readLeaves("server.config", root, root)
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
)

// templateLimit is how far the server searches for the comment that enables templates.
const templateLimit = 1024

// withoutTemplate replaces template expressions with placeholders of the same length, so that YAML can parse the file
// and places stay the same.
func withoutTemplate(text string) string {
	if !templated().MatchString(text[:min(len(text), templateLimit)]) {
		return text
	}
	return expressions().ReplaceAllStringFunc(text, func(expression string) string {
		return "${" + strings.Repeat("_", len(expression)-3) + "}"
	})
}
