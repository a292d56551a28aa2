package store

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/server/servertest"
	"github.com/temporal-dsql/temporal-dsql/internal/store"
	"github.com/temporal-dsql/temporal-dsql/internal/store/storetest"
)

// The same as internal/store's and internal/server's own tests of a folder and SQLite.
func TestS3AndPostgreSQL(t *testing.T) {
	buckets, _ := startS3(t)
	server := startPostgres(t)
	var last atomic.Int64
	options := func(t *testing.T) store.Options {
		bucket := fmt.Sprintf("bucket-%d", last.Add(1))
		if err := os.Mkdir(filepath.Join(buckets, bucket), 0o700); err != nil {
			t.Fatal(err)
		}
		return store.Options{Bucket: "s3://" + bucket + "/tests", Database: server.database(t)}
	}
	t.Run("store", func(t *testing.T) { storetest.Run(t, options) })
	// and through the API, with a real Prometheus
	world, stop, err := servertest.StartWorld()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}()
	t.Run("server", func(t *testing.T) { servertest.Run(t, world, options) })
}
