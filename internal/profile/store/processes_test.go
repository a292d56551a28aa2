package store

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// openerDir names, to a copy of this test binary, the store that it opens.
const openerDir = "STORE_TEST_OPEN"

func TestMain(m *testing.M) {
	if dir := os.Getenv(openerDir); dir != "" {
		os.Exit(openOnSignal(dir))
	}
	os.Exit(m.Run())
}

// openOnSignal opens the store as soon as stdin ends, and returns the exit code.
func openOnSignal(dir string) int {
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	s, err := Open(context.Background(), Options{DataDir: dir})
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// TestProcessesOpenOneNewStore starts processes that all open a store at the same
// moment, which none of them has opened before.
func TestProcessesOpenOneNewStore(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const rounds, processes = 6, 12
	for round := range rounds {
		dir := filepath.Join(t.TempDir(), fmt.Sprint(round))
		gate, release, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		var waits []func() error
		for range processes {
			cmd := exec.CommandContext(t.Context(), self)
			cmd.Env = append(os.Environ(), openerDir+"="+dir)
			cmd.Stdin = gate
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
				t.Fatalf("process does not start: %q, %v", line, err)
			}
			waits = append(waits, func() error {
				if err := cmd.Wait(); err != nil {
					return fmt.Errorf("%w: %s", err, stderr.Bytes())
				}
				return nil
			})
		}
		err = errors.Join(gate.Close(), release.Close())
		for _, wait := range waits {
			err = errors.Join(err, wait())
		}
		if err != nil {
			t.Errorf("round %d: %v", round, err)
		}
	}
}

// TestSwitchToWALWaits opens a new store while another connection holds the lock
// that the switch to WAL needs. SQLite refuses the switch at once, whatever
// busy_timeout says; Open must try again until the lock is free.
func TestSwitchToWALWaits(t *testing.T) {
	dir := t.TempDir()
	other, err := sql.Open("sqlite", filepath.Join(dir, "index.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	holder, err := other.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holder.Close() }()
	run := func(statement string) {
		if _, err := holder.ExecContext(context.Background(), statement); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
	run("BEGIN IMMEDIATE")
	refusals := 0
	s, err := Open(t.Context(), Options{DataDir: dir, OnRetry: func() {
		if refusals++; refusals == 1 {
			run("COMMIT")
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if refusals == 0 {
		t.Error("the lock was never refused")
	}
}
