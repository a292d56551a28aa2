package enginepool_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/enginepool"
)

// A pool that drops its value returns the pages of the executable that were read for it, and the program goes on.
func TestDropReleasesTheExecutable(t *testing.T) {
	readExecutable(t)
	before := sharedPages(t)
	p := &enginepool.Pool[int]{IdleTimeout: time.Millisecond, Create: func() (int, error) { return 1, nil }}
	defer p.Close()
	if _, err := p.Borrow(); err != nil {
		t.Fatal(err)
	}
	after := before
	for deadline := time.Now().Add(10 * time.Second); after > before*3/4 && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		after = sharedPages(t)
	}
	if after > before*3/4 {
		t.Errorf("%d pages of files are in memory after the drop, %d before", after, before)
	}
}

// readExecutable brings all code of the test into memory.
func readExecutable(t *testing.T) {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = memory.Close() }()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(maps), "\n") {
		var start, end int64
		if _, err := fmt.Sscanf(line, "%x-%x r-xp", &start, &end); err != nil || !strings.HasSuffix(line, executable) {
			continue
		}
		if _, err := memory.ReadAt(make([]byte, end-start), start); err != nil {
			t.Fatal(err)
		}
	}
}

// sharedPages returns the resident pages of files.
func sharedPages(t *testing.T) (pages int) {
	t.Helper()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	var size, resident int
	if _, err := fmt.Sscan(string(data), &size, &resident, &pages); err != nil {
		t.Fatal(err)
	}
	return pages
}
