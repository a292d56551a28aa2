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

// A value is replaced only while no function uses it, and there is never a second one.
func TestUseReplacesOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		created := 0
		p := &enginepool.Pool[int]{MaxUses: 2, Create: func() (int, error) { created++; return created, nil }}
		defer p.Close()
		release := make(chan struct{})
		for range 2 {
			go func() {
				_ = p.Use(1, func(value int) error {
					<-release
					if value != 1 {
						t.Errorf("used value %d, want 1", value)
					}
					return nil
				})
			}()
		}
		synctest.Wait()
		got := 0
		go func() { _ = p.Use(1, func(value int) error { got = value; return nil }) }()
		synctest.Wait()
		if created != 1 || got != 0 {
			t.Errorf("created %d values while the first is in use, and used %d", created, got)
		}
		close(release)
		synctest.Wait()
		if created != 2 || got != 2 {
			t.Errorf("created %d values, used %d, want 2", created, got)
		}
	})
}

// A use that takes longer than the idle timeout keeps its value: a second one is not created meanwhile.
func TestALongUseKeepsItsValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		created := 0
		p := &enginepool.Pool[int]{Create: func() (int, error) { created++; return created, nil }}
		defer p.Close()
		err := p.Use(1, func(int) error {
			time.Sleep(3 * enginepool.DefaultIdleTimeout)
			second, err := p.Borrow()
			if second != 1 {
				t.Errorf("value %d was created meanwhile", second)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
