package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

// leaving has a command end at the first interrupt, whatever it is at: an
// evaluation listens to no context, and neither does a pipe that nobody writes to.
// What it is at is left behind, for the process ends.
func (a *app) leaving(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		ended := make(chan error, 1)
		go func() {
			var err error
			defer func() {
				if said := recover(); said != nil {
					err = fault{said}
				}
				ended <- err
			}()
			err = run(cmd, args)
		}()
		select {
		case err := <-ended:
			return err
		case <-cmd.Context().Done():
			// whole files, or none: who is at it ends, and nobody begins
			a.whole.Lock()
			return cmd.Context().Err()
		}
	}
}

// wholly does what is not to be left half done.
func (a *app) wholly(do func() error) error {
	a.whole.Lock()
	defer a.whole.Unlock()
	return do()
}

// A fault is a panic of a command that was left to itself.
type fault struct{ said any }

func (f fault) Error() string {
	return fmt.Sprintf("internal error: %v\n  this is a fault of temporal-dsql: please report it with the command line", f.said)
}
