package registry

// Areas returns the metrics that keys without parameters of their own act on, by the first word of a key.
func (r *Registry) Areas() (map[string][]string, error) {
	return readTable[map[string][]string](r, "areas")
}
