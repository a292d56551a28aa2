package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

// testListing compares every listing with the profiles of the whole set that match.
func testListing(t *testing.T, o store.Options) {
	ctx, s := context.Background(), openStore(t, o)
	all := map[string]behaviour.Metadata{}
	baselines := map[[2]string]string{}
	maybe := func(t *rapid.T, name string, values ...string) *string {
		return rapid.Ptr(rapid.SampledFrom(values), true).Draw(t, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		for range rapid.IntRange(0, 2).Draw(t, "profiles") {
			m, err := s.Create(ctx, drawProfile(t), nil)
			if err != nil {
				t.Fatal(err)
			}
			all[m.ID] = m
			if rapid.Bool().Draw(t, "baseline") {
				if _, err := s.SetBaseline(ctx, m.ID, nil); err != nil {
					t.Fatal(err)
				}
				baselines[[2]string{m.ClusterID, m.Namespace}] = m.ID
			}
		}
		f := store.Filter{
			Cluster:   maybe(t, "of cluster", "eu", "us", "é%_", "none"),
			Namespace: maybe(t, "of namespace", "", "payments", "orders"),
			TaskQueue: maybe(t, "of task queue", "", "mail"),
			Label:     maybe(t, "of label", "", "before", "after"),
			Baseline:  rapid.Ptr(rapid.Bool(), true).Draw(t, "of baselines"),
		}
		if rapid.Bool().Draw(t, "has from") {
			f.From = noon.Add(time.Duration(rapid.IntRange(-72, 72).Draw(t, "from")) * time.Hour)
		}
		if rapid.Bool().Draw(t, "has to") {
			f.To = noon.Add(time.Duration(rapid.IntRange(-72, 72).Draw(t, "to")) * time.Hour)
		}
		is := func(want *string, got string) bool { return want == nil || *want == got }
		want := []behaviour.Metadata{}
		for _, m := range all {
			m.IsBaseline = baselines[[2]string{m.ClusterID, m.Namespace}] == m.ID
			if is(f.Cluster, m.ClusterID) && is(f.Namespace, m.Namespace) && is(f.TaskQueue, m.TaskQueue) && is(f.Label, m.Label) &&
				(f.From.IsZero() || m.WindowEnd.After(f.From)) && (f.To.IsZero() || m.WindowStart.Before(f.To)) &&
				(f.Baseline == nil || *f.Baseline == m.IsBaseline) {
				want = append(want, m)
			}
		}
		slices.SortFunc(want, func(a, b behaviour.Metadata) int {
			if c := b.WindowStart.Compare(a.WindowStart); c != 0 {
				return c
			}
			return strings.Compare(b.ID, a.ID)
		})
		got := []behaviour.Metadata{}
		limit := rapid.IntRange(1, 40).Draw(t, "limit")
		for page, err := range listPages(s, f, limit) {
			if err != nil {
				t.Fatal(err)
			}
			if len(page) > limit {
				t.Fatalf("a page of %d has %d", limit, len(page))
			}
			got = append(got, page...)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("-want +got\n%s", d)
		}
	})
}

func listPages(s *store.Store, f store.Filter, limit int) iter.Seq2[[]behaviour.Metadata, error] {
	return func(yield func([]behaviour.Metadata, error) bool) {
		for cursor := ""; ; {
			page, err := s.List(context.Background(), f, limit, cursor)
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(page.Profiles, nil) || page.Next == "" {
				return
			}
			cursor = page.Next
		}
	}
}

func testPages(t *testing.T, o store.Options) {
	s := openStore(t, o)
	var ids []string
	for i := range 9 {
		ids = append(ids, createProfile(t, s, newProfile(fmt.Sprint(i), noon.Add(time.Duration(i/2)*time.Hour))).ID)
	}
	gone := ids[8] // the first of the listing
	var got []string
	for page, err := range listPages(s, store.Filter{}, 2) {
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page {
			got = append(got, m.ID)
		}
		// a newer one, and the one that the cursor is of, if it is the first page's
		createProfile(t, s, newProfile("newer", noon.Add(10*time.Hour)))
		if err := s.Delete(context.Background(), gone); err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Fatal(err)
		}
	}
	slices.Reverse(ids)
	if d := cmp.Diff(ids, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

func testCursor(t *testing.T, o store.Options) {
	ctx, s := context.Background(), openStore(t, o)
	createProfile(t, s, newProfile("a", noon))
	createProfile(t, s, newProfile("b", noon))
	page, err := s.List(ctx, store.Filter{}, 1, "")
	if err != nil || page.Next == "" {
		t.Fatalf("%+v, %v", page, err)
	}
	cluster := "eu"
	for name, list := range map[string]func() (*store.Page, error){
		"of another filter": func() (*store.Page, error) { return s.List(ctx, store.Filter{Cluster: &cluster}, 1, page.Next) },
		"of nothing":        func() (*store.Page, error) { return s.List(ctx, store.Filter{}, 1, "abc") },
		"cut":               func() (*store.Page, error) { return s.List(ctx, store.Filter{}, 1, page.Next[:len(page.Next)-4]) },
		"too many":          func() (*store.Page, error) { return s.List(ctx, store.Filter{}, store.MaxLimit+1, "") },
	} {
		if _, err := list(); !isRequestError(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// testSameHour checks which windows show a daily cycle: those at the hour of another window, that end before the given
// one and are about as long.
func testSameHour(t *testing.T, o store.Options) {
	s := openStore(t, o)
	add := func(name string, days, hours int) behaviour.Metadata {
		return createProfile(t, s, newProfile(name, noon.AddDate(0, 0, days).Add(time.Duration(hours)*time.Hour)))
	}
	baseline := add("baseline", 10, 0)
	add("evening", 9, 6)
	add("eve", 9, 12)
	add("eve, again", 9, 12)
	add("the day before", 8, 12)
	add("too long ago", 2, 12)
	add("after the baseline", 10, 12)
	late := newProfile("late by 20 minutes", noon.AddDate(0, 0, 7).Add(12*time.Hour+20*time.Minute))
	createProfile(t, s, late)
	other := newProfile("another namespace", noon.AddDate(0, 0, 6).Add(12*time.Hour))
	other.Namespace = "orders"
	createProfile(t, s, other)
	short := newProfile("short", noon.AddDate(0, 0, 5).Add(12*time.Hour))
	short.WindowEnd = short.WindowStart.Add(10 * time.Minute)
	createProfile(t, s, short)
	found, err := s.SameHour(t.Context(), baseline, noon.AddDate(0, 0, 12).Add(12*time.Hour))
	var days []int
	for _, m := range found {
		days = append(days, m.WindowStart.Day())
	}
	// noon of the first day is at 12:00 of 5 October
	if want := []int{15, 14, 13}; err != nil || !slices.Equal(days, want) {
		t.Errorf("%v, %v, not %v", days, err, want)
	}
}
