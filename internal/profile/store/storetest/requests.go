package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

func testRequest(t *testing.T, o store.Options) {
	ctx, s := context.Background(), open(t, o)
	r := &store.Request{Key: "k", Digest: "d"}
	if m, err := s.Earlier(ctx, r); m != nil || err != nil {
		t.Fatalf("before: %v, %v", m, err)
	}
	first, err := s.Create(ctx, profile("a", noon), r)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.Create(ctx, profile("a", noon), r); err != nil || again != first {
		t.Errorf("again: %+v, %v", again, err)
	}
	if _, err := s.Create(ctx, profile("b", noon), &store.Request{Key: "k", Digest: "other"}); !errors.Is(err, store.ErrKeyReused) {
		t.Errorf("another request: %v", err)
	}
	if err := s.Delete(ctx, first.ID); err != nil {
		t.Fatal(err)
	}
	if anew, err := s.Create(ctx, profile("a", noon), r); err != nil || anew.ID == first.ID {
		t.Errorf("after the deletion: %+v, %v", anew, err)
	}
	sweeps(t, s, store.Finish)
}

func testRequestRace(t *testing.T, o store.Options) {
	ctx, s := context.Background(), open(t, o)
	const writers = 8
	var ids [writers]string
	together(writers, func(i int) {
		m, err := s.Create(ctx, profile(fmt.Sprint(i), noon), &store.Request{Key: "k", Digest: "d"})
		if err != nil {
			t.Error(err)
		}
		ids[i] = m.ID
	})
	if len(slices.Compact(ids[:])) != 1 {
		t.Errorf("the writers got %v", ids)
	}
	if got := list(t, s); len(got) != 1 || got[0].ID != ids[0] {
		t.Errorf("there are %+v", got)
	}
	sweeps(t, s, store.Finish) // the others' documents are gone
}
