package store

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A process is a real server, which may be killed, held up and started again.
type process struct {
	name    string
	command func() *exec.Cmd
	answers func() error
	running *exec.Cmd
}

// start starts the server and waits until it answers.
func (p *process) start(t testing.TB) {
	t.Helper()
	var err error
	// what a server leaves behind that was killed may take it a moment to see as such
	for until := time.Now().Add(20 * time.Second); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		if p.running == nil {
			started := p.command()
			if err = started.Start(); err != nil {
				t.Fatal(err)
			}
			p.running = started
			go func() { _ = started.Wait() }()
		}
		if err = p.answers(); err == nil {
			return
		}
		if p.running.Process.Signal(syscall.Signal(0)) != nil {
			p.running = nil
		}
	}
	t.Fatalf("%s does not answer: %v", p.name, err)
}

// kill ends it as a machine that fails does.
func (p *process) kill(t testing.TB) {
	t.Helper()
	p.signal(t, syscall.SIGKILL)
	p.running = nil
}

// hold keeps it from answering, and lets nobody know.
func (p *process) hold(t testing.TB) { t.Helper(); p.signal(t, syscall.SIGSTOP) }

// release lets it go on.
func (p *process) release(t testing.TB) { t.Helper(); p.signal(t, syscall.SIGCONT) }

// signal goes to the server and to the processes that it started.
func (p *process) signal(t testing.TB, s syscall.Signal) {
	t.Helper()
	for _, pid := range p.all() {
		if err := syscall.Kill(pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
			t.Fatalf("%s: %v", p.name, err)
		}
	}
}

// all are the server, and the processes that it started.
func (p *process) all() []int {
	pids := []int{p.running.Process.Pid}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		stat, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		// PID (NAME) STATE PARENT
		before, after, _ := strings.Cut(string(stat), " (")
		var parent int
		if _, err := fmt.Sscanf(
			after[strings.LastIndexByte(after, ')')+1:],
			" %c %d",
			new(rune),
			&parent,
		); err != nil ||
			parent != pids[0] {
			continue
		}
		if pid, err := strconv.Atoi(before); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// end ends it for good.
func (p *process) end() {
	if p.running == nil {
		return
	}
	pids := p.all()
	for _, pid := range pids {
		_ = syscall.Kill(pid, syscall.SIGCONT)
	}
	_ = p.running.Process.Signal(os.Interrupt) // it may have ended by itself
	for until := time.Now().Add(5 * time.Second); time.Now().Before(until) && p.running.Process.Signal(syscall.Signal(0)) == nil; {
		time.Sleep(10 * time.Millisecond)
	}
	_ = p.running.Process.Kill()
}
