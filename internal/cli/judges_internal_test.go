package cli

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
)

// Snapshots are equal, whichever engine takes them.
func TestSnapshotsOfPooledEngines(t *testing.T) {
	p := newPooledTaker(t.TempDir(), make([]byte, 32))
	from := snapshot.Sources{Given: []snapshot.InlineFile{{Name: "server.env",
		Content: "TEMPORAL_SQL_MAX_CONNS=50\nTEMPORAL_SQL_PASSWORD=hunter2hunter2\n"}}}
	var first *snapshot.Snapshot
	engines := map[*snapshot.Taker]bool{}
	for i := range 2*snapshotsPerEngine + 1 {
		if i == snapshotsPerEngine+1 {
			p.pool.Close()
		}
		taken, err := p.Take(context.Background(), from)
		if err != nil {
			t.Fatal(err)
		}
		taker, err := p.pool.BorrowFor(0)
		if err != nil {
			t.Fatal(err)
		}
		engines[taker] = true
		if first == nil {
			first = taken
		}
		if diff := cmp.Diff(first, taken); diff != "" {
			t.Fatal(diff)
		}
	}
	if len(engines) != 3 {
		t.Errorf("used %d engines, want 3", len(engines))
	}
}
