package store_test

import (
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/storetest"
)

// The tests in e2e/store check the same for S3 with PostgreSQL.
func TestFolderAndSQLite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Options { return store.Options{DataDir: t.TempDir()} })
}
