//go:build temporal_1_29

package crosscheck

import (
	_ "unsafe" // for go:linkname

	"go.temporal.io/server/common/dynamicconfig"
)

// globalRegistry is the server's own, which it keeps private. Up to 1.29 its
// keys are lower-cased strings.
//
//go:linkname globalRegistry go.temporal.io/server/common/dynamicconfig.globalRegistry
var globalRegistry struct {
	settings map[string]dynamicconfig.GenericSetting
}
