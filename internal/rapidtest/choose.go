package rapidtest

import "math/rand/v2"

// allCases is the number of cases of a property from which on a test checks all of its costly cases.
const allCases = 100

// asked is the number of cases that were asked for, where a package checks fewer; else 0.
var asked int

// Choose returns which of a test's costly cases to check, by number: all of them where rapid checks 100 cases of a
// property, as the gate does, and a tenth where it checks 10. They are spread evenly, from a place on that the seed
// chooses.
func Choose(cases int) []int {
	checks := asked
	if checks == 0 {
		checks = readFlag("rapid.checks")
	}
	seed := readFlag("rapid.seed")
	if seed == 0 {
		seed = rand.Int()
	}
	return choose(cases, checks, seed)
}

func choose(cases, checks, seed int) []int {
	step := min(max(1, cases), max(1, allCases/max(1, checks)))
	var chosen []int
	for n := seed % step; n < cases; n += step {
		chosen = append(chosen, n)
	}
	return chosen
}
