package prometheustest

import (
	"os"
	"strings"
	"testing"
)

// A Prometheus that cannot start says why, and leaves no folder.
func TestFailedStarts(t *testing.T) {
	for _, c := range []struct{ name, configuration, openmetrics, want string }{
		{"samples", "", "no samples", "create blocks"},
		{"configuration", "no configuration", "", "prometheus exited"},
	} {
		t.Run(c.name, func(t *testing.T) {
			temp := t.TempDir()
			t.Setenv("TMPDIR", temp)
			server, err := startServer(c.configuration, c.openmetrics)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v, want an error with %q", server, err, c.want)
			}
			if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
				t.Errorf("left %v, %v", left, err)
			}
		})
	}
}
