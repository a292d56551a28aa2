package api_test

import (
	"os"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
)

// The Prometheus that all tests ask.
var world *apitest.World

func TestMain(m *testing.M) { os.Exit(apitest.Main(m, &world)) }

func embedded(t testing.TB) store.Options { return store.Options{DataDir: t.TempDir()} }

// TestFolderAndSQLite runs the API tests; e2e/store does so with S3 and PostgreSQL.
func TestFolderAndSQLite(t *testing.T) {
	apitest.Run(t, world, func(t *testing.T) store.Options { return embedded(t) })
}
