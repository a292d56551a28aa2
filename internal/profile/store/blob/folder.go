package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// Folder stores documents as files. Its subfolder ".tmp" holds unfinished files.
type Folder struct{ dir string }

// unfinishedAge is the age of files that a crash must have left.
const unfinishedAge = time.Hour

// OpenFolder opens a folder of documents, creating it if needed.
func OpenFolder(dir string) (*Folder, error) {
	f := &Folder{dir: dir}
	if err := os.MkdirAll(f.unfinishedDir(), 0o700); err != nil {
		return nil, err
	}
	left, err := os.ReadDir(f.unfinishedDir())
	if err != nil {
		return nil, err
	}
	for _, e := range left {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > unfinishedAge {
			_ = os.Remove(filepath.Join(f.unfinishedDir(), e.Name()))
		}
	}
	return f, nil
}

func (f *Folder) unfinishedDir() string { return filepath.Join(f.dir, ".tmp") }

func (f *Folder) documentPath(name string) (string, error) {
	local := filepath.FromSlash(name)
	if !filepath.IsLocal(local) {
		return "", fmt.Errorf("%q is not a valid document name", name)
	}
	return filepath.Join(f.dir, local), nil
}

// Put writes a temporary file and links it to its name, which succeeds for one caller only.
func (f *Folder) Put(_ context.Context, name string, data []byte) (err error) {
	path, err := f.documentPath(name)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(f.unfinishedDir(), "")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	if _, err = tmp.Write(data); err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if err := makeDir(filepath.Dir(path)); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// Get reads a document.
func (f *Folder) Get(_ context.Context, name string) ([]byte, error) {
	path, err := f.documentPath(name)
	if err != nil {
		return nil, err
	}
	return budget.StoredDocument.ReadRegular(path)
}

// Delete removes a document.
func (f *Folder) Delete(_ context.Context, name string) error {
	path, err := f.documentPath(name)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return syncDir(filepath.Dir(path))
}

// List walks the folder.
func (f *Folder) List(ctx context.Context, prefix string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		stop := errors.New("stop")
		err := filepath.WalkDir(f.dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if path == f.unfinishedDir() {
				return fs.SkipDir
			}
			local, err := filepath.Rel(f.dir, path)
			name := filepath.ToSlash(local)
			if err != nil || d.IsDir() || !strings.HasPrefix(name, prefix) {
				return err
			}
			info, err := d.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil // removed meanwhile
			}
			if err != nil {
				return err
			}
			if !yield(Entry{Name: name, Modified: info.ModTime()}, nil) {
				return stop
			}
			return nil
		})
		if err != nil && !errors.Is(err, stop) {
			yield(Entry{}, err)
		}
	}
}

// probeBytes is the size of what Probe writes: more than one block of a disk.
const probeBytes = 8 << 10

// Probe writes a file and removes it.
func (f *Folder) Probe(context.Context) error {
	tmp, err := os.CreateTemp(f.unfinishedDir(), "")
	if err != nil {
		return err
	}
	_, err = tmp.Write(make([]byte, probeBytes))
	return errors.Join(err, tmp.Sync(), tmp.Close(), os.Remove(tmp.Name()))
}

// makeDir creates a folder durably.
func makeDir(dir string) error {
	err := os.Mkdir(dir, 0o700)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case errors.Is(err, fs.ErrNotExist):
		if err := makeDir(filepath.Dir(dir)); err != nil {
			return err
		}
		return makeDir(dir)
	case err != nil:
		return err
	}
	return syncDir(filepath.Dir(dir))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
