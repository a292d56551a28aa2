package assess

// ForgetBaselines makes each baseline be read anew.
func (w *Watcher) ForgetBaselines() { w.baselines.entries = nil }

// WithDefaults fills in the defaults of a window.
func (w *Watcher) WithDefaults(q Window) Window { return w.withDefaults(q) }
