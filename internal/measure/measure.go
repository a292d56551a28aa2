// Package measure measures processor time and memory, for tests that limit them. Neither depends on
// what else the machine does.
package measure

import "runtime"

// Allocated returns the bytes that a function allocates in all.
func Allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
