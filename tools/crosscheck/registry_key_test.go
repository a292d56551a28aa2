//go:build temporal && !temporal_1_29

package crosscheck

import (
	_ "unsafe" // for go:linkname

	"go.temporal.io/server/common/dynamicconfig"
)

// globalRegistry is the server's own, which it keeps private.
//
//go:linkname globalRegistry go.temporal.io/server/common/dynamicconfig.globalRegistry
var globalRegistry struct {
	settings map[dynamicconfig.Key]dynamicconfig.GenericSetting
}
