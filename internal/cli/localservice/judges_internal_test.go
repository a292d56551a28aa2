package localservice

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
	"github.com/temporal-dsql/temporal-dsql/internal/service/evaluator"
)

// Snapshots are equal, whichever engine takes them.
func TestSnapshotsOfPooledEngines(t *testing.T) {
	pool := evaluator.New(t.TempDir(), time.Now)
	defer pool.Close()
	p := newPooledTaker(pool, make([]byte, 32))
	from := snapshot.Sources{Given: []snapshot.InlineFile{{Name: "server.env",
		Content: "TEMPORAL_SQL_MAX_CONNS=50\nTEMPORAL_SQL_PASSWORD=hunter2hunter2\n"}}}
	var first *snapshot.Snapshot
	used := map[*evaluator.Set]bool{}
	for i := range 4 {
		if i == 2 {
			pool.Close()
		}
		taken, err := p.Take(context.Background(), from)
		if err != nil {
			t.Fatal(err)
		}
		if err := pool.Use(func(s *evaluator.Set) error { used[s] = true; return nil }); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = taken
		}
		if diff := cmp.Diff(first, taken); diff != "" {
			t.Fatal(diff)
		}
	}
	if len(used) != 2 {
		t.Errorf("used %d engines, want 2", len(used))
	}
}
