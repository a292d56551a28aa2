package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// WrapReadError reports an unreadable file, with the remedy of the size limit if that is
// the cause.
func WrapReadError(doing string, err error, remedy string) error {
	if exceeded := budget.IsExceeded(err); exceeded != nil {
		remedy = exceeded.Limit.Remedy
	}
	return source.Unreadable(doing, err, remedy)
}

// ReplaceFile replaces a file atomically.
func ReplaceFile(name string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".deployment-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	return os.Rename(f.Name(), name)
}

// WrapWriteError marks an error of a write, and names the file.
func WrapWriteError(err error) error {
	var at *fs.PathError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &at):
		return fmt.Errorf("%w %s: %w", ErrIO, at.Path, at.Err)
	}
	return fmt.Errorf("%w: %w", ErrIO, err)
}
