package deployed

import (
	"regexp"
	"strings"
	"sync"
)

// storeField matches a field of a data store: its name.
var storeField = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^server\.config\.persistence\.(?:datastores\.)?([^.]+)\.`)
})

// AssignStores gives the fields of data stores the role of their store, by the names that the configuration gives to the
// roles, or else by the usual names; and the SQL plugin of their store.
func AssignStores(all []Setting) {
	named, names, plugins := map[string]string{}, map[string]bool{}, map[string]string{}
	for _, s := range all {
		text, _ := s.Value.(string)
		if m := storeField().FindStringSubmatch(s.Key); m != nil {
			names[m[1]] = true
			// (charts before 1.0 call it the driver)
			if strings.HasSuffix(s.Key, ".sql.pluginName") || s.Key == "server.config.persistence."+m[1]+".sql.driver" {
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
		name, role := m[1], RoleOtherStore
		switch defaultStore, stated := named["defaultStore"]; {
		case stated && name == defaultStore:
			role = RoleDefaultStore
		case named["visibilityStore"] == name, named["secondaryVisibilityStore"] == name, named["advancedVisibilityStore"] == name:
			role = RoleVisibilityStore
		case stated && named["visibilityStore"] != "":
		case strings.Contains(name, "vis"):
			role = RoleVisibilityStore
		case !stated && (name == "default" || !names["default"]):
			role = RoleDefaultStore
		}
		all[i].Store, all[i].StorePlugin = role, plugins[name]
	}
}
