package registry_test

import (
	"testing"

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
