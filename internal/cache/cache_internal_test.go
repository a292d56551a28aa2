package cache

import (
	"fmt"
	"testing"
)

// If more keys than fit take turns, some are still found.
func TestCyclicScanHits(t *testing.T) {
	const turns = 200
	r, made := New[string, string](4), 0
	for range turns {
		for i := range 5 {
			id := fmt.Sprint(i)
			got, err := r.GetOrLoad(id, func() (string, error) {
				made++
				return "of " + id, nil
			})
			if err != nil || got != "of "+id || len(r.entries) > 4 {
				t.Fatalf("%s, %v, %d entries", got, err, len(r.entries))
			}
		}
	}
	if made < 5 || made > 4*turns {
		t.Errorf("%d of %d were loaded", made, 5*turns)
	}
}
