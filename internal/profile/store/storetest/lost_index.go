package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

// testLostIndex opens the documents with an empty index: a sweep restores the profiles, the last baseline and the last
// assessment of each window.
func testLostIndex(t *testing.T, o store.Options) {
	ctx, d := context.Background(), openDocuments(t, o)
	s := openStore(t, o)
	first, second := createProfile(t, s, newProfile("first", noon)), createProfile(t, s, newProfile("second", noon))
	whole := newProfile("of the whole cluster", noon)
	whole.Namespace = ""
	other := createProfile(t, s, whole)
	for _, id := range []string{first.ID, second.ID, other.ID} {
		if _, err := s.SetBaseline(ctx, id, nil); err != nil {
			t.Fatal(err)
		}
	}
	a := behaviour.Assessment{ClusterID: "eu", Namespace: "payments", WindowStart: noon, WindowEnd: noon.Add(time.Hour),
		Health: "healthy", ProfileID: first.ID, BaselineID: second.ID}
	if _, _, err := s.CreateAssessment(ctx, a, []byte(`{"n": 1}`)); err != nil {
		t.Fatal(err)
	}
	a.Health = "degraded"
	replaced, err := s.ReplaceAssessment(ctx, a, []byte(`{"n": 2}`))
	if err != nil {
		t.Fatal(err)
	}
	clusters, err := s.Clusters(ctx)
	if err != nil {
		t.Fatal(err)
	}
	expectSweep(t, s, store.Finish)

	// a deleted copy is written again
	for entry, err := range d.List(ctx, "") {
		if err != nil {
			t.Fatal(err)
		}
		if entry.Name[0] != 'p' {
			if err := d.Delete(ctx, entry.Name); err != nil {
				t.Fatal(err)
			}
		}
	}
	expectSweep(t, s, store.Finish, store.NoCopy, store.NoCopy, store.NoCopy)
	expectSweep(t, s, store.Report)

	empty := openStore(t, store.Options{Documents: d, DataDir: t.TempDir()})
	kinds := []string{store.NoAssessment, store.NoBaseline, store.NoBaseline, store.NoRow, store.NoRow, store.NoRow}
	expectSweep(t, empty, store.Report, kinds...)
	expectSweep(t, empty, store.Finish, kinds...)
	expectSweep(t, empty, store.Finish)
	restored, err := empty.Clusters(ctx)
	if diff := cmp.Diff(clusters, restored); diff != "" || err != nil {
		t.Errorf("-want +got\n%s%v", diff, err)
	}
	got, details, err := empty.Assessment(ctx, replaced.ID)
	if diff := cmp.Diff(replaced, got); diff != "" || err != nil || string(details) != `{"n":2}` && string(details) != `{"n": 2}` {
		t.Errorf("-want +got\n%s%s, %v", diff, details, err)
	}
	if is := listBaselines(t, empty); len(is) != 2 || !slices.Contains(is, second.ID) || !slices.Contains(is, other.ID) {
		t.Errorf("the baselines are %v", is)
	}
	if err := empty.Delete(ctx, second.ID); !errors.Is(err, store.ErrIsBaseline) {
		t.Errorf("delete the restored baseline: %v", err)
	}
}
