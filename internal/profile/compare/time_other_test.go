//go:build !unix

package compare_test

import "time"

var began = time.Now()

// processorTime is the clock's, where nobody tells the processor's.
func processorTime() time.Duration { return time.Since(began) }
