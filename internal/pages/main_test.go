package pages_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/server/servertest"
)

// The Prometheus that all tests ask.
var world *servertest.World

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	w, stop, err := servertest.StartWorld()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	world = w
	code := m.Run()
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}
