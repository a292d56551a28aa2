package server_test

import (
	"os"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/server/servertest"
	"github.com/temporal-dsql/temporal-dsql/internal/store"
)

// The Prometheus that all tests ask.
var world *servertest.World

func TestMain(m *testing.M) { os.Exit(servertest.Main(m, &world)) }

func embedded(t testing.TB) store.Options { return store.Options{DataDir: t.TempDir()} }

// S3 with PostgreSQL is held to the same in e2e/store.
func TestFolderAndSQLite(t *testing.T) {
	servertest.Run(t, world, func(t *testing.T) store.Options { return embedded(t) })
}
