package registry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/measure"
)

// A table is evaluated once: CUE keeps each evaluation in memory, and a service reads the versions with every request.
func TestTablesAreEvaluatedOnce(t *testing.T) {
	engine := compile.Embedded()
	read := func() {
		if v, err := engine.Versions(); err != nil || len(v.TemporalServers) == 0 {
			t.Fatalf("versions %v: %v", v, err)
		}
	}
	first := measure.Allocated(read)
	if again := measure.Allocated(read); again > first/100 {
		t.Errorf("the first reading allocates %d KiB, and the next %d", first>>10, again>>10)
	}
}

// Each caller has its own copy of a table: what one changes in it, no other sees.
func TestTablesAreCopied(t *testing.T) {
	engine := compile.Embedded()
	first, err := engine.Parameters()
	if err != nil {
		t.Fatal(err)
	}
	want, err := compile.Embedded().Parameters()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if diff := cmp.Diff(want, first); diff != "" {
			t.Fatalf("a copy differs:\n%s", diff)
		}
		for _, p := range first {
			for i := range p.ActsOn {
				p.ActsOn[i] = ""
			}
			for i := range p.Env {
				clear(p.Env[i].When)
			}
			clear(p.SDK)
			if p.SDKInstead != nil {
				p.SDKInstead.Parameter = ""
			}
		}
		clear(first)
		if first, err = engine.Parameters(); err != nil {
			t.Fatal(err)
		}
	}
}

// A listing is decoded once.
func TestListingsAreDecodedOnce(t *testing.T) {
	engine := compile.Embedded()
	read := func() {
		if all, err := engine.Keys(""); err != nil || len(all) == 0 {
			t.Fatalf("%d keys: %v", len(all), err)
		}
	}
	read()
	if again := measure.Allocated(read); again > 4<<20 {
		t.Errorf("keys are read again with %d KiB", again>>10)
	}
}
