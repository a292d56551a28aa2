package cluster

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"database/sql"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/netip"
	"os/exec"
	"strconv"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // database/sql's "pgx"

	"github.com/temporal-dsql/temporal-dsql/e2e/postgres"
)

// DatabasePort is PostgreSQL's and DSQL's.
const DatabasePort = 5432

// Database is a PostgreSQL that answers under the name of a DSQL cluster, by TLS
// with a certificate for that name.
type Database struct {
	*postgres.Server
	folder  string
	Address netip.Addr
}

// StartDatabase starts PostgreSQL on the address, with a superuser named admin
// without a password, where DSQL takes a token.
func StartDatabase(ctx context.Context, folder string, address netip.Addr, certificate, key []byte) (*Database, error) {
	server, err := postgres.Create(ctx, folder, "admin")
	if err != nil {
		return nil, err
	}
	for name, content := range map[string][]byte{
		"server.crt":  certificate,
		"server.key":  key,
		"pg_hba.conf": []byte("hostssl all all 0.0.0.0/0 trust\nlocal all all trust\n"),
	} {
		if err := server.WriteFile(name, content); err != nil {
			return nil, err
		}
	}
	d := &Database{Server: server, folder: folder, Address: address}
	ping := func() error { return d.Exec(ctx, "postgres", "SELECT 1") }
	if err := server.Start(ctx, address.String(), DatabasePort, ping, "ssl=on", "max_connections=2000"); err != nil {
		return nil, err
	}
	return d, nil
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
