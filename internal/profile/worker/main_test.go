package worker

import (
	"fmt"
	"os"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
)

// world has a Prometheus with an hour of a cluster.
var world *apitest.World

func TestMain(m *testing.M) {
	var stop func() error
	var err error
	if world, stop, err = apitest.StartWorld(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
