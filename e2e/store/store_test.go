package store

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/storetest"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
)

// The same as internal/profile/store's and internal/service/api's own tests of a folder and SQLite.
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
	world := startWorld(t)
	t.Run("server", func(t *testing.T) { apitest.Run(t, world, options) })
}
