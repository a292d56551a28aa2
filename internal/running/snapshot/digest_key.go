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

// LoadKey returns the digest key in a folder, and creates it if needed. Concurrent processes get the same key.
func LoadKey(dir string) ([]byte, error) {
	name := filepath.Join(dir, "redaction.key")
	if key, err := readKey(name); !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create the digest key: %w", err)
	}
	key := make([]byte, keyLength)
	_, _ = rand.Read(key)                        // never fails
	f, err := os.CreateTemp(dir, ".redaction-*") // readable by its owner only
	if err != nil {
		return nil, fmt.Errorf("create the digest key: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(key)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("create the digest key: %w", err)
	}
	// one of several concurrent creators wins
	if err := os.Link(f.Name(), name); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("create the digest key: %w", err)
	}
	return readKey(name)
}

func readKey(name string) ([]byte, error) {
	key, err := budget.SecretFile.ReadRegular(name)
	if err != nil {
		return nil, fmt.Errorf("read the digest key: %w", err)
	}
	if len(key) != keyLength {
		return nil, fmt.Errorf(
			"digest key %s: expected %[3]d bytes, found %[2]d; remove it to get a new one, which changes all digests once",
			name,
			len(key),
			keyLength,
		)
	}
	return key, nil
}
