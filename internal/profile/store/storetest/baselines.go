package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

func createCandidates(t *testing.T, s *store.Store) (ids []string) {
	for i := range setters {
		ids = append(ids, createProfile(t, s, newProfile(fmt.Sprint(i), noon)).ID)
	}
	return ids
}

// listBaselines gives the ids that a listing says are baselines.
func listBaselines(t *testing.T, s *store.Store) (ids []string) {
	t.Helper()
	for _, m := range listProfiles(t, s) {
		if m.IsBaseline {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

func testFirstBaselines(t *testing.T, o store.Options) {
	var retries atomic.Int64
	o.OnRetry = func() { retries.Add(1) }
	ctx, s := context.Background(), openStore(t, o)
	ids := createCandidates(t, s)
	var got [setters]store.Baseline
	runTogether(setters, func(i int) {
		var err error
		if got[i], err = s.SetBaseline(ctx, ids[i], nil); err != nil {
			t.Error(err)
		}
	})
	t.Logf("%d transactions were retried", retries.Load())
	// each says whose place it took: one after the other, all of them, to the one that stands
	next := map[string]string{}
	for i, b := range got {
		if b.ProfileID != ids[i] || next[b.Previous] != "" {
			t.Errorf("%d got %+v, and %s replaced the same one", i, b, next[b.Previous])
		}
		next[b.Previous] = b.ProfileID
	}
	last, steps := "", 0
	for ; next[last] != ""; steps++ {
		last = next[last]
	}
	if is := listBaselines(t, s); steps != setters || !slices.Equal(is, []string{last}) {
		t.Errorf("after %d steps %s; the baselines are %v", steps, last, is)
	}
}

func testExpectedBaselines(t *testing.T, o store.Options) {
	ctx, s := context.Background(), openStore(t, o)
	ids := createCandidates(t, s)
	var errs [setters]error
	runTogether(setters, func(i int) { _, errs[i] = s.SetBaseline(ctx, ids[i], store.CurrentIs("")) })
	is, err := s.Baseline(ctx, "eu", "payments")
	if err != nil || is == nil {
		t.Fatalf("%+v, %v", is, err)
	}
	for i, err := range errs {
		var other *store.BaselineError
		won := ids[i] == is.ProfileID
		if won != (err == nil) || !won && (!errors.As(err, &other) || other.Current != is.ProfileID) {
			t.Errorf("%s is the baseline, and %s got: %v", is.ProfileID, ids[i], err)
		}
	}
	if b, err := s.SetBaseline(ctx, ids[0], store.CurrentIs(is.ProfileID)); err != nil || b.Previous != is.ProfileID {
		t.Errorf("in the place of the expected one: %+v, %v", b, err)
	}
}

func testBaselineAgainstDelete(t *testing.T, o store.Options) {
	ctx, s := context.Background(), openStore(t, o)
	for range 20 {
		id := createProfile(t, s, newProfile("a", noon)).ID
		var set, deleted error
		runTogether(2, func(i int) {
			if i == 0 {
				_, set = s.SetBaseline(ctx, id, nil)
			} else {
				deleted = s.Delete(ctx, id)
			}
		})
		switch {
		case set == nil && errors.Is(deleted, store.ErrIsBaseline):
			if _, err := s.Get(ctx, id); err != nil {
				t.Errorf("the baseline: %v", err)
			}
		case deleted == nil && errors.Is(set, store.ErrNotFound):
			if slices.Contains(listBaselines(t, s), id) {
				t.Error("the baseline is a profile that is gone")
			}
		default:
			t.Errorf("set: %v; deleted: %v", set, deleted)
		}
	}
	expectSweep(t, s, store.Finish)
}

// A profile is deleted before another one becomes the baseline, so its id never leads to that baseline.
func testBaselineOf(t *testing.T, o store.Options) {
	ctx, s := context.Background(), openStore(t, o)
	for round := range 10 {
		p := newProfile("gone", noon)
		p.Namespace = fmt.Sprint(round)
		gone := createProfile(t, s, p).ID
		p.Name = "next"
		next := createProfile(t, s, p).ID
		var done atomic.Bool
		runTogether(2, func(i int) {
			if i == 0 {
				defer done.Store(true)
				if err := s.Delete(ctx, gone); err != nil {
					t.Error(err)
				}
				if _, err := s.SetBaseline(ctx, next, nil); err != nil {
					t.Error(err)
				}
				return
			}
			for !done.Load() {
				if b, err := s.BaselineOf(ctx, gone); b != nil || err != nil && !errors.Is(err, store.ErrNotFound) {
					t.Errorf("the baseline of a profile that is gone: %+v, %v", b, err)
				}
			}
		})
		if b, err := s.BaselineOf(
			ctx,
			next,
		); err != nil || b == nil || b.ProfileID != next || b.Namespace != p.Namespace ||
			b.SetAt.IsZero() {
			t.Errorf("%+v, %v", b, err)
		}
	}
}

func testClusters(t *testing.T, o store.Options) {
	ctx, s := context.Background(), openStore(t, o)
	var last string
	for _, cluster := range []string{"us", "eu", "us", "ap"} {
		p := newProfile("a", noon)
		p.ClusterID = cluster
		last = createProfile(t, s, p).ID
	}
	if _, err := s.SetBaseline(ctx, last, nil); err != nil {
		t.Fatal(err)
	}
	got, err := s.Clusters(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		for j := range got[i].Baselines {
			got[i].Baselines[j].SetAt = time.Time{}
		}
	}
	none := []store.Baseline{}
	want := []store.Cluster{
		{ID: "ap", Baselines: []store.Baseline{{ClusterID: "ap", Namespace: "payments", ProfileID: last}}},
		{ID: "eu", Baselines: none},
		{ID: "us", Baselines: none},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}
