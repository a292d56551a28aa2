package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/temporal-dsql/temporal-dsql/internal/snapshot"
)

// However many snapshots are taken, and with whichever engine, they are the same.
func TestTakesOfManyEngines(t *testing.T) {
	r := &renewedTaker{dir: t.TempDir(), key: make([]byte, 32)}
	from := snapshot.Sources{Given: []snapshot.Given{{Name: "server.env", Content: "TEMPORAL_SQL_MAX_CONNS=50\nTEMPORAL_SQL_PASSWORD=hunter2hunter2\n"}}}
	var first *snapshot.Taken
	engines := map[*snapshot.Taker]bool{}
	for i := range 2*takesOfEngine + 1 {
		if i == takesOfEngine+1 {
			r.forget()
		}
		taken, err := r.Take(t.Context(), from)
		if err != nil {
			t.Fatal(err)
		}
		engines[r.taker] = true
		if first == nil {
			first = taken
		}
		if diff := cmp.Diff(first, taken); diff != "" {
			t.Fatal(diff)
		}
	}
	if len(engines) != 3 {
		t.Errorf("%d engines", len(engines))
	}
}
