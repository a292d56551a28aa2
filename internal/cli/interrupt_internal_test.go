package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
)

// TestInterruptWaitsForWrites checks that an interrupt abandons the command, waits for a
// running write.
func TestInterruptWaitsForWrites(t *testing.T) {
	var stdout, stderr bytes.Buffer
	a := &app{App: &command.App{Stdout: &stdout, Stderr: &stderr}}
	ctx, interrupt := context.WithCancel(t.Context())
	writing, written := make(chan bool), make(chan bool)
	first := false
	root := &cobra.Command{
		Use:           "x",
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: a.AbandonOnInterrupt(func(*cobra.Command, []string) error {
			_ = a.Uninterrupted(func() error {
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
	if code := <-ended; code != command.ExitInterrupted || !strings.Contains(stderr.String(), "interrupted") || !first {
		t.Errorf("it ends with %d and says %s", code, &stderr)
	}
}

func TestPanicIsReportedAsBug(t *testing.T) {
	var stderr bytes.Buffer
	a := &app{App: &command.App{Stdout: &stderr, Stderr: &stderr}}
	code := a.execute(t.Context(), &cobra.Command{Use: "x", SilenceErrors: true, SilenceUsage: true,
		RunE: a.AbandonOnInterrupt(func(*cobra.Command, []string) error { panic("no luck") })}, nil)
	if code != command.ExitInternal || !strings.HasPrefix(stderr.String(), "temporal-dsql: internal error: no luck\n") {
		t.Errorf("it exits with %d and says %s", code, &stderr)
	}
}
