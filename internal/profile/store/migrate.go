package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// A dialect is what the three databases write differently.
type dialect struct {
	// text compares byte by byte
	text  string
	index string
}

var (
	sqliteDialect   = dialect{text: "TEXT", index: "INDEX"}
	postgresDialect = dialect{text: `TEXT COLLATE "C"`, index: "INDEX"}
	dsqlDialect     = dialect{text: "TEXT", index: "INDEX ASYNC"}
)

func (d dialect) write(statement string) string {
	return strings.NewReplacer("{text}", d.text, "{index}", d.index).Replace(statement)
}

// migrations are the statements that make the tables, the oldest first. Each is
// a version, and one statement of DDL, since DSQL takes one a transaction; each
// may run twice. One that a release had never changes: add another.
//
// Times are nanoseconds since 1970. An optional text is never null: "" is a
// namespace's own value, the whole cluster.
var migrations = []string{
	`CREATE TABLE IF NOT EXISTS profiles (
		id {text} PRIMARY KEY,
		name {text} NOT NULL,
		label {text} NOT NULL,
		cluster_id {text} NOT NULL,
		namespace {text} NOT NULL,
		task_queue {text} NOT NULL,
		window_start BIGINT NOT NULL,
		window_end BIGINT NOT NULL,
		server_version {text} NOT NULL,
		plugin_version {text} NOT NULL,
		worker_sha {text} NOT NULL,
		preset_name {text} NOT NULL,
		created_at BIGINT NOT NULL,
		request_key {text} NOT NULL,
		deleted BIGINT NOT NULL,
		revision BIGINT NOT NULL
	)`,
	// one baseline a cluster and namespace, whoever sets it first
	`CREATE TABLE IF NOT EXISTS baselines (
		cluster_id {text} NOT NULL,
		namespace {text} NOT NULL,
		profile_id {text} NOT NULL,
		set_at BIGINT NOT NULL,
		PRIMARY KEY (cluster_id, namespace)
	)`,
	`CREATE TABLE IF NOT EXISTS requests (
		request_key {text} PRIMARY KEY,
		digest {text} NOT NULL,
		profile_id {text} NOT NULL
	)`,
	// a listing goes by window, so that each index has what is asked for, then the window
	`CREATE {index} IF NOT EXISTS profiles_by_window ON profiles (window_start, id)`,
	`CREATE {index} IF NOT EXISTS profiles_by_cluster ON profiles (cluster_id, window_start, id)`,
	`CREATE {index} IF NOT EXISTS profiles_by_cluster_namespace ON profiles (cluster_id, namespace, window_start, id)`,
	`CREATE {index} IF NOT EXISTS profiles_by_namespace ON profiles (namespace, window_start, id)`,
	`CREATE {index} IF NOT EXISTS profiles_by_task_queue ON profiles (task_queue, window_start, id)`,
	`CREATE {index} IF NOT EXISTS profiles_by_label ON profiles (label, window_start, id)`,
	// what was found of a window, once: its id follows from the window
	`CREATE TABLE IF NOT EXISTS assessments (
		id {text} PRIMARY KEY,
		cluster_id {text} NOT NULL,
		namespace {text} NOT NULL,
		window_start BIGINT NOT NULL,
		window_end BIGINT NOT NULL,
		health {text} NOT NULL,
		conformance {text} NOT NULL,
		preset_name {text} NOT NULL,
		profile_id {text} NOT NULL,
		baseline_id {text} NOT NULL,
		created_at BIGINT NOT NULL,
		details {text} NOT NULL
	)`,
	`CREATE {index} IF NOT EXISTS assessments_by_window ON assessments (window_end, id)`,
	`CREATE {index} IF NOT EXISTS assessments_by_cluster ON assessments (cluster_id, window_end, id)`,
	`CREATE {index} IF NOT EXISTS assessments_by_cluster_namespace ON assessments (cluster_id, namespace, window_end, id)`,
}

const versionTable = `CREATE TABLE IF NOT EXISTS schema_versions (version BIGINT PRIMARY KEY)`

// databases are those that Tables writes for, by the scheme of their addresses.
var databases = map[string]dialect{"dsql": dsqlDialect, "postgres": postgresDialect}

// Databases are what Tables takes.
func Databases() []string { return slices.Sorted(maps.Keys(databases)) }

// Tables gives the statements that make the tables, for those who let no program do
// it: run one at a time, each in a transaction of its own, they leave nothing to
// migrate. All may run twice.
func Tables(database string) ([]string, bool) {
	d, ok := databases[database]
	statements, versions := []string{versionTable}, []string{}
	for i, m := range migrations {
		statements = append(statements, d.write(m))
		versions = append(versions, fmt.Sprintf("(%d)", i+1))
	}
	return append(statements, "INSERT INTO schema_versions (version) VALUES "+strings.Join(versions, ", ")+" ON CONFLICT DO NOTHING"), ok
}

// migrate runs what has not run yet. Two that do it at once do the same, and
// what the one has made the other finds. With all done it only reads, so that
// a role without the right to make tables will do.
func (x *index) migrate(ctx context.Context) error {
	version, err := x.version(ctx)
	if missing(err) {
		if err = x.define(ctx, versionTable); err == nil {
			version, err = x.version(ctx)
		}
	}
	if err != nil {
		return err
	}
	if version > len(migrations) {
		return fmt.Errorf("the database is of version %d, and this program knows %d: a newer one has been at it", version, len(migrations))
	}
	for ; version < len(migrations); version++ {
		if err := x.define(ctx, x.dialect.write(migrations[version])); err != nil {
			return err
		}
		err := x.transact(ctx, func(tx *sql.Tx) error {
			var is int
			err := tx.QueryRowContext(ctx, `SELECT version FROM schema_versions WHERE version = $1`, version+1).Scan(&is)
			if errors.Is(err, sql.ErrNoRows) {
				_, err = tx.ExecContext(ctx, `INSERT INTO schema_versions (version) VALUES ($1)`, version+1)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// version gives the newest version that has run; 0 is none.
func (x *index) version(ctx context.Context) (version int, err error) {
	err = x.retryConflicts(ctx, func() error {
		return x.db.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM schema_versions`).Scan(&version)
	})
	return version, err
}

// define runs a statement of DDL, alone in its transaction.
func (x *index) define(ctx context.Context, statement string) error {
	for attempt := 1; ; attempt++ {
		err := x.retryConflicts(ctx, func() error {
			_, err := x.db.ExecContext(ctx, x.dialect.write(statement))
			return err
		})
		if attempt == transactionAttempts || !madeMeanwhile(err) {
			return err
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

// missing reports whether a statement failed because its table is not there.
func missing(err error) bool {
	if e := (*pgconn.PgError)(nil); errors.As(err, &e) {
		return e.Code == "42P01" // undefined_table
	}
	return err != nil && strings.Contains(err.Error(), "no such table") // SQLite has no code for it
}

// madeMeanwhile reports whether another made the same table or index at the
// same time: IF NOT EXISTS is no help then.
func madeMeanwhile(err error) bool {
	e := (*pgconn.PgError)(nil)
	return errors.As(err, &e) && (e.Code == "42P07" || e.Code == "42710") // duplicate_table, duplicate_object
}
