package store_test

import (
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/storetest"
)

// S3 with PostgreSQL is held to the same in e2e/store.
func TestFolderAndSQLite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Options { return store.Options{DataDir: t.TempDir()} })
}
