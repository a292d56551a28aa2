package rapidtest

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// From 100 cases on, all are chosen; below, each is by some seed, and one always is.
func TestChoose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cases, checks := rapid.IntRange(1, 60).Draw(t, "cases"), rapid.IntRange(1, 200).Draw(t, "checks")
		seen := map[int]bool{}
		for seed := range 2 * allCases {
			chosen := choose(cases, checks, seed)
			if len(chosen) == 0 || checks >= allCases && len(chosen) < cases || checks < allCases/2 && cases > 1 && len(chosen) == cases {
				t.Fatalf("seed %d chooses %v", seed, chosen)
			}
			if !slices.IsSorted(chosen) || chosen[0] < 0 || chosen[len(chosen)-1] >= cases {
				t.Fatalf("seed %d chooses %v", seed, chosen)
			}
			for _, n := range chosen {
				seen[n] = true
			}
		}
		if len(seen) < cases {
			t.Errorf("%d are ever chosen", len(seen))
		}
	})
	if none := choose(0, 25, 7); len(none) > 0 {
		t.Errorf("of none, %v", none)
	}
}
