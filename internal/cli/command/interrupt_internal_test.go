package command

import (
	"context"
	"errors"
	"testing"

	"github.com/spf13/cobra"
)

// An abandoned command cannot write any more.
func TestInterruptPreventsLaterWrites(t *testing.T) {
	a := &App{}
	ctx, interrupt := context.WithCancel(t.Context())
	cmd := &cobra.Command{Use: "x", SilenceErrors: true, SilenceUsage: true}
	cmd.SetArgs([]string{})
	cmd.RunE = a.AbandonOnInterrupt(func(*cobra.Command, []string) error {
		interrupt()
		select {} // an evaluation without an end
	})
	if err := cmd.ExecuteContext(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("it ends with %v", err)
	}
	if a.writes.TryLock() {
		t.Error("the abandoned command can write")
	}
}
