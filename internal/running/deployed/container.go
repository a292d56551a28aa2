package deployed

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// Container is a program that a file starts.
type Container struct {
	Service string
	// Image, and the words of its command and arguments; empty if the file has none
	Image, Command string
	ImagePos       source.Pos
	// Version of the Temporal server that the file states; "" if it states none
	Version    string
	VersionPos source.Pos
}

// Roles of a data store.
const (
	roleDefaultStore    = "default"
	roleVisibilityStore = "visibility"
	roleOtherStore      = "inactive" // neither of them
)

// addContainer notes a container of a task definition or a pod, and returns its name.
func (r *reader) addContainer(n *yaml.Node) (string, error) {
	fields, err := r.mappingFields(n)
	if err != nil {
		return "", err
	}
	c := Container{}
	var command []string
	for _, f := range fields {
		value := followAlias(f.value)
		switch f.key.Value {
		case "name":
			c.Service = value.Value
		case "image":
			c.Image, c.ImagePos = value.Value, r.position(f.value)
		case "command", "args", "entryPoint", "entrypoint":
			command = append(command, wordsOf(value)...)
		}
	}
	c.Command = strings.Join(command, " ")
	r.found.containers = append(r.found.containers, c)
	return c.Service, nil
}

// wordsOf returns the text of a scalar, or of the scalars in a list.
func wordsOf(n *yaml.Node) []string {
	if n.Kind == yaml.ScalarNode {
		return []string{n.Value}
	}
	var all []string
	for _, item := range n.Content {
		if n.Kind == yaml.SequenceNode && followAlias(item).Kind == yaml.ScalarNode {
			all = append(all, followAlias(item).Value)
		}
	}
	return all
}
