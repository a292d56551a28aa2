package command

import "runtime/debug"

// PacedGC is GOGC of a command that evaluates much. Most of its memory is what engines keep, which Go's
// default of 100 would walk through twice as often.
const PacedGC = 200

// PaceGC lets memory grow by percent between two collections, and collects more often above limit bytes.
// $GOGC and $GOMEMLIMIT win.
func (a *App) PaceGC(percent int, limit int64) {
	if a.Env("GOGC") == "" && a.Env("GOMEMLIMIT") == "" {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}
}

// DelayGC puts off the first collection until the process has limit bytes, if the process delays it at all: little of
// what a short command evaluates is garbage before its end.
func (a *App) DelayGC(limit int64) {
	if delayed := debug.SetMemoryLimit(-1); delayed < limit && a.Env("GOGC") == "" && a.Env("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(limit)
	}
}
