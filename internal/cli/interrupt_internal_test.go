package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// An interrupt leaves what a command is at, but waits for what it is writing, and
// keeps it from writing anything more.
func TestAnInterruptWaitsForWholeFiles(t *testing.T) {
	var stdout, stderr bytes.Buffer
	a := &app{stdout: &stdout, stderr: &stderr}
	ctx, interrupt := context.WithCancel(t.Context())
	writing, written := make(chan bool), make(chan bool)
	first := false
	root := &cobra.Command{Use: "x", SilenceErrors: true, SilenceUsage: true, RunE: a.leaving(func(*cobra.Command, []string) error {
		_ = a.wholly(func() error {
			close(writing)
			<-written
			first = true
			return nil
		})
		select {} // an evaluation without an end
	})}
	ended := make(chan int)
	go func() { ended <- a.run(ctx, root, nil) }()
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
	if a.whole.TryLock() {
		t.Error("what is left behind may write")
	}
}

// A fault of a command is told as one.
func TestAFaultIsToldAsOne(t *testing.T) {
	var stderr bytes.Buffer
	a := &app{stdout: &stderr, stderr: &stderr}
	code := a.run(t.Context(), &cobra.Command{Use: "x", SilenceErrors: true, SilenceUsage: true, RunE: a.leaving(func(*cobra.Command, []string) error { panic("no luck") })}, nil)
	if code != exitInternal || !strings.HasPrefix(stderr.String(), "temporal-dsql: internal error: no luck\n") {
		t.Errorf("it exits with %d and says %s", code, &stderr)
	}
}
