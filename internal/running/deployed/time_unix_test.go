//go:build unix

package deployed

import (
	"syscall"
	"time"
)

// processorTime is what this process has used: on a busy machine the clock tells
// of others.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
