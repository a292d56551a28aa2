//go:build unix

package budget

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A pipe is read as a file is, also if its writer comes later or is slow, and one without a writer ends.
func TestPipes(t *testing.T) {
	limit := Limit{Name: "bytes of a test", Most: 1000}
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	write := func(parts ...string) {
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			t.Error(err)
			return
		}
		for _, part := range parts {
			time.Sleep(30 * time.Millisecond)
			_, _ = f.WriteString(part) // the reader can have had enough
		}
		_ = f.Close()
	}
	go func() {
		time.Sleep(50 * time.Millisecond)
		write("to", "ken\n")
	}()
	if data, err := limit.ReadFile(name); err != nil || string(data) != "token\n" {
		t.Errorf("%q, %v", data, err)
	}
	isClosed := make(chan struct{})
	go func() {
		defer close(isClosed)
		write(strings.Repeat("a", 2000))
	}()
	if _, err := limit.ReadFile(name); IsExceeded(err) == nil {
		t.Error("a long text is read")
	}
	<-isClosed
	defer func(wait time.Duration) { pipeWait = wait }(pipeWait)
	pipeWait = 100 * time.Millisecond
	start := time.Now()
	if _, err := limit.ReadFile(name); !errors.Is(err, ErrSilentPipe) || time.Since(start) > 5*time.Second {
		t.Errorf("%v after %s", err, time.Since(start))
	}
	silent, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	if _, err := limit.ReadFile(name); !errors.Is(err, ErrSilentPipe) {
		t.Error(err)
	}
}

// A pipe that is open already is waited for, whatever the name that leads to its descriptor.
func TestPipesOfDescriptors(t *testing.T) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip(err)
	}
	defer func(wait time.Duration) { pipeWait = wait }(pipeWait)
	pipeWait = 50 * time.Millisecond
	dir := t.TempDir()
	own := fmt.Sprintf("/proc/%d/fd/%%d", os.Getpid())
	for _, form := range []string{"/dev/fd/%d", "/proc/self/fd/%d", "/proc/thread-self/fd/%d", own, ""} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf(cmp.Or(form, "/proc/self/fd/%d"), r.Fd())
		if form == "" { // as /dev/stdin is
			link := filepath.Join(dir, "stdin")
			if err := os.Symlink(name, link); err != nil {
				t.Fatal(err)
			}
			name = link
		}
		go func() {
			time.Sleep(200 * time.Millisecond)
			_, _ = w.WriteString("X=1\n")
			_ = w.Close()
		}()
		if data, err := (Limit{Name: "bytes of a test", Most: 1000}).ReadFile(name); err != nil || string(data) != "X=1\n" {
			t.Errorf("%s: %q, %v", name, data, err)
		}
		_ = r.Close()
	}
}
