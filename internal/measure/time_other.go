//go:build !unix

package measure

import "time"

var startTime = time.Now()

// ProcessorTime returns the time since the start, where the system has no processor time.
func ProcessorTime() time.Duration { return time.Since(startTime) }
