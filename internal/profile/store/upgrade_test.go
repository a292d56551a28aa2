package store_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

// A store that the program of 28 November wrote is opened, migrated and read. The program wrote it as a service: it
// created two profiles by key, set the first as the baseline, assessed a third window, and its answers to
// GET /profiles/{id} have the sums in profiles.sha256. The folder is never changed. Add one for each release:
//
//	temporal-dsql serve --data-dir FOLDER --prometheus-url …
func TestStoreOfOlderProgram(t *testing.T) {
	const fixture = "testdata/written-28-november"
	ctx, dir := t.Context(), t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(fixture)); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(ctx, store.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	sums, err := os.ReadFile(filepath.Join(fixture, "profiles.sha256"))
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for line := range strings.Lines(string(sums)) {
		sum, id, _ := strings.Cut(strings.TrimSpace(line), "  ")
		_, data, err := s.JSON(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if now := sha256.Sum256(data); hex.EncodeToString(now[:]) != sum {
			t.Errorf("%s: the document is not the one that was written", id)
		}
		if p, err := s.Get(ctx, id); err != nil || len(p.Telemetry) == 0 {
			t.Errorf("%s: %v, without telemetry", id, err)
		}
		read++
	}
	page, err := s.List(ctx, store.Filter{}, 0, "")
	if err != nil || read != 3 || len(page.Profiles) != read {
		t.Fatalf("%d profiles are listed and %d read, not 3: %v", len(page.Profiles), read, err)
	}
	first := page.Profiles[2]
	if first.Name != "first" || !first.IsBaseline {
		t.Errorf("the profile of the first window is %+v", first)
	}
	if b, err := s.Baseline(ctx, "eu", ""); err != nil || b == nil || b.ProfileID != first.ID {
		t.Errorf("the baseline is %+v, %v, not %s", b, err, first.ID)
	}
	assessed, err := s.Assessments(ctx, store.AssessmentFilter{}, 0, "")
	if err != nil || len(assessed.Assessments) != 1 {
		t.Fatalf("assessments: %+v, %v", assessed, err)
	}
	one, details, err := s.Assessment(ctx, assessed.Assessments[0].ID)
	if err != nil || one.Health != "healthy" || one.BaselineID != first.ID || !strings.Contains(string(details), `"drift"`) {
		t.Errorf("the assessment is %+v, %v: %.100s", one, err, details)
	}
	// what later releases keep besides is written by a sweep
	for _, repairs := range []store.Repairs{store.Finish, store.Report} {
		found, err := s.Sweep(ctx, -time.Hour, repairs)
		if want := map[store.Repairs]int{store.Finish: 2}[repairs]; err != nil || len(found) != want {
			t.Errorf("a sweep finds %+v, %v", found, err)
		}
	}
}
