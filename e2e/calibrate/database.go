package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // database/sql's "pgx"
)

// the user that PostgreSQL runs as, since it refuses root
const databaseUser = 65534

// The databases of a Temporal server.
const (
	mainDatabase       = "temporal"
	visibilityDatabase = "temporal_visibility"
)

// Database is a PostgreSQL that counts its statements.
type Database struct {
	Address string
	Version string
	cmd     *exec.Cmd
	log     bytes.Buffer
	db      *sql.DB
}

// StartDatabase starts PostgreSQL in the folder, without durability: calibration
// counts, and a disk's speed is not the database's that is modelled.
func StartDatabase(ctx context.Context, folder string) (*Database, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, errors.New("PostgreSQL is not installed; remedy: apt-get install postgresql")
	}
	bin := found[len(found)-1]
	data := filepath.Join(folder, "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, err
	}
	credential := &syscall.Credential{Uid: uint32(os.Getuid()), Gid: uint32(os.Getgid())}
	if os.Getuid() == 0 {
		credential = &syscall.Credential{Uid: databaseUser, Gid: databaseUser}
		for _, path := range []string{folder, data} {
			if err := os.Chown(path, databaseUser, databaseUser); err != nil {
				return nil, err
			}
		}
	}
	command := func(ctx context.Context, program string, args ...string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, filepath.Join(bin, program), args...)
		cmd.Dir = folder
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential, Pdeathsig: syscall.SIGKILL}
		return cmd
	}
	if out, err := command(
		ctx,
		"initdb",
		"-D",
		data,
		"-U",
		"temporal",
		"--auth=trust",
		"--no-sync",
		"-E",
		"UTF8",
	).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	ports, err := freePorts(1)
	if err != nil {
		return nil, err
	}
	d := &Database{Address: net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[0]))}
	// PostgreSQL outlives the context of its start
	d.cmd = command(context.Background(), "postgres", "-D", data, "-h", "127.0.0.1", "-k", folder, "-p", strconv.Itoa(ports[0]),
		"-c", "max_connections=500", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off",
		"-c", "shared_buffers=256MB", "-c", "shared_preload_libraries=pg_stat_statements")
	d.cmd.Stdout, d.cmd.Stderr = &d.log, &d.log
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	d.db, err = sql.Open("pgx", "postgres://temporal@"+d.Address+"/postgres?sslmode=disable")
	if err != nil {
		return nil, err
	}
	for d.db.PingContext(ctx) != nil {
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("PostgreSQL does not answer: %w: %s", ctx.Err(), &d.log)
		case <-time.After(50 * time.Millisecond):
		}
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
	_ = d.cmd.Process.Signal(syscall.SIGQUIT)
	_ = d.cmd.Wait()
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
