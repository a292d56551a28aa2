package assess

// ForgetBaselines makes the next use of each baseline read it again.
func (w *Watcher) ForgetBaselines() { w.baselines.Clear() }

// WithDefaults fills in the defaults of a window.
func (w *Watcher) WithDefaults(q Window) Window { return w.withDefaults(q) }
