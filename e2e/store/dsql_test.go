package store

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/index"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/storetest"
)

// asynchronous is what only DSQL takes.
const asynchronous = "INDEX ASYNC"

func tables(t testing.TB) []string {
	t.Helper()
	statements, ok := index.Tables("dsql")
	if !ok {
		t.Fatal("no tables for DSQL")
	}
	return statements
}

// dsqlTables makes DSQL's tables in a new database: one statement after the
// other, each alone in its transaction. The protocol takes one at a time.
func dsqlTables(t testing.TB, server *postgres) string {
	t.Helper()
	url, ctx := server.database(t), context.Background()
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	for _, statement := range tables(t) {
		if _, err := c.Exec(ctx, strings.Replace(statement, asynchronous, "INDEX", 1), pgx.QueryExecModeExec); err != nil {
			t.Fatalf("%s\n%v", statement, err)
		}
	}
	return url
}

// The store works on the tables that DSQL gets, as a role that may make none.
func TestDSQLTables(t *testing.T) {
	server := startPostgres(t)
	server.exec(t, "postgres", "CREATE ROLE service LOGIN")
	storetest.Run(t, func(t *testing.T) store.Options {
		made, err := url.Parse(dsqlTables(t, server))
		if err != nil {
			t.Fatal(err)
		}
		server.exec(t, strings.Trim(made.Path, "/"), "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO service")
		as := made.Query()
		as.Set("user", "service")
		made.RawQuery = as.Encode()
		return store.Options{DataDir: t.TempDir(), Database: made.String()}
	})
}

// What PostgreSQL made of DSQL's statements is held to what DSQL has had from
// its first release.
func TestDSQLTakesTheStatements(t *testing.T) {
	ctx := context.Background()
	url := dsqlTables(t, startPostgres(t))
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	const ours = `relnamespace = 'public'::regnamespace`
	for what, query := range map[string]string{
		"something that is no table and no index": `SELECT relname FROM pg_class WHERE ` + ours + ` AND relkind NOT IN ('r', 'i')`,
		"a column of another type": `SELECT relname || '.' || attname FROM pg_attribute JOIN pg_class c ON ` +
			`c.oid = attrelid WHERE ` + ours + ` AND relkind = 'r' AND attnum > 0 AND atttypid NOT IN ('text'::regtype, ` +
			`'bigint'::regtype)`,
		"a column with a default": `SELECT adrelid::regclass::text FROM pg_attrdef`,
		"a constraint that is no primary key": `SELECT conname FROM pg_constraint WHERE connamespace = ` +
			`'public'::regnamespace AND contype <> 'p'`,
		"a trigger": `SELECT tgname FROM pg_trigger WHERE NOT tgisinternal`,
		"an index that is not plain": `SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class c ON ` +
			`c.oid = indexrelid JOIN pg_am a ON a.oid = relam WHERE ` + ours + ` AND (indpred IS NOT NULL OR indexprs IS NOT ` +
			`NULL OR amname <> 'btree' OR indnkeyatts > 8 OR indnatts <> indnkeyatts OR 0 <> ANY (indoption))`,
		"a table of more than 24 indexes": `SELECT indrelid::regclass::text FROM pg_index JOIN pg_class c ON c.oid ` +
			`= indrelid WHERE ` + ours + ` GROUP BY indrelid HAVING count(*) > 24`,
		"a table of more than 255 columns": `SELECT relname FROM pg_class WHERE ` + ours + ` AND relnatts > 255`,
		"more than one unique index a table": `SELECT indrelid::regclass::text FROM pg_index JOIN pg_class c ON c.oid ` +
			`= indrelid WHERE ` + ours + ` AND indisunique AND NOT indisprimary`,
	} {
		rows, err := c.Query(ctx, query)
		if err != nil {
			t.Fatal(err)
		}
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		if len(names) > 0 {
			t.Errorf("%s: %v", what, names)
		}
	}
	// each statement made one thing, once, and every index is made beside the rows
	var things, indexes int
	err = c.QueryRow(ctx, `SELECT count(*), count(*) FILTER (WHERE relkind = 'i') FROM pg_class WHERE `+ours+`
		AND NOT EXISTS (SELECT 1 FROM pg_index WHERE indexrelid = pg_class.oid AND indisprimary)`).Scan(&things, &indexes)
	if err != nil {
		t.Fatal(err)
	}
	create, made := 0, 0
	all := tables(t)
	slices.Sort(all)
	for _, s := range slices.Compact(all) {
		create += strings.Count(s, "CREATE ")
		made += strings.Count(s, asynchronous)
	}
	if things != create || indexes != made || made == 0 {
		t.Errorf("%d statements made %d things; %d indexes are made ASYNC, of %d", create, things, made, indexes)
	}
}
