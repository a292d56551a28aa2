package configfile

import (
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"go.yaml.in/yaml/v3"
)

// addContainer notes a container of a task definition or a pod, and returns its name.
func (r *reader) addContainer(n *yaml.Node) (string, error) {
	fields, err := r.MappingFields(n)
	if err != nil {
		return "", err
	}
	c := deployed.Container{}
	var command []string
	for _, f := range fields {
		value := configtext.FollowAlias(f.Value)
		switch f.Key.Value {
		case "name":
			c.Service = value.Value
		case "image":
			c.Image, c.ImagePos = value.Value, r.Position(f.Value)
		case "command", "args", "entryPoint", "entrypoint":
			command = append(command, configtext.ListWords(value)...)
		}
	}
	c.Command = strings.Join(command, " ")
	r.Findings.Containers = append(r.Findings.Containers, c)
	return c.Service, nil
}
