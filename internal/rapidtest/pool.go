// Package rapidtest keeps property tests with costly cases fast.
package rapidtest

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// share is the number of cases that a property checks for each input of a pool.
const share = 4

// A Pool holds random inputs and their outputs. All properties of a test binary choose from the same
// inputs, and each output is computed once. There is one input for every four cases that rapid checks.
type Pool[In, Out any] struct {
	draw     *rapid.Generator[In]
	evaluate func(In) (Out, error)
	fill     sync.Once
	inputs   []poolEntry[In, Out]
}

type poolEntry[In, Out any] struct {
	in       In
	evaluate func() (Out, error)
}

// NewPool returns a pool of inputs that draw generates and evaluate turns into outputs.
func NewPool[In, Out any](draw *rapid.Generator[In], evaluate func(In) (Out, error)) *Pool[In, Out] {
	return &Pool[In, Out]{draw: draw, evaluate: evaluate}
}

// Draw chooses an input for a property, and returns it with its output.
func (p *Pool[In, Out]) Draw(t *rapid.T, label string) (In, Out) {
	t.Helper()
	// rapid's flags are known only once a test runs
	p.fill.Do(func() {
		seed := readFlag("rapid.seed")
		if seed == 0 {
			seed = rand.Int()
		}
		for i := range max(1, readFlag("rapid.checks")/share) {
			in := p.draw.Example(seed + i)
			p.inputs = append(p.inputs, poolEntry[In, Out]{in, sync.OnceValues(func() (Out, error) { return p.evaluate(in) })})
		}
	})
	// rapid prefers small numbers: multiplying spreads them evenly over the inputs
	n := rapid.Uint64().Draw(t, "number of "+label) * 0x9e3779b97f4a7c15 >> 32 % uint64(len(p.inputs))
	chosen := p.inputs[n]
	t.Logf("%s: %+v", label, chosen.in)
	out, err := chosen.evaluate()
	if err != nil {
		t.Fatalf("%v", err)
	}
	return chosen.in, out
}

// RunFewer runs the tests of a package with costly properties, as CheckFewer says.
func RunFewer(m *testing.M, fraction int) int {
	if err := CheckFewer(fraction); err != nil {
		fmt.Fprintln(os.Stderr, "rapidtest:", err)
		return 1
	}
	return m.Run()
}

// CheckFewer makes rapid check the given fraction of its usual cases, such as a fourth for 4.
func CheckFewer(fraction int) error {
	flag.Parse()
	asked = readFlag("rapid.checks")
	return flag.Set("rapid.checks", strconv.Itoa(max(1, readFlag("rapid.checks")/fraction)))
}

// readFlag returns the number that one of rapid's flags is set to.
func readFlag(name string) int {
	if f := flag.Lookup(name); f != nil {
		n, _ := strconv.ParseInt(f.Value.String(), 10, 64)
		return int(n)
	}
	return 0
}
