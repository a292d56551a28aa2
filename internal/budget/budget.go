// Package budget limits what one operation can cost, and counts what it spends. Every limit on
// input from outside is here, so each entry, each error and the documentation take it from one place.
package budget

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// A Limit is the most that an operation takes of one thing.
type Limit struct {
	Name string // what is bounded, with its scope: bytes of a file of tokens
	Most int64
	Why  string // how the number was chosen
	// Remedy says what the user can do instead.
	Remedy string
}

// An ExceededError reports which limit was passed.
type ExceededError struct{ Limit Limit }

func (e *ExceededError) Error() string {
	return fmt.Sprintf("more than the limit of %d %s", e.Limit.Most, e.Limit.Name)
}

// IsExceeded returns the error of a passed limit, or nil.
func IsExceeded(err error) *ExceededError {
	var exceeded *ExceededError
	if errors.As(err, &exceeded) {
		return exceeded
	}
	return nil
}

// Check rejects an amount above the limit.
func (l Limit) Check(amount int64) error {
	if amount > l.Most {
		return &ExceededError{l}
	}
	return nil
}

// Meter returns an account with the whole limit left.
func (l Limit) Meter() *Meter {
	m := &Meter{limit: l}
	m.left.Store(l.Most)
	return m
}

// A Meter counts down what an operation has left of a limit. It is safe for
// concurrent use.
type Meter struct {
	limit Limit
	left  atomic.Int64
}

// Spend takes an amount off, and fails for good once the limit is passed.
func (m *Meter) Spend(amount int) error {
	if m.left.Add(-int64(amount)) < 0 {
		return &ExceededError{m.limit}
	}
	return nil
}

// Read reads everything up to the limit. It keeps what it reads in pieces and joins them
// once the whole is known to fit, so what never ends costs no more than the limit.
func (l Limit) Read(r io.Reader) ([]byte, error) {
	const first, largest = 4 << 10, 1 << 20
	r = l.Reader(r)
	pieces := [][]byte{make([]byte, 0, first)}
	for {
		last := &pieces[len(pieces)-1]
		n, err := r.Read((*last)[len(*last):cap(*last)])
		*last = (*last)[:len(*last)+n]
		switch {
		case err == io.EOF && len(pieces) == 1:
			return *last, nil
		case err == io.EOF:
			return slices.Concat(pieces...), nil
		case err != nil:
			return nil, err
		}
		if len(*last) == cap(*last) {
			pieces = append(pieces, make([]byte, 0, min(2*cap(*last), largest)))
		}
	}
}

// Reader wraps a reader, which then fails with an ExceededError past the limit
// instead of ending there.
func (l Limit) Reader(r io.Reader) io.Reader { return &reader{from: r, limit: l, left: l.Most} }

type reader struct {
	from  io.Reader
	limit Limit
	left  int64
}

func (r *reader) Read(p []byte) (int, error) {
	if r.left < 0 {
		return 0, &ExceededError{r.limit}
	}
	// one more byte shows that the limit is passed
	if int64(len(p)) > r.left+1 {
		p = p[:r.left+1]
	}
	n, err := r.from.Read(p)
	if r.left -= int64(n); r.left < 0 {
		return n + int(r.left), &ExceededError{r.limit}
	}
	return n, err
}

// ErrIrregular reports a device, pipe or folder where a regular file belongs.
var ErrIrregular = errors.New("not a regular file")

// ReadFile reads a file up to the limit, whatever size it claims to have. It
// accepts pipes and devices, as shells pass them.
func (l Limit) ReadFile(name string) ([]byte, error) { return l.readFile(name, false) }

// ReadRegular reads a regular file up to the limit. It never waits for a pipe.
func (l Limit) ReadRegular(name string) ([]byte, error) { return l.readFile(name, true) }

// ReadFS reads a regular file of a tree up to the limit.
func (l Limit) ReadFS(tree fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(tree, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: ErrIrregular}
	}
	f, err := tree.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := l.readOpen(f, info)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return data, nil
}

func (l Limit) readFile(name string, regular bool) ([]byte, error) {
	wrong := func(err error) ([]byte, error) {
		var at *fs.PathError
		if !errors.As(err, &at) {
			err = &fs.PathError{Op: "read", Path: name, Err: err}
		}
		return nil, err
	}
	if regular {
		// before it is opened, which can block
		info, err := os.Stat(name)
		if err == nil && !info.Mode().IsRegular() {
			err = ErrIrregular
		}
		if err != nil {
			return wrong(err)
		}
	}
	// opening a pipe without a writer would block, and nothing could interrupt it
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return wrong(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return wrong(err)
	}
	if info.Mode().Type() == fs.ModeNamedPipe {
		data, err := l.Read(&pipe{File: f, until: time.Now().Add(pipeWait), begun: isDescriptor(name)})
		if err != nil {
			return wrong(err)
		}
		return data, nil
	}
	data, err := l.readOpen(f, info)
	if err != nil {
		return wrong(err)
	}
	return data, nil
}

// pipeWait limits the wait for a pipe's first byte, so that a command ends even if nothing is ever written.
var pipeWait = 30 * time.Second

// ErrSilentPipe reports a pipe into which nothing is written.
var ErrSilentPipe = errors.New("nothing is written into this pipe")

// pipe reads a pipe that was opened without waiting for its writer. Until the first byte, it takes an end for a writer
// that has not opened the pipe yet.
type pipe struct {
	*os.File
	until time.Time
	begun bool // a pipe that is open already has had its writer
}

// isDescriptor reports whether a name leads to an open descriptor of a process, as /dev/stdin does.
func isDescriptor(name string) bool {
	name, err := filepath.Abs(name)
	for links := 0; err == nil && links < 40; links++ { // as many as Linux follows
		dir := filepath.Dir(name)
		if resolved, err := filepath.EvalSymlinks(dir); err == nil {
			dir = resolved
		}
		if dir == "/dev/fd" || strings.HasPrefix(dir, "/proc/") && filepath.Base(dir) == "fd" {
			return true
		}
		if name, err = os.Readlink(name); !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
	}
	return false
}

func (p *pipe) Read(data []byte) (int, error) {
	for !p.begun {
		_ = p.SetReadDeadline(p.until) // a pipe of a shell that has none is read as it is
		n, err := p.File.Read(data)
		switch {
		case n > 0:
			p.begun = true
			_ = p.SetReadDeadline(time.Time{})
			return n, err
		case errors.Is(err, os.ErrDeadlineExceeded), time.Now().After(p.until):
			return 0, ErrSilentPipe
		case err != io.EOF:
			return 0, err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return p.File.Read(data)
}

// readOpen reads an open file up to the limit. A regular file over the limit is refused
// unread, and any other is read into a buffer of its size, as [io.ReadAll] allocates 5 times
// as much for 330 KB. Files of /proc have no size.
func (l Limit) readOpen(f io.Reader, info fs.FileInfo) ([]byte, error) {
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return l.Read(f)
	}
	if err := l.Check(info.Size()); err != nil {
		return nil, err
	}
	var data bytes.Buffer
	data.Grow(int(info.Size()) + bytes.MinRead) // of which a file that grows takes more
	if _, err := data.ReadFrom(l.Reader(f)); err != nil {
		return nil, err
	}
	return data.Bytes(), nil
}
