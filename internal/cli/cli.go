// Package cli is the command line: the tree of commands, their JSON Schemas, and errors with exit codes. The commands are
// in the packages below, one for each part of the product.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/config"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/module"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/profile"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/running"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/service"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// app is one command line.
type app struct {
	*command.App
	started bool // the command line is valid and a command runs
}

// Main runs the command line of the process.
func Main() int {
	if command.IsCrashReporter() {
		command.ReportCrash(os.Stdin, os.Stderr)
		return command.ExitFine
	}
	stderr, stopWatching := command.WatchCrashes(os.Args, ".")
	defer stopWatching()
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		delayGC()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// a second signal ends the process
	context.AfterFunc(ctx, stop)
	return run(ctx, os.Args[1:], os.Stdout, stderr, os.Getenv, true)
}

// firstGC is the memory, in bytes, at which the first collection starts.
const firstGC = 85 << 20

// delayGC disables garbage collection until the process has firstGC, which most commands never
// reach: a collection for each of the first megabytes costs a fifth of their time. A compile
// collects once, and stays below 150 MB. The first collection lifts the limit, because Go
// collects without pause above a limit: dashboards took four times the processor time.
func delayGC() {
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(firstGC)
	sentinel := new(*byte) // garbage at once, so that the first collection finds it
	runtime.AddCleanup(sentinel, func(percent int) {
		// keep the value of a command that has set its own
		if previous := debug.SetGCPercent(percent); previous >= 0 {
			debug.SetGCPercent(previous)
			return
		}
		debug.SetMemoryLimit(math.MaxInt64)
	}, command.PacedGC)
}

// Run runs one command line and returns its exit code.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer, env func(string) string) (code int) {
	return run(ctx, args, stdout, stderr, env, false)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer, env func(string) string, isProcess bool) (code int) {
	stdout, stderr = words.NewTerminal(stdout), words.NewTerminal(stderr)
	a := &app{App: &command.App{Stdout: stdout, Stderr: stderr, Env: env, Now: time.Now, Dir: ".", IsProcess: isProcess}}
	defer func() {
		if reason := recover(); reason != nil {
			fmt.Fprintf(stderr, "temporal-dsql: %v\n", command.PanicError{Reason: reason})
			code = command.ExitInternal
		}
	}()
	return a.execute(ctx, a.rootCommand(), args)
}

// execute runs a command line. Errors before a command starts are errors of the command
// line: cobra reports missing and exclusive flags that late.
func (a *app) execute(ctx context.Context, root *cobra.Command, args []string) int {
	root.SetArgs(args)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	a.markStarts(root)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return command.ExitFine
	}
	if !a.started && !errors.Is(err, command.ErrCommandLine) {
		err = fmt.Errorf("%w: %w", command.ErrCommandLine, err)
	}
	a.reportError(cmd, err)
	return command.ExitCode(err)
}

// markStarts makes every command record that it starts.
func (a *app) markStarts(cmd *cobra.Command) {
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			a.started = true
			return run(cmd, args)
		}
	}
	for _, c := range cmd.Commands() {
		a.markStarts(c)
	}
}

func (a *app) rootCommand() *cobra.Command {
	var version bool
	root := &cobra.Command{
		Use:   "temporal-dsql",
		Short: "Configure Temporal on Aurora DSQL",
		Long: `Temporal-dsql compiles a scale preset, a workload modifier and a few overrides into
the complete configuration of Temporal on Aurora DSQL: dynamic config, the DSQL
plugin's environment, worker options for the SDKs, and artefacts for ECS, Compose
and Helm. It explains every derived value, and its guard rails reject
configurations that would break the cluster.

Exit codes: 0 success; 1 a guard rail, constraint or verdict failed; 2 the command
line or an input is invalid; 3 I/O or internal error; 4 a verdict is inconclusive;
130 interrupted.`,
		Example: `  temporal-dsql compile mid-scale
  temporal-dsql compile mid-scale --modifier batch-processor --out build/batch
  temporal-dsql describe-preset high-throughput
  temporal-dsql keys persistence --temporal-version 1.31`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if version {
				return module.PrintVersion(a.App)
			}
			return cmd.Help()
		},
	}
	root.Flags().BoolVar(&version, "version", false, "print versions, like the version command")
	root.AddCommand(a.schemaCommand())
	for _, commands := range [][]*cobra.Command{
		config.Commands(a.App), module.Commands(a.App, deploymentSchema), running.Commands(a.App), profile.Commands(a.App),
		service.Commands(a.App),
	} {
		root.AddCommand(commands...)
	}
	a.CompleteFlags(root)
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.Example = "  source <(temporal-dsql completion bash)"
			// runnable, so that an unknown shell is an error and not a help page
			c.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
			for _, shell := range c.Commands() {
				shell.Example = "  temporal-dsql completion " + shell.Name()
			}
		}
	}
	root.SetHelpCommand(&cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Show help for a command",
		Example: "  temporal-dsql help compile",
		RunE: func(_ *cobra.Command, args []string) error {
			target, rest, err := root.Find(args)
			if err != nil {
				return fmt.Errorf("%w: %w", command.ErrCommandLine, err)
			}
			if len(rest) > 0 {
				return unknownCommandError(target, rest[0])
			}
			return target.Help()
		},
	})
	root.InitDefaultHelpCmd()
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		// the flag belongs to a misspelt command
		if args := cmd.Flags().Args(); cmd.HasSubCommands() && len(args) > 0 {
			return unknownCommandError(cmd, args[0])
		}
		var unknown *pflag.NotExistError
		if errors.As(err, &unknown) && len(unknown.GetSpecifiedName()) > 1 {
			return unknownFlagError(cmd, unknown.GetSpecifiedName())
		}
		if invalid := (*pflag.InvalidValueError)(nil); errors.As(err, &invalid) && invalid.GetFlag().Value.Type() == "duration" {
			if _, notNumber := strconv.ParseFloat(invalid.GetValue(), 64); notNumber == nil {
				return command.NewUsageError(fmt.Sprintf("--%s: %s has no unit", invalid.GetFlag().Name, invalid.GetValue()),
					fmt.Sprintf("write %ss for seconds", invalid.GetValue()))
			}
		}
		if explained := (*source.Error)(nil); errors.As(err, &explained) { // the value's own error has a remedy
			return explained
		}
		return fmt.Errorf("%w: %w", command.ErrCommandLine, err)
	})
	for _, c := range root.Commands() {
		if c.Name() == "help" {
			c.Example = "  temporal-dsql help compile"
		}
	}
	describeArgumentErrors(root)
	command.AddTimeouts(root)
	simplifySwitches(root)
	return root
}

// A plainSwitch is a switch in whose help pflag writes no [=true|false].
type plainSwitch struct{ pflag.Value }

// simplifySwitches makes the switches of a command, and of those below it, plain.
func simplifySwitches(cmd *cobra.Command) {
	cmd.InitDefaultHelpFlag()
	simplify := func(flag *pflag.Flag) {
		if flag.Value.Type() == "bool" {
			flag.Value = plainSwitch{flag.Value}
		}
	}
	cmd.Flags().VisitAll(simplify)
	cmd.PersistentFlags().VisitAll(simplify)
	for _, c := range cmd.Commands() {
		simplifySwitches(c)
	}
}
