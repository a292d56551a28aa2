package enginepool_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/enginepool"
)

func TestPool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		created, dropped := 0, 0
		p := &enginepool.Pool[int]{MaxUses: 3, Create: func() (int, error) { created++; return created, nil }, OnDrop: func() { dropped++ }}
		borrow := func(want int) {
			t.Helper()
			if got, err := p.Borrow(); got != want || err != nil {
				t.Errorf("borrowed value %d, want %d: %v", got, want, err)
			}
		}
		for _, want := range []int{1, 1, 1, 2, 2} {
			borrow(want)
			time.Sleep(enginepool.DefaultIdleTimeout / 2)
		}
		time.Sleep(enginepool.DefaultIdleTimeout)
		synctest.Wait()
		if dropped != 1 {
			t.Errorf("dropped %d idle values, want 1", dropped)
		}
		borrow(3)
		p.AddUses(2)
		borrow(4)
		p.Close()
		borrow(5)
		p.Close()
	})
}
