package index

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

// dialect holds the SQL that differs between databases.
type dialect struct {
	// compares text byte by byte
	text  string
	index string
}

var (
	sqliteDialect   = dialect{text: "TEXT", index: "INDEX"}
	postgresDialect = dialect{text: `TEXT COLLATE "C"`, index: "INDEX"}
	dsqlDialect     = dialect{text: "TEXT", index: "INDEX ASYNC"}
)

func (d dialect) fillIn(statement string) string {
	return strings.NewReplacer("{text}", d.text, "{index}", d.index).Replace(statement)
}

// migrations create the tables, oldest first. Each is one version and one DDL statement, because DSQL takes one a
// transaction, and can run twice. Never change a released one: add another.
//
// Times are nanoseconds since 1970. Optional text is never null: "" is the namespace of the whole cluster.
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
	// one baseline for each cluster and namespace
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
	// listings are ordered by window, so each index has the filtered column, then the window
	`CREATE {index} IF NOT EXISTS profiles_by_window ON profiles (window_start, id)`,
	`CREATE {index} IF NOT EXISTS profiles_by_cluster ON profiles (cluster_id, window_start, id)`,
	`CREATE {index} IF NOT EXISTS profiles_by_cluster_namespace ON profiles (cluster_id, namespace, window_start, id)`,
	`CREATE {index} IF NOT EXISTS profiles_by_namespace ON profiles (namespace, window_start, id)`,
	`CREATE {index} IF NOT EXISTS profiles_by_task_queue ON profiles (task_queue, window_start, id)`,
	`CREATE {index} IF NOT EXISTS profiles_by_label ON profiles (label, window_start, id)`,
	// one assessment for each window, whose id follows from the window
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
	// no change: an earlier release cannot read documents with binary series, and refuses a later version
	versionTable,
}

const versionTable = `CREATE TABLE IF NOT EXISTS schema_versions (version BIGINT PRIMARY KEY)`

// databases maps address schemes to the dialects that Tables supports.
var databases = map[string]dialect{"dsql": dsqlDialect, "postgres": postgresDialect}

// Databases returns the valid arguments of Tables.
func Databases() []string { return slices.Sorted(maps.Keys(databases)) }

// Tables returns the statements that create all tables, for users who run them themselves. Each runs in its own
// transaction and can run twice; afterwards no migration is left.
func Tables(database string) ([]string, bool) {
	d, ok := databases[database]
	statements, versions := []string{versionTable}, []string{}
	for i, m := range migrations {
		statements = append(statements, d.fillIn(m))
		versions = append(versions, fmt.Sprintf("(%d)", i+1))
	}
	return append(statements, "INSERT INTO schema_versions (version) VALUES "+strings.Join(versions, ", ")+" ON CONFLICT DO NOTHING"), ok
}

// Migrate runs the missing migrations. Concurrent callers are safe. If nothing is missing it only reads, so a role
// without the right to create tables suffices.
func (x *Index) Migrate(ctx context.Context) error {
	version, err := x.schemaVersion(ctx)
	if isMissingTable(err) {
		if err = x.runDDL(ctx, versionTable); err == nil {
			version, err = x.schemaVersion(ctx)
		}
	}
	if err != nil {
		return err
	}
	if version > len(migrations) {
		return fmt.Errorf("the database has version %d, and this program supports %d: use a newer program", version, len(migrations))
	}
	for ; version < len(migrations); version++ {
		if err := x.runDDL(ctx, x.dialect.fillIn(migrations[version])); err != nil {
			return err
		}
		err := answerWithin(ctx, openTimeout, func(ctx context.Context) error {
			return x.recordVersion(ctx, version+1)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// recordVersion records that a migration has run, unless a concurrent caller did.
func (x *Index) recordVersion(ctx context.Context, version int) error {
	return x.runTransaction(ctx, func(tx *transaction) error {
		var is int
		err := tx.QueryRowContext(ctx, `SELECT version FROM schema_versions WHERE version = $1`, version).Scan(&is)
		if errors.Is(err, sql.ErrNoRows) {
			_, err = tx.ExecContext(ctx, `INSERT INTO schema_versions (version) VALUES ($1)`, version)
		}
		return err
	})
}

// schemaVersion returns the newest version that has run, or 0.
func (x *Index) schemaVersion(ctx context.Context) (version int, err error) {
	err = answerWithin(ctx, openTimeout, func(ctx context.Context) error {
		return x.retryConflicts(ctx, func() error {
			return x.db.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM schema_versions`).Scan(&version)
		})
	})
	return version, err
}

// runDDL runs one DDL statement in its own transaction.
func (x *Index) runDDL(ctx context.Context, statement string) error {
	for attempt := 1; ; attempt++ {
		err := answerWithin(ctx, migrateTimeout, func(ctx context.Context) error {
			return x.retryConflicts(ctx, func() error {
				_, err := x.db.ExecContext(ctx, x.dialect.fillIn(statement))
				return err
			})
		})
		if attempt == transactionAttempts || !isAlreadyMade(err) {
			return err
		}
		if err := WaitBeforeRetry(ctx, attempt); err != nil {
			return err
		}
	}
}

// isMissingTable reports whether a statement failed because its table does not exist.
func isMissingTable(err error) bool {
	if e := (*pgconn.PgError)(nil); errors.As(err, &e) {
		return e.Code == "42P01" // undefined_table
	}
	return err != nil && strings.Contains(err.Error(), "no such table") // SQLite has no code for it
}

// isAlreadyMade reports whether a concurrent caller created the same table or index, which IF NOT EXISTS does not
// cover.
func isAlreadyMade(err error) bool {
	e := (*pgconn.PgError)(nil)
	return errors.As(err, &e) && (e.Code == "42P07" || e.Code == "42710") // duplicate_table, duplicate_object
}
