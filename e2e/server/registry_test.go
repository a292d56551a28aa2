package server

import (
	_ "unsafe" // for go:linkname

	"go.temporal.io/server/common/dynamicconfig"
	_ "go.temporal.io/server/temporal" // registers every key that a running server knows
)

// queryRegistry is the server's own look-up of a key; it is nil for a key that
// no package of the server registers. The registry has no exported reader.
//
//go:linkname queryRegistry go.temporal.io/server/common/dynamicconfig.queryRegistry
func queryRegistry(dynamicconfig.Key) dynamicconfig.GenericSetting
