package assess

// ForgetBaselines makes each baseline be read anew.
func (w *Watcher) ForgetBaselines() { w.baselines.entries = nil }
