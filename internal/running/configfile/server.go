package configfile

import (
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/staticfile"
	"go.yaml.in/yaml/v3"
)

// readServerConfig reads the server's static configuration, with the same paths as the chart's server.config.
func (r *reader) readServerConfig(root *yaml.Node) ([]deployed.Setting, error) {
	all, err := staticfile.Read(r.Text, "server.config", root, root)
	isPartial := r.IsPartial()
	for i := range all {
		all[i].ServerFile, all[i].Partial = true, isPartial
	}
	deployed.AssignStores(all)
	return all, err
}

// isServerConfig reports whether a top-level field belongs to the server's static configuration.
func (r *reader) isServerConfig(name string, value *yaml.Node) bool {
	if name != "persistence" || value.Kind != yaml.MappingNode {
		return false
	}
	stores, err := r.FieldOf(value, "datastores")
	shards, _ := r.FieldOf(value, "numHistoryShards")
	return err == nil && (stores != nil || shards != nil)
}
