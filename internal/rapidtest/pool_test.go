package rapidtest_test

import (
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
)

// Of the inputs that properties share, each output is made once, and every input is drawn.
func TestOutputsAreMadeOnce(t *testing.T) {
	var made, drawn atomic.Int64
	ids := rapid.Custom(func(t *rapid.T) int64 {
		rapid.Bool().Draw(t, "anything")
		return drawn.Add(1)
	})
	pool := rapidtest.NewPool(ids, func(id int64) (int64, error) {
		made.Add(1)
		return -id, nil
	})
	seen := map[int64]bool{}
	rapid.Check(t, func(t *rapid.T) {
		for range 20 {
			in, out := pool.Draw(t, "id")
			if out != -in {
				t.Fatalf("the output of %d is %d", in, out)
			}
			seen[in] = true
		}
	})
	if n := int64(len(seen)); n == 0 || n != made.Load() || n != drawn.Load() {
		t.Errorf("%d inputs were seen of %d, and %d outputs made", n, drawn.Load(), made.Load())
	}
}
