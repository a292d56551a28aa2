package snapshot_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
)

// small are configuration files of a line each.
func small(n int) (all []snapshot.InlineFile) {
	for i := range n {
		all = append(all, snapshot.InlineFile{Name: fmt.Sprintf("f%d.env", i), Content: fmt.Sprintf("VAR_%d=1\n", i)})
	}
	return all
}

// Many small files cost what one file with the same settings costs.
func TestFilesAreEvaluatedTogether(t *testing.T) {
	taker := snapshot.New(compile.Embedded(), key)
	cost := func(given []snapshot.InlineFile) (mib uint64, err error) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err = taker.Take(t.Context(), snapshot.Sources{Given: given})
		runtime.ReadMemStats(&after)
		return (after.TotalAlloc - before.TotalAlloc) >> 20, err
	}
	if _, err := cost(small(1)); err != nil { // makes what lasts
		t.Fatal(err)
	}
	one, err := cost(small(1))
	if err != nil {
		t.Fatal(err)
	}
	many, err := cost(small(100))
	if err != nil {
		t.Fatal(err)
	}
	if t.Logf("one file: %d MiB; 100: %d MiB", one, many); many > 10*one+20 {
		t.Errorf("100 files take %d MiB, and one takes %d", many, one)
	}
	for _, n := range []int{101, 400, 4000} {
		none, err := cost(small(n))
		var wrong *snapshot.SourceError
		if !errors.As(err, &wrong) || wrong.Fault != snapshot.OfRequest ||
			!strings.Contains(err.Error(), "more than the limit of 100 configuration files in one request") ||
			wrong.Remedy == "" {
			t.Errorf("%d files: %v", n, err)
		}
		if none > 4 {
			t.Errorf("%d files take %d MiB to refuse", n, none)
		}
	}
}

func TestSnapshotEndsWithItsContext(t *testing.T) {
	gone, leave := context.WithCancel(context.Background())
	leave()
	if _, err := snapshot.New(engine, key).Take(gone, snapshot.Sources{Given: small(10)}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
