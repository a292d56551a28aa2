package lint

import (
	"errors"
	"strings"
	"testing"
)

func TestResultsReachTheOneThatWaits(t *testing.T) {
	t.Parallel()
	failure := errors.New("failure")
	if n, err := concurrently(func() (int, error) { return 4, failure })(); n != 4 || !errors.Is(err, failure) {
		t.Errorf("got %d, %v", n, err)
	}
	if _, err := concurrently(
		func() (int, error) { panic("broken") },
	)(); err == nil ||
		!strings.Contains(err.Error(), "internal error: broken") {
		t.Errorf("got %v", err)
	}
}
