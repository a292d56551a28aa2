package server_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/server/servertest"
	"github.com/temporal-dsql/temporal-dsql/internal/store"
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

func embedded(t testing.TB) store.Options { return store.Options{DataDir: t.TempDir()} }

// S3 with PostgreSQL is held to the same in e2e/store.
func TestFolderAndSQLite(t *testing.T) {
	servertest.Run(t, world, func(t *testing.T) store.Options { return embedded(t) })
}
