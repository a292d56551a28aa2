package cli

import (
	"github.com/spf13/cobra"
)

// leaving has a command end at the first interrupt, whatever it is at: an
// evaluation listens to no context, and neither does a pipe that nobody writes to.
// What it is at is left behind, for the process ends.
func (a *app) leaving(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	type end struct {
		err   error
		fault any
	}
	return func(cmd *cobra.Command, args []string) error {
		ended := make(chan end, 1)
		go func() {
			var e end
			defer func() {
				e.fault = recover()
				ended <- e
			}()
			e.err = run(cmd, args)
		}()
		select {
		case e := <-ended:
			if e.fault != nil {
				panic(e.fault)
			}
			return e.err
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
