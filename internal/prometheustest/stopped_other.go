//go:build !linux

package prometheustest

import "time"

// waitStopped waits a second: here a test cannot see when the signal has arrived.
func waitStopped(int) error {
	time.Sleep(time.Second)
	return nil
}
