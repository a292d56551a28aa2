package assess

import (
	"fmt"
	"testing"
)

// Of more than it may remember, which take turns, some are still known.
func TestItRemembersSome(t *testing.T) {
	const turns = 200
	r, made := cache[string]{maxEntries: 4}, 0
	for range turns {
		for i := range 5 {
			id := fmt.Sprint(i)
			got, err := r.getOrLoad(id, func() (string, error) {
				made++
				return "of " + id, nil
			})
			if err != nil || got != "of "+id || len(r.entries) > 4 {
				t.Fatalf("%s, %v, %d remembered", got, err, len(r.entries))
			}
		}
	}
	if made < 5 || made > 4*turns {
		t.Errorf("%d of %d were made anew", made, 5*turns)
	}
}
