package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestInterruptWaitsForWrites checks that an interrupt abandons the command, waits for a
// running write and prevents later ones.
func TestInterruptWaitsForWrites(t *testing.T) {
	var stdout, stderr bytes.Buffer
	a := &app{stdout: &stdout, stderr: &stderr}
	ctx, interrupt := context.WithCancel(t.Context())
	writing, written := make(chan bool), make(chan bool)
	first := false
	root := &cobra.Command{
		Use:           "x",
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: a.abandonOnInterrupt(func(*cobra.Command, []string) error {
			_ = a.uninterrupted(func() error {
				close(writing)
				<-written
				first = true
				return nil
			})
			select {} // an evaluation without an end
		}),
	}
	ended := make(chan int)
	go func() { ended <- a.execute(ctx, root, nil) }()
	<-writing
	interrupt()
	select {
	case code := <-ended:
		t.Fatalf("it ends with %d while a file is being written", code)
	default:
	}
	close(written)
	if code := <-ended; code != exitInterrupted || !strings.Contains(stderr.String(), "interrupted") || !first {
		t.Errorf("it ends with %d and says %s", code, &stderr)
	}
	if a.writes.TryLock() {
		t.Error("what is left behind may write")
	}
}

func TestPanicIsReportedAsBug(t *testing.T) {
	var stderr bytes.Buffer
	a := &app{stdout: &stderr, stderr: &stderr}
	code := a.execute(t.Context(), &cobra.Command{Use: "x", SilenceErrors: true, SilenceUsage: true,
		RunE: a.abandonOnInterrupt(func(*cobra.Command, []string) error { panic("no luck") })}, nil)
	if code != exitInternal || !strings.HasPrefix(stderr.String(), "temporal-dsql: internal error: no luck\n") {
		t.Errorf("it exits with %d and says %s", code, &stderr)
	}
}
