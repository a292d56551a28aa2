package registry

// Areas returns the metrics on which keys without a parameter act, by the first word of a key.
func (r *Registry) Areas() (map[string][]string, error) {
	return readTable[map[string][]string](r, "areas")
}
