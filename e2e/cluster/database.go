package cluster

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"database/sql"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // database/sql's "pgx"
)

// DatabasePort is PostgreSQL's and DSQL's.
const DatabasePort = 5432

// the user that PostgreSQL runs as, since it refuses root
const databaseUser = 65534

// Database is a PostgreSQL that answers under the name of a DSQL cluster, by TLS
// with a certificate for that name.
type Database struct {
	cmd     *exec.Cmd
	folder  string
	Address netip.Addr
	log     *bytes.Buffer
}

// StartDatabase starts PostgreSQL on the address, with a superuser named admin
// without a password, where DSQL takes a token.
func StartDatabase(ctx context.Context, folder string, address netip.Addr, certificate, key []byte) (*Database, error) {
	bin, err := postgresFolder()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(folder, "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, err
	}
	for _, path := range []string{folder, data} {
		if err := os.Chown(path, databaseUser, databaseUser); err != nil {
			return nil, err
		}
	}
	asUser := func(ctx context.Context, program string, args ...string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, filepath.Join(bin, program), args...)
		cmd.Dir = folder
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Credential: &syscall.Credential{Uid: databaseUser, Gid: databaseUser},
			Pdeathsig:  syscall.SIGKILL,
		}
		return cmd
	}
	if out, err := asUser(
		ctx,
		"initdb",
		"-D",
		data,
		"-U",
		"admin",
		"--auth=trust",
		"--no-sync",
		"-E",
		"UTF8",
	).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	files := map[string][]byte{
		"server.crt":  certificate,
		"server.key":  key,
		"pg_hba.conf": []byte("hostssl all all 0.0.0.0/0 trust\nlocal all all trust\n"),
	}
	for name, content := range files {
		path := filepath.Join(data, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return nil, err
		}
		if err := os.Chown(path, databaseUser, databaseUser); err != nil {
			return nil, err
		}
	}
	d := &Database{folder: folder, Address: address, log: &bytes.Buffer{}}
	// PostgreSQL outlives the context of its start
	d.cmd = asUser(context.Background(), "postgres", "-D", data, "-h", address.String(), "-k", folder, "-p", strconv.Itoa(DatabasePort),
		"-c", "ssl=on", "-c", "max_connections=2000", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")
	d.cmd.Stdout, d.cmd.Stderr = d.log, d.log
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	for {
		err := d.Exec(ctx, "postgres", "SELECT 1")
		if err == nil {
			return d, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("PostgreSQL does not answer: %w: %s", err, d.log)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func postgresFolder() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", errors.New("PostgreSQL is not installed: run.sh installs it")
	}
	return found[len(found)-1], nil
}

// Open connects to a database by the socket of this machine.
func (d *Database) Open(name string) (*sql.DB, error) {
	return sql.Open("pgx", fmt.Sprintf("host=%s port=%d user=admin dbname=%s", d.folder, DatabasePort, name))
}

// Exec runs one statement.
func (d *Database) Exec(ctx context.Context, name, statement string) error {
	db, err := d.Open(name)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, statement)
	return err
}

// CreateSchema creates a database of this name where there is none, and its schema
// with the server's own tool. The schema is "temporal" or "visibility".
func (d *Database) CreateSchema(ctx context.Context, tool, name, schema string) error {
	if name != "postgres" {
		if err := d.Exec(ctx, "postgres", "CREATE DATABASE "+name); err != nil {
			return err
		}
	}
	for _, step := range [][]string{
		{"setup-schema", "-v", "0.0"},
		{"update-schema", "--schema-name", "postgresql/v12/" + schema},
	} {
		args := append([]string{
			"--plugin", "postgres12_pgx", "--endpoint", d.Address.String(), "--port", strconv.Itoa(DatabasePort),
			"--user", "admin", "--database", name, "--tls", "--tls-disable-host-verification",
		}, step...)
		if out, err := exec.CommandContext(ctx, tool, args...).CombinedOutput(); err != nil {
			return fmt.Errorf("create the %s schema: %w: %s", schema, err, out)
		}
	}
	return nil
}

// Connections returns how many connections each client address has.
func (d *Database) Connections(ctx context.Context, name string) (map[string]int, error) {
	db, err := d.Open("postgres")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx,
		"SELECT host(client_addr), count(*) FROM pg_stat_activity WHERE datname = $1 AND client_addr IS NOT NULL GROUP BY 1", name)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := map[string]int{}
	for rows.Next() {
		var address string
		var count int
		if err := rows.Scan(&address, &count); err != nil {
			return nil, err
		}
		counts[address] = count
	}
	return counts, rows.Err()
}

// Log returns the end of what PostgreSQL has printed.
func (d *Database) Log() string {
	lines := strings.Split(strings.TrimSpace(d.log.String()), "\n")
	return strings.Join(lines[max(0, len(lines)-10):], "\n")
}

// Stop ends PostgreSQL at once.
func (d *Database) Stop() {
	_ = d.cmd.Process.Signal(syscall.SIGQUIT)
	_ = d.cmd.Wait()
}

// Certificate returns a self-signed certificate for the names, with its key.
func Certificate(names ...string) (certificate, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		return nil, nil, err
	}
	pkcs, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs}), nil
}
