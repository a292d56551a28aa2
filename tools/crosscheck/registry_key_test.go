//go:build temporal_1_30 || temporal_1_31 || temporal_1_32

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
