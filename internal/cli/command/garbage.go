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
