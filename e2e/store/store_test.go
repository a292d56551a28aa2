package store

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/store"
	"github.com/temporal-dsql/temporal-dsql/internal/store/storetest"
)

// The same as internal/store's own test of a folder and SQLite.
func TestS3AndPostgreSQL(t *testing.T) {
	buckets, server := startS3(t), startPostgres(t)
	var last atomic.Int64
	storetest.Run(t, func(t *testing.T) store.Options {
		bucket := fmt.Sprintf("bucket-%d", last.Add(1))
		if err := os.Mkdir(filepath.Join(buckets, bucket), 0o700); err != nil {
			t.Fatal(err)
		}
		return store.Options{Bucket: "s3://" + bucket + "/tests", Database: server.database(t)}
	})
}
