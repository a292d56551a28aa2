// Package budget states what one operation may cost and keeps account of what
// it spends. Every limit on input from outside lives here, so that each entry,
// each error and the documentation take it from one place.
package budget

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"
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

// Read reads everything up to the limit.
func (l Limit) Read(r io.Reader) ([]byte, error) { return io.ReadAll(l.Reader(r)) }

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
	data, err := l.Read(f)
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
	f, err := os.Open(name)
	if err != nil {
		return wrong(err)
	}
	defer func() { _ = f.Close() }()
	// a buffer of the file's size, which a file that grows exceeds: of 330 KB, io.ReadAll allocates 5 times as much
	var data bytes.Buffer
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		data.Grow(int(min(max(info.Size(), 0), l.Most)) + bytes.MinRead)
	}
	if _, err := data.ReadFrom(l.Reader(f)); err != nil {
		return wrong(err)
	}
	return data.Bytes(), nil
}
