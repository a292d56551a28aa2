package configfile

import (
	"regexp"
	"strings"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"go.yaml.in/yaml/v3"
)

// readServerConfig reads the server's static configuration, with the same paths as the chart's server.config.
func (r *reader) readServerConfig(root *yaml.Node) ([]deployed.Setting, error) {
	all, err := r.readLeaves("server.config", root, root)
	for i := range all {
		all[i].ServerFile = true
	}
	assignStores(all)
	return all, err
}

// storeField matches a field of a data store: its name.
var storeField = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^server\.config\.persistence\.(?:datastores\.)?([^.]+)\.`)
})

// assignStores gives the fields of data stores the role of their store, by the names that the configuration gives to the
// roles, or else by the usual names; and the SQL plugin of their store.
func assignStores(all []deployed.Setting) {
	named, names, plugins := map[string]string{}, map[string]bool{}, map[string]string{}
	for _, s := range all {
		text, _ := s.Value.(string)
		if m := storeField().FindStringSubmatch(s.Key); m != nil {
			names[m[1]] = true
			if strings.HasSuffix(s.Key, ".sql.pluginName") {
				plugins[m[1]] = text
			}
		}
		if field, ok := strings.CutPrefix(s.Key, "server.config.persistence."); ok && text != "" {
			named[field] = text
		}
	}
	for i := range all {
		m := storeField().FindStringSubmatch(all[i].Key)
		if m == nil {
			continue
		}
		name, role := m[1], deployed.RoleOtherStore
		switch defaultStore, stated := named["defaultStore"]; {
		case stated && name == defaultStore:
			role = deployed.RoleDefaultStore
		case named["visibilityStore"] == name, named["secondaryVisibilityStore"] == name, named["advancedVisibilityStore"] == name:
			role = deployed.RoleVisibilityStore
		case stated && named["visibilityStore"] != "":
		case strings.Contains(name, "vis"):
			role = deployed.RoleVisibilityStore
		case !stated && (name == "default" || !names["default"]):
			role = deployed.RoleDefaultStore
		}
		all[i].Store, all[i].StorePlugin = role, plugins[name]
	}
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
