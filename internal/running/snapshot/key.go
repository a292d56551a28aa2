package snapshot

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

const keyLength = 32

// KeyIn is the key of the digests that is kept in a folder; it is made where there
// is none. Processes that make it at once get the same.
func KeyIn(dir string) ([]byte, error) {
	name := filepath.Join(dir, "redaction.key")
	if key, err := readKey(name); !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the key of the digests: %w", err)
	}
	key := make([]byte, keyLength)
	_, _ = rand.Read(key)                        // never fails
	f, err := os.CreateTemp(dir, ".redaction-*") // for its owner alone
	if err != nil {
		return nil, fmt.Errorf("make the key of the digests: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(key)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("make the key of the digests: %w", err)
	}
	// one of those who make it wins
	if err := os.Link(f.Name(), name); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make the key of the digests: %w", err)
	}
	return readKey(name)
}

func readKey(name string) ([]byte, error) {
	key, err := budget.SecretFile.ReadRegular(name)
	if err != nil {
		return nil, fmt.Errorf("read the key of the digests: %w", err)
	}
	if len(key) != keyLength {
		return nil, fmt.Errorf("the key of the digests %s has %d bytes, not %d: remove it, and digests change once", name, len(key), keyLength)
	}
	return key, nil
}
