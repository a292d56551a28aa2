package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os/exec"
	"strconv"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // database/sql's "pgx"

	"github.com/temporal-dsql/temporal-dsql/e2e/postgres"
)

// The databases of a Temporal server.
const (
	mainDatabase       = "temporal"
	visibilityDatabase = "temporal_visibility"
)

// Database is a PostgreSQL that counts its statements.
type Database struct {
	*postgres.Server
	Address string
	Version string
	db      *sql.DB
}

// StartDatabase starts PostgreSQL in the folder.
func StartDatabase(ctx context.Context, folder string) (*Database, error) {
	server, err := postgres.Create(ctx, folder, "temporal")
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(1)
	if err != nil {
		return nil, err
	}
	const host = "127.0.0.1"
	d := &Database{Server: server, Address: net.JoinHostPort(host, strconv.Itoa(ports[0]))}
	d.db, err = sql.Open("pgx", "postgres://temporal@"+d.Address+"/postgres?sslmode=disable")
	if err != nil {
		return nil, err
	}
	err = server.Start(ctx, host, ports[0], func() error { return d.db.PingContext(ctx) },
		"max_connections=500", "shared_buffers=256MB", "shared_preload_libraries=pg_stat_statements")
	if err != nil {
		return nil, err
	}
	if _, err := d.db.ExecContext(ctx, "CREATE EXTENSION pg_stat_statements"); err != nil {
		return nil, err
	}
	return d, d.db.QueryRowContext(ctx, "SELECT 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1)").Scan(&d.Version)
}

// CreateSchemas creates the databases of a Temporal server with its own tool.
func (d *Database) CreateSchemas(ctx context.Context, tool string) error {
	host, port, err := net.SplitHostPort(d.Address)
	if err != nil {
		return err
	}
	for name, schema := range map[string]string{mainDatabase: "temporal", visibilityDatabase: "visibility"} {
		if _, err := d.db.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
			return err
		}
		for _, step := range [][]string{
			{"setup-schema", "-v", "0.0"},
			{"update-schema", "--schema-name", "postgresql/v12/" + schema},
		} {
			args := append([]string{
				"--plugin", "postgres12_pgx", "--endpoint", host, "--port", port, "--user", "temporal", "--database", name,
			}, step...)
			if out, err := exec.CommandContext(ctx, tool, args...).CombinedOutput(); err != nil {
				return fmt.Errorf("create the %s schema: %w: %s", schema, err, out)
			}
		}
	}
	return nil
}

// Work is what the database itself counted, to check the proxy against.
type Work struct {
	Statements   float64 `json:"statements"`   // pg_stat_statements: calls in the main database
	Transactions float64 `json:"transactions"` // pg_stat_database: commits and rollbacks in the main database
	Rows         float64 `json:"rows"`         // pg_stat_database: inserted, updated, deleted
	WALBytes     float64 `json:"wal_bytes"`    // of all databases
}

func (w *Work) fields() []*float64 {
	return []*float64{&w.Statements, &w.Transactions, &w.Rows, &w.WALBytes}
}

// addScaled adds a multiple of other work.
func (w *Work) addScaled(other Work, factor float64) {
	mine, others := w.fields(), other.fields()
	for i := range mine {
		*mine[i] += factor * *others[i]
	}
}

// ReadWork returns what the database has counted so far.
func (d *Database) ReadWork(ctx context.Context) (Work, error) {
	var w Work
	// queries of one moment, over one connection: a transaction is not needed
	err := d.db.QueryRowContext(ctx, `SELECT
		(SELECT coalesce(sum(calls), 0) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = $1),
		(SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = $1),
		(SELECT tup_inserted + tup_updated + tup_deleted FROM pg_stat_database WHERE datname = $1),
		pg_current_wal_lsn() - '0/0'::pg_lsn`, mainDatabase).Scan(&w.Statements, &w.Transactions, &w.Rows, &w.WALBytes)
	return w, err
}

// openMain connects to the main database.
func (d *Database) openMain() (*sql.DB, error) {
	return sql.Open("pgx", "postgres://temporal@"+d.Address+"/"+mainDatabase+"?sslmode=disable")
}

// Stop ends PostgreSQL at once.
func (d *Database) Stop() {
	_ = d.db.Close()
	d.Server.Stop()
}

func lastLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-10):], "\n")
}

// freePorts returns ports that nothing listens on. The server stores a port in 15
// bits, and the ports that the system chooses are higher.
func freePorts(count int) ([]int, error) {
	var ports []int
	for range 1000 {
		if len(ports) == count {
			return ports, nil
		}
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(20000+rand.IntN(12000))))
		if err != nil {
			continue
		}
		// all stay open until the last one is chosen, so that they differ
		defer func() { _ = listener.Close() }()
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	return nil, errors.New("no free ports from 20000 to 31999")
}
