//go:build !linux

package enginepool

import "runtime/debug"

// releaseMemory returns free memory to the system.
func releaseMemory() { debug.FreeOSMemory() }
