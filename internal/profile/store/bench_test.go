package store_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/storetest"
)

func BenchmarkSQLitePages(b *testing.B) {
	storetest.BenchmarkPages(
		b,
		store.Options{DataDir: b.TempDir()},
		store.Options{DataDir: b.TempDir()},
		func(o store.Options, from, to int) {
			db, err := sql.Open("sqlite", filepath.Join(o.DataDir, "index.sqlite"))
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = db.Close() }()
			if _, err := db.Exec(storetest.SQLiteRows(from, to)); err != nil {
				b.Fatal(err)
			}
		},
	)
}

func BenchmarkGet(b *testing.B) { storetest.BenchmarkGet(b, store.Options{DataDir: b.TempDir()}) }
