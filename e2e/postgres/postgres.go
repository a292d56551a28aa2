// Package postgres starts PostgreSQL for tests and measurements. Its module has no
// dependencies, so that each module of e2e can use it with its own versions.
package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// the user that PostgreSQL runs as where this process is root, which it refuses
const nobody = 65534

// Server is a PostgreSQL without durability: it counts and answers, but its disk is not
// that of the database that is modelled.
type Server struct {
	bin, folder string
	credential  *syscall.Credential
	cmd         *exec.Cmd
	log         output
}

// output is what the server prints. It can be read while the server runs.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(data []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(data)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// Create creates the server's files in a folder, with a superuser who needs no password.
func Create(ctx context.Context, folder, superuser string) (*Server, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, errors.New("PostgreSQL is not installed; remedy: apt-get install postgresql")
	}
	s := &Server{
		bin: found[len(found)-1], folder: folder,
		credential: &syscall.Credential{Uid: uint32(os.Getuid()), Gid: uint32(os.Getgid())},
	}
	if os.Getuid() == 0 {
		s.credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	if err := os.MkdirAll(s.dataFolder(), 0o700); err != nil {
		return nil, err
	}
	for _, path := range []string{folder, s.dataFolder()} {
		if err := s.giveToUser(path); err != nil {
			return nil, err
		}
	}
	initialize := s.command(ctx, "initdb", "-D", s.dataFolder(), "-U", superuser, "--auth=trust", "--no-sync", "-E", "UTF8")
	if out, err := initialize.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	return s, nil
}

// WriteFile writes a file of the server, such as pg_hba.conf.
func (s *Server) WriteFile(name string, content []byte) error {
	path := filepath.Join(s.dataFolder(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return err
	}
	return s.giveToUser(path)
}

// Start starts the server on an address, and on a socket in its folder, with settings such
// as max_connections=500. It returns when ping succeeds.
func (s *Server) Start(ctx context.Context, host string, port int, ping func() error, settings ...string) error {
	args := []string{"-D", s.dataFolder(), "-h", host, "-k", s.folder, "-p", strconv.Itoa(port)}
	for _, setting := range append([]string{"fsync=off", "full_page_writes=off", "synchronous_commit=off"}, settings...) {
		args = append(args, "-c", setting)
	}
	s.cmd = s.command(context.Background(), "postgres", args...) // it outlives the context of its start
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	for {
		err := ping()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL does not answer: %w: %s", err, s.Log())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Log returns the last lines that the server has printed.
func (s *Server) Log() string {
	lines := strings.Split(strings.TrimSpace(s.log.String()), "\n")
	return strings.Join(lines[max(0, len(lines)-10):], "\n")
}

// Stop ends the server at once.
func (s *Server) Stop() {
	_ = s.cmd.Process.Signal(syscall.SIGQUIT)
	_ = s.cmd.Wait()
}

func (s *Server) dataFolder() string { return filepath.Join(s.folder, "data") }

// giveToUser gives a file to the server's user.
func (s *Server) giveToUser(path string) error {
	if os.Getuid() != 0 {
		return nil
	}
	return os.Chown(path, int(s.credential.Uid), int(s.credential.Gid))
}

// command returns a program of PostgreSQL that runs as the server's user, and ends with this process.
func (s *Server) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, program), args...)
	cmd.Dir = s.folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.credential, Pdeathsig: syscall.SIGKILL}
	return cmd
}
