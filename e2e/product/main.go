package product

import (
	"fmt"
	"os"
)

// Main compiles every variant into a temporary folder, hands the artefacts to
// use, runs the tests and removes the folder. It is the body of a TestMain.
func Main(temporalVersion string, use func([]Artefacts), run func() int) {
	os.Exit(compiled(temporalVersion, use, run))
}

func compiled(temporalVersion string, use func([]Artefacts), run func() int) int {
	dir, err := os.MkdirTemp("", "temporal-dsql-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	all, err := CompileAll(temporalVersion, dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	use(all)
	return run()
}
