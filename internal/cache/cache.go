// Package cache keeps values that never change, by key, up to a number of them.
package cache

import "sync"

// Cache keeps values that several goroutines use. It evicts at random: under a cyclic scan larger than the cache, LRU would
// never hit.
type Cache[K comparable, V any] struct {
	maxEntries int

	mu      sync.Mutex
	entries map[K]V
}

// New returns an empty cache of at most some entries.
func New[K comparable, V any](maxEntries int) *Cache[K, V] {
	return &Cache[K, V]{maxEntries: maxEntries, entries: map[K]V{}}
}

// Get returns the value of a key, and whether there is one.
func (c *Cache[K, V]) Get(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	value, found := c.entries[key]
	return value, found
}

// Put adds or replaces the value of a key.
func (c *Cache[K, V]) Put(key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, found := c.entries[key]; !found && len(c.entries) >= c.maxEntries {
		for other := range c.entries {
			delete(c.entries, other)
			break
		}
	}
	c.entries[key] = value
}

// GetOrLoad returns the value of a key, which it loads if there is none. Concurrent callers can load it more than once.
func (c *Cache[K, V]) GetOrLoad(key K, load func() (V, error)) (V, error) {
	if value, found := c.Get(key); found {
		return value, nil
	}
	value, err := load()
	if err == nil {
		c.Put(key, value)
	}
	return value, err
}

// Clear removes all values.
func (c *Cache[K, V]) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.entries)
}
