package behaviour

// DPUPerTransition returns the distributed processing units that the database billed for a state transition, on average
// over the window. It returns nil without both metrics of the whole cluster.
func (t Telemetry) DPUPerTransition() *float64 {
	billed, transitions := t["dsql"]["dpu_per_sec"], t["throughput"]["state_transitions_per_sec"]
	for _, s := range []Summary{billed, transitions} {
		// the database does not know what it did for one namespace
		if s.Mean == nil || len(s.Scope) != 1 || s.Scope[0] != Cluster {
			return nil
		}
	}
	if *transitions.Mean <= 0 {
		return nil
	}
	each := *billed.Mean / *transitions.Mean
	return &each
}
