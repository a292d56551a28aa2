//go:build TEMPORAL_DEBUG

package debug

const TimeoutMultiplier = 100
