package store

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/storetest"
)

func BenchmarkPostgreSQLPages(b *testing.B) {
	server := startPostgres(b)
	options := func() store.Options { return store.Options{DataDir: b.TempDir(), Database: server.database(b)} }
	storetest.BenchmarkPages(b, options(), options(), func(o store.Options, from, to int) {
		ctx := context.Background()
		c, err := pgx.Connect(ctx, o.Database)
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = c.Close(ctx) }()
		// the statistics are what autovacuum would have a minute later
		for _, statement := range []string{storetest.PostgreSQLRows(from, to), "VACUUM ANALYZE"} {
			if _, err := c.Exec(ctx, statement); err != nil {
				b.Fatal(err)
			}
		}
	})
}
