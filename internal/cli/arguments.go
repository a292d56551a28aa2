package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// describeArgumentErrors replaces cobra's argument errors, which only count, for a command
// and all below it.
func describeArgumentErrors(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			err := check(cmd, args)
			var usage command.UsageError
			if err == nil || errors.As(err, &usage) {
				return err
			}
			return argumentError(cmd, args, check)
		}
	}
	for _, c := range cmd.Commands() {
		describeArgumentErrors(c)
	}
}

// argumentError names the missing or the surplus argument.
func argumentError(cmd *cobra.Command, args []string, check cobra.PositionalArgs) command.UsageError {
	if cmd.HasSubCommands() {
		return unknownCommandError(cmd, args[0])
	}
	path, remedy := commandPath(cmd), "use "+cmd.UseLine()
	for n := len(args) - 1; n >= 0; n-- {
		if check(cmd, args[:n]) == nil {
			return command.NewUsageError(fmt.Sprintf("%s: unexpected argument %q", path, args[n]), remedy)
		}
	}
	missing := strings.TrimRight(strings.Fields(cmd.Use)[1+len(args)], ".…")
	if list := listCommand(cmd, missing); list != nil {
		remedy += "; " + list.CommandPath() + " lists them"
	}
	return command.NewUsageError(fmt.Sprintf("%s: missing %s", path, missing), remedy)
}

// listCommand returns the command that lists the values of an argument; nil means that
// there is none, as for the name of a new object.
func listCommand(cmd *cobra.Command, argument string) *cobra.Command {
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

// commandPath returns the path of a command without the program's name.
func commandPath(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}

// unknownCommandError suggests similar commands here, else commands with this name
// elsewhere.
func unknownCommandError(of *cobra.Command, name string) command.UsageError {
	var meant []string
	of.SuggestionsMinimumDistance = 2
	for _, near := range of.SuggestionsFor(name) {
		meant = append(meant, of.CommandPath()+" "+near)
	}
	if len(meant) == 0 && !of.HasParent() {
		meant = commandsNamed(of.Root(), name)
	}
	slices.Sort(meant)
	remedy := "see " + of.CommandPath() + " --help"
	if len(meant) > 0 {
		remedy = "did you mean " + strings.Join(slices.Compact(meant), ", or ") + "?"
	} else if of.Runnable() && of.Flags().Lookup("cluster") != nil {
		return command.NewUsageError(fmt.Sprintf("%s: unexpected argument %q", commandPath(of), name),
			fmt.Sprintf("name the cluster with a flag: %s --cluster %s", of.CommandPath(), words.QuoteShell(name)))
	}
	return command.NewUsageError(fmt.Sprintf("unknown command %q for %q", name, of.CommandPath()), remedy)
}

// unknownFlagError suggests similar flags.
func unknownFlagError(of *cobra.Command, name string) error {
	var known []string
	of.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			known = append(known, "--"+f.Name)
		}
	})
	return suggest.UnknownName("flag", "--"+name, known)
}

// commandsNamed returns the paths of all commands with a name.
func commandsNamed(cmd *cobra.Command, name string) (paths []string) {
	for _, c := range cmd.Commands() {
		if c.Name() == name {
			paths = append(paths, c.CommandPath())
		}
		paths = append(paths, commandsNamed(c, name)...)
	}
	return paths
}
