package command

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

// AbandonOnInterrupt returns at the first interrupt, and when the evaluation exceeds a limit,
// without waiting for the command: CUE evaluation and blocked reads ignore contexts. The
// goroutine is abandoned because the process exits.
func (a *App) AbandonOnInterrupt(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		watched, stop := context.WithCancel(cmd.Context())
		defer stop()
		exceeded := a.watchEvaluation(watched, cmd)
		ended := make(chan error, 1)
		go func() {
			var err error
			defer func() {
				if reason := recover(); reason != nil {
					err = PanicError{Reason: reason}
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

// Uninterrupted runs do to completion even if the user interrupts.
func (a *App) Uninterrupted(do func() error) error {
	a.writes.Lock()
	defer a.writes.Unlock()
	return do()
}

// PanicError reports a panic of a command.
type PanicError struct{ Reason any }

func (f PanicError) Error() string {
	return fmt.Sprintf("internal error: %v\n  remedy: report this bug of temporal-dsql with the command line", f.Reason)
}
