package cli

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
)

// It is made once for as many uses as it stands, and again after an idle time.
func TestLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		made := 0
		l := &lease[int]{uses: 3, make: func() (int, error) { made++; return made, nil }}
		use := func(want int) {
			t.Helper()
			if got, err := l.get(); got != want || err != nil {
				t.Errorf("the %dth is given, not the %dth: %v", got, want, err)
			}
		}
		for _, want := range []int{1, 1, 1, 2, 2} {
			use(want)
			time.Sleep(leaseIdle / 2)
		}
		time.Sleep(leaseIdle)
		synctest.Wait()
		if l.has {
			t.Error("nobody has asked for long, and it is kept")
		}
		use(3)
		l.spend(2) // a large one
		use(4)
		time.Sleep(leaseIdle + time.Second) // nothing runs on after the test
	})
}

// However many snapshots are taken, and with whichever engine, they are the same.
func TestTakesOfManyEngines(t *testing.T) {
	r := newTaker(t.TempDir(), make([]byte, 32))
	from := snapshot.Sources{Given: []snapshot.Given{{Name: "server.env", Content: "TEMPORAL_SQL_MAX_CONNS=50\nTEMPORAL_SQL_PASSWORD=hunter2hunter2\n"}}}
	var first *snapshot.Taken
	engines := map[*snapshot.Taker]bool{}
	for i := range 2*snapshotsOfEngine + 1 {
		if i == snapshotsOfEngine+1 {
			r.end()
		}
		taken, err := r.Take(context.Background(), from)
		if err != nil {
			t.Fatal(err)
		}
		engines[r.what] = true
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
