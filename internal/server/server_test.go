package server_test

import (
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/server/servertest"
	"github.com/temporal-dsql/temporal-dsql/internal/store"
)

// S3 with PostgreSQL is held to the same in e2e/store.
func TestFolderAndSQLite(t *testing.T) {
	servertest.Run(t, func(t *testing.T) store.Options { return store.Options{DataDir: t.TempDir()} })
}
