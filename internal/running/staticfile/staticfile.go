// Package staticfile reads static configuration: every scalar below a field, by path.
package staticfile

import (
	"regexp"
	"slices"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// Read returns every scalar below a node, by path.
func Read(file *configtext.Text, path string, key, n *yaml.Node) ([]deployed.Setting, error) {
	return readBelow(file, path, key, n, nil)
}

func readBelow(file *configtext.Text, path string, key, n *yaml.Node, above []deployed.Field) ([]deployed.Setting, error) {
	if configtext.FollowAlias(n).Kind != yaml.MappingNode {
		if configtext.IsNull(n) {
			return nil, nil
		}
		v, err := file.Value(n)
		s := deployed.Setting{Kind: deployed.Static, Key: path, Value: v, Pos: file.Position(key), ValuePos: file.Position(n)}
		s.Above = above
		if text, ok := v.(string); ok && (substituted().MatchString(text) || configtext.IsTemplate(text)) {
			s.Value, s.Unknown = nil, true
		}
		s.Unknown = s.Unknown || v == nil
		return []deployed.Setting{s}, err
	}
	fields, err := file.MappingFields(n)
	if err != nil {
		return nil, err
	}
	above = append(slices.Clip(above), deployed.Field{Name: path, Pos: file.Position(key)})
	var all []deployed.Setting
	for _, f := range fields {
		found, err := readBelow(file, path+"."+f.Key.Value, f.Key, f.Value, above)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// substituted matches values of a static configuration that envsubst or the server's start script fills in.
var substituted = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$(\{[A-Za-z_][A-Za-z0-9_]*\}|[A-Z_][A-Z0-9_]+)`)
})
