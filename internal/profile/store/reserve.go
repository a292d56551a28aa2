package store

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store/index"
)

// reserve is a file that keeps disk space free for deletions, because a row must be written before a document can go.
// A nil reserve holds nothing.
type reserve struct{ path string }

const (
	reserveName = "reserve"
	// reserveBytes is enough for SQLite's log of a deletion.
	reserveBytes = 1 << 20
)

// openReserve returns the reserve of a folder, and fills it as far as the disk allows.
func openReserve(dir string) *reserve {
	r := &reserve{filepath.Join(dir, reserveName)}
	r.fill()
	return r
}

// fill writes the reserve, unless it is complete or the disk has no space.
func (r *reserve) fill() {
	if r == nil {
		return
	}
	if info, err := os.Stat(r.path); err == nil && info.Size() >= reserveBytes {
		return
	}
	// written, not truncated: a hole takes no space
	if err := os.WriteFile(r.path, make([]byte, reserveBytes), 0o600); err != nil {
		_ = os.Remove(r.path)
	}
}

// retryWhenFull runs do, and again with the space of the reserve if the disk is full.
func (r *reserve) retryWhenFull(do func() error) error {
	err := do()
	if r == nil || !IsDiskFull(err) {
		return err
	}
	if os.Remove(r.path) != nil {
		return err
	}
	defer r.fill()
	return do()
}

// IsDiskFull reports whether an operation failed for lack of disk space.
func IsDiskFull(err error) bool {
	return index.IsDiskFull(err) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
