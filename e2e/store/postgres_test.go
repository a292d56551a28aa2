package store

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// A postgres is a real server on a socket of its own.
type postgres struct {
	*process
	socket string
	last   atomic.Int64
}

// startPostgres starts a server for the time of the test, as nobody if this is
// root, since PostgreSQL refuses that.
func startPostgres(t testing.TB) *postgres {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		t.Fatal("there is no PostgreSQL: apt-get install postgresql")
	}
	bin := filepath.Dir(found[len(found)-1])
	// the path of a socket is short: no t.TempDir
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	as := &syscall.SysProcAttr{}
	if os.Geteuid() == 0 {
		as.Credential = nobody(t)
		if err := os.Chown(dir, int(as.Credential.Uid), int(as.Credential.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	command := func(name string, arguments ...string) *exec.Cmd {
		c := exec.Command(filepath.Join(bin, name), arguments...)
		c.Dir, c.SysProcAttr = dir, as
		return c
	}
	data := filepath.Join(dir, "data")
	if out, err := command(
		"initdb",
		"-D",
		data,
		"-U",
		"store",
		"-A",
		"trust",
		"-E",
		"UTF8",
		"--locale=C.UTF-8",
		"--no-sync",
	).CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	p := &postgres{socket: dir}
	p.process = &process{
		name: "PostgreSQL",
		command: func() *exec.Cmd {
			c := command(
				"postgres",
				"-D",
				data,
				"-k",
				dir,
				"-c",
				"listen_addresses=",
				"-c",
				"max_connections=300",
				"-c",
				"shared_buffers=256MB",
			)
			c.Stderr = log
			return c
		},
		answers: func() error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			c, err := pgx.Connect(ctx, p.url("postgres"))
			if err != nil {
				return err
			}
			return c.Close(ctx)
		},
	}
	p.start(t)
	t.Cleanup(p.end)
	return p
}

func nobody(t testing.TB) *syscall.Credential {
	t.Helper()
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func (p *postgres) url(database string) string {
	return "postgres:///" + database + "?" + url.Values{"host": {p.socket}, "user": {"store"}}.Encode()
}

// database makes a new one.
func (p *postgres) database(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test%d", p.last.Add(1))
	p.exec(t, "postgres", "CREATE DATABASE "+name)
	return p.url(name)
}

func (p *postgres) exec(t testing.TB, database, statement string) {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, p.url(database))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	if _, err := c.Exec(ctx, statement); err != nil {
		t.Fatal(err)
	}
}
