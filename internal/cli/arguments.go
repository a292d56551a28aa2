package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
)

// inWords refuses the arguments of a command, and of all below it, in words where
// cobra only counts them.
func inWords(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			err := check(cmd, args)
			var usage usageError
			if err == nil || errors.As(err, &usage) {
				return err
			}
			return miscounted(cmd, args, check)
		}
	}
	for _, c := range cmd.Commands() {
		inWords(c)
	}
}

// miscounted says which argument is missing, or which is one too many.
func miscounted(cmd *cobra.Command, args []string, check cobra.PositionalArgs) usageError {
	if cmd.HasSubCommands() {
		return unknownCommand(cmd, args[0])
	}
	path, hint := below(cmd), "usage: "+cmd.UseLine()
	for n := len(args) - 1; n >= 0; n-- {
		if check(cmd, args[:n]) == nil {
			return usageError{fmt.Sprintf("%s: %q is one argument too many", path, args[n]), hint}
		}
	}
	missing := strings.TrimRight(strings.Fields(cmd.Use)[1+len(args)], ".…")
	if list := lister(cmd, missing); list != nil {
		hint += "; " + list.CommandPath() + " shows those that there are"
	}
	return usageError{fmt.Sprintf("%s: %s is missing", path, missing), hint}
}

// lister is the command that lists what an argument may be; nil where there is none,
// as for the name of something new.
func lister(cmd *cobra.Command, argument string) *cobra.Command {
	for _, c := range cmd.Root().Commands() {
		if c.Name() == "list-"+strings.ToLower(argument)+"s" {
			return c
		}
	}
	if cmd.ValidArgsFunction != nil && cmd.HasParent() {
		for _, c := range cmd.Parent().Commands() {
			if c.Name() == "list" {
				return c
			}
		}
	}
	return nil
}

// below is a command's path without the program's name.
func below(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}

// unknownCommand names the commands that may be meant: those of about this name
// here, else those of just this name elsewhere.
func unknownCommand(of *cobra.Command, name string) usageError {
	var meant []string
	of.SuggestionsMinimumDistance = 2
	for _, near := range of.SuggestionsFor(name) {
		meant = append(meant, of.CommandPath()+" "+near)
	}
	if len(meant) == 0 {
		meant = called(of.Root(), name)
	}
	slices.Sort(meant)
	hint := of.CommandPath() + " --help"
	if len(meant) > 0 {
		hint = "did you mean " + strings.Join(slices.Compact(meant), ", or ") + "?"
	}
	return usageError{fmt.Sprintf("unknown command %q for %q", name, of.CommandPath()), hint}
}

// unknownFlag names the flag that may be meant, and those that there are.
func unknownFlag(of *cobra.Command, name string) error {
	var known []string
	of.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			known = append(known, "--"+f.Name)
		}
	})
	return compile.Unknown("flag", "--"+name, known)
}

// called are the paths of the commands of a name.
func called(cmd *cobra.Command, name string) (paths []string) {
	for _, c := range cmd.Commands() {
		if c.Name() == name {
			paths = append(paths, c.CommandPath())
		}
		paths = append(paths, called(c, name)...)
	}
	return paths
}
