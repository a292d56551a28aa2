package store_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

func smallProfile(name string) behaviour.Profile {
	start := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	var p behaviour.Profile
	p.Name, p.ClusterID, p.WindowStart, p.WindowEnd = name, "eu", start, start.Add(time.Hour)
	return p
}

func createProfile(t *testing.T, s *store.Store, name string) string {
	t.Helper()
	m, err := s.Create(context.Background(), smallProfile(name), nil)
	if err != nil {
		t.Fatal(err)
	}
	return m.ID
}

// On a full disk nothing is created and the store is not ready, but profiles can be deleted, which makes space.
func TestFullDiskAllowsDeletion(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m,mode=700"); err != nil {
		t.Skipf("mount a small disk: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	s, err := store.Open(t.Context(), store.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	ids := []string{createProfile(t, s, "a"), createProfile(t, s, "b")}
	junk, err := os.Create(filepath.Join(dir, "junk"))
	if err != nil {
		t.Fatal(err)
	}
	for size := 1 << 16; size > 0; {
		if _, err := junk.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	if err := s.Ready(t.Context()); !store.IsDiskFull(err) {
		t.Errorf("a store on a full disk is ready: %v", err)
	}
	if _, err := s.Create(t.Context(), smallProfile("c"), nil); !store.IsDiskFull(err) {
		t.Errorf("a profile is created on a full disk: %v", err)
	}
	for _, id := range ids {
		if err := s.Delete(t.Context(), id); err != nil {
			t.Errorf("delete on a full disk: %v", err)
		}
		if _, err := s.Metadata(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a deleted profile: %v", err)
		}
	}
	if err := errors.Join(junk.Close(), os.Remove(junk.Name())); err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("with space again: %v", err)
	}
	createProfile(t, s, "d")
}

// Only the user of the service can read what a store holds, whatever the umask.
func TestFilesArePrivate(t *testing.T) {
	before := syscall.Umask(0)
	defer syscall.Umask(before)
	dir := filepath.Join(t.TempDir(), "data")
	s, err := store.Open(t.Context(), store.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	createProfile(t, s, "a")
	seen := 0
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if seen++; info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %s", path, info.Mode())
		}
		return nil
	})
	if err != nil || seen < 6 {
		t.Errorf("%d files: %v", seen, err)
	}
}

// A store is ready if its documents can be read and written.
func TestReadinessReadsDocuments(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	id := createProfile(t, s, "a")
	document := filepath.Join(dir, "documents", "profiles", id[:4], id+".json.zst")
	if err := errors.Join(os.Remove(document), os.Symlink("/dev/zero", document)); err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "the documents cannot be read") {
		t.Errorf("with a document that is a device: %v", err)
	}
	if err := os.Remove(document); err != nil {
		t.Fatal(err)
	}
	unfinished := filepath.Join(dir, "documents", ".tmp")
	if err := os.Remove(unfinished); err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "the documents cannot be written") {
		t.Errorf("without the folder of unfinished documents: %v", err)
	}
	if err := os.Mkdir(unfinished, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("with the folder again: %v", err)
	}
}
