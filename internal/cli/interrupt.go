package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

// abandonOnInterrupt returns at the first interrupt, and when the evaluation exceeds a limit,
// without waiting for the command: CUE evaluation and blocked reads ignore contexts. The
// goroutine is abandoned because the process exits.
func (a *app) abandonOnInterrupt(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		watched, stop := context.WithCancel(cmd.Context())
		defer stop()
		exceeded := a.watchEvaluation(watched, cmd)
		ended := make(chan error, 1)
		go func() {
			var err error
			defer func() {
				if reason := recover(); reason != nil {
					err = panicError{reason}
				}
				ended <- err
			}()
			err = run(cmd, args)
		}()
		select {
		case err := <-ended:
			return err
		case <-cmd.Context().Done():
			// wait for a running write, and prevent later ones
			a.writes.Lock()
			return cmd.Context().Err()
		case err := <-exceeded:
			a.writes.Lock()
			return err
		}
	}
}

// uninterrupted runs do to completion even if the user interrupts.
func (a *app) uninterrupted(do func() error) error {
	a.writes.Lock()
	defer a.writes.Unlock()
	return do()
}

// panicError reports a panic of a command.
type panicError struct{ reason any }

func (f panicError) Error() string {
	return fmt.Sprintf("internal error: %v\n  remedy: report this bug of temporal-dsql with the command line", f.reason)
}
