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
	ctx, s := context.Background(), openStore(t, o)
	r := &store.IdempotencyKey{Key: "k", Digest: "d"}
	if m, err := s.Earlier(ctx, r); m != nil || err != nil {
		t.Fatalf("before: %v, %v", m, err)
	}
	first, err := s.Create(ctx, newProfile("a", noon), r)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.Create(ctx, newProfile("a", noon), r); err != nil || again != first {
		t.Errorf("again: %+v, %v", again, err)
	}
	if _, err := s.Create(
		ctx,
		newProfile("b", noon),
		&store.IdempotencyKey{Key: "k", Digest: "other"},
	); !errors.Is(
		err,
		store.ErrKeyReused,
	) {
		t.Errorf("another request: %v", err)
	}
	if err := s.Delete(ctx, first.ID); err != nil {
		t.Fatal(err)
	}
	if anew, err := s.Create(ctx, newProfile("a", noon), r); err != nil || anew.ID == first.ID {
		t.Errorf("after the deletion: %+v, %v", anew, err)
	}
	expectSweep(t, s, store.Finish)
}

func testRequestRace(t *testing.T, o store.Options) {
	ctx, s := context.Background(), openStore(t, o)
	const writers = 8
	var ids [writers]string
	runTogether(writers, func(i int) {
		m, err := s.Create(ctx, newProfile(fmt.Sprint(i), noon), &store.IdempotencyKey{Key: "k", Digest: "d"})
		if err != nil {
			t.Error(err)
		}
		ids[i] = m.ID
	})
	if len(slices.Compact(ids[:])) != 1 {
		t.Errorf("the writers got %v", ids)
	}
	if got := listProfiles(t, s); len(got) != 1 || got[0].ID != ids[0] {
		t.Errorf("there are %+v", got)
	}
	expectSweep(t, s, store.Finish) // the others' documents are gone
}
