package store_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

// A backup is consistent if the index is copied before the documents, while the service runs.
func TestBackupAndRestore(t *testing.T) {
	ctx, dir, backup := context.Background(), t.TempDir(), t.TempDir()
	s, err := store.Open(ctx, store.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	ids := map[string]string{}
	for _, name := range []string{"kept", "deleted meanwhile"} {
		m, err := s.Create(ctx, smallProfile(name), nil)
		if err != nil {
			t.Fatal(err)
		}
		ids[name] = m.ID
	}
	if _, err := s.SetBaseline(ctx, ids["kept"], nil); err != nil {
		t.Fatal(err)
	}
	kept := smallProfile("kept")
	assessment := behaviour.Assessment{
		ClusterID: kept.ClusterID, WindowStart: kept.WindowStart, WindowEnd: kept.WindowEnd, Health: "healthy", ProfileID: ids["kept"],
	}
	assessed, _, err := s.CreateAssessment(ctx, assessment, []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	// 1. the index
	db, err := sql.Open("sqlite", filepath.Join(dir, "index.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO '"+filepath.Join(backup, "index.sqlite")+"'")
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	// the service goes on
	created, err := s.Create(ctx, smallProfile("created meanwhile"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(ctx, ids["deleted meanwhile"]); err != nil {
		t.Fatal(err)
	}
	// 2. the documents
	if err := os.CopyFS(filepath.Join(backup, "documents"), os.DirFS(filepath.Join(dir, "documents"))); err != nil {
		t.Fatal(err)
	}
	restored, err := store.Open(ctx, store.Options{DataDir: backup})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = restored.Close() }()
	found, err := restored.Sweep(ctx, -time.Hour, store.Discard)
	if err != nil || len(found) != 2 {
		t.Errorf("a sweep: %+v, %v", found, err)
	}
	for _, p := range found {
		want := map[string]string{created.ID: store.NoRow, ids["deleted meanwhile"]: store.NoDocument}[p.ID]
		if p.Kind != want || !p.Repaired {
			t.Errorf("%+v", p)
		}
	}
	page, err := restored.List(ctx, store.Filter{}, 0, "")
	if err != nil || len(page.Profiles) != 2 {
		t.Errorf("restored: %+v, %v", page, err)
	}
	if b, err := restored.Baseline(ctx, "eu", ""); err != nil || b == nil || b.ProfileID != ids["kept"] {
		t.Errorf("the baseline: %+v, %v", b, err)
	}
	if _, _, err := restored.Assessment(ctx, assessed.ID); err != nil {
		t.Errorf("the assessment: %v", err)
	}
}
