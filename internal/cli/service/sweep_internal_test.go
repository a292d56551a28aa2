package service

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

// TestServiceSweeps checks that a service lists and logs what a crash left unlisted, and
// ignores young documents.
func TestServiceSweeps(t *testing.T) {
	opened := func(dir string) *store.Store {
		kept, err := store.Open(t.Context(), store.Options{DataDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := kept.Close(); err != nil {
				t.Error(err)
			}
		})
		return kept
	}
	dir, other := t.TempDir(), t.TempDir()
	start := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	m, err := opened(dir).Create(t.Context(), behaviour.Profile{Metadata: behaviour.Metadata{Name: "left", ClusterID: "eu",
		WindowStart: start, WindowEnd: start.Add(time.Hour)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(other, "documents"), os.DirFS(filepath.Join(dir, "documents"))); err != nil {
		t.Fatal(err)
	}
	kept := opened(other)
	swept := func() string {
		var log bytes.Buffer
		running, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer stop()
		sweepPeriodically(running, kept, 20*time.Millisecond, slog.New(slog.NewTextHandler(&log, nil)))
		return log.String()
	}
	if said := swept(); said != "" {
		t.Errorf("of what may be under way: %s", said)
	}
	name := filepath.Join(other, "documents", "profiles", m.ID[:4], m.ID+".json.zst")
	if err := os.Chtimes(name, time.Time{}, time.Now().Add(-2*store.SweepGrace)); err != nil {
		t.Fatal(err)
	}
	said := swept()
	if n := bytes.Count(
		[]byte(said),
		[]byte("found=document_without_row"),
	); n != 1 ||
		!bytes.Contains([]byte(said), []byte("repaired=true")) {
		t.Errorf("%d are told: %s", n, said)
	}
	if found, err := kept.Metadata(t.Context(), m.ID); err != nil || found.Name != "left" {
		t.Errorf("%+v, %v", found, err)
	}
}
