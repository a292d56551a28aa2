// Package cli is the command line: the tree of commands, their JSON Schemas, and errors with exit codes. The packages below
// it have the commands, one package for each wing.
package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/config"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/localservice"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/module"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/profile"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/running"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/service"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/worker"
	"github.com/temporal-dsql/temporal-dsql/internal/service/client"
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
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		delayGC()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// a second signal ends the process
	context.AfterFunc(ctx, stop)
	return Run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Getenv)
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
	stdout, stderr = words.NewTerminal(stdout), words.NewTerminal(stderr)
	a := &app{App: &command.App{Stdout: stdout, Stderr: stderr, Env: env, Now: time.Now, Dir: "."}}
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
	return a.reportError(cmd, err)
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

// reportError prints an error once and returns the exit code.
func (a *app) reportError(cmd *cobra.Command, err error) int {
	say := func(format string, args ...any) {
		fmt.Fprintf(a.Stderr, "temporal-dsql: "+format+"\n", args...)
	}
	var no command.FindingsError
	var old command.OutdatedError
	var usage command.UsageError
	var requestErr *behaviour.RequestError
	var input *source.Error
	var verdict command.VerdictError
	var problem *client.Problem
	var unreachable *client.UnreachableError
	var away *worker.ConnectionError
	var exceeded *command.EvaluationError
	switch {
	case errors.As(err, &verdict):
		return verdict.Code
	case errors.As(err, &problem):
		return a.reportProblem(problem)
	case errors.As(err, &unreachable):
		say("%v", err)
		a.PrintRemedy(
			"check that temporal-dsql serve runs there; without --server and $" + localservice.ServerVariable + ", the local store is used",
		)
		return command.ExitInternal
	case errors.As(err, &away):
		say("%v", err)
		a.PrintRemedy("check the frontend's gRPC address, the TLS settings and the namespace")
		return command.ExitInternal
	case errors.As(err, &exceeded):
		say("%v", exceeded)
		a.PrintRemedy(exceeded.Remedy)
		return command.ExitUsage
	case errors.As(err, &old):
		say("%v", old)
		return command.ExitRefused
	case errors.As(err, &no):
		say("%v", no)
		return command.ExitRefused
	case errors.As(err, &input):
		for _, p := range input.Problems {
			line := p.Message
			if input.Doing != "" {
				line = input.Doing + ": " + line
			}
			if !p.Pos.IsZero() {
				line = p.Pos.String() + ": " + line
			}
			say("%s", line)
			a.PrintRemedy(p.Remedy)
		}
		return command.ExitUsage
	case errors.As(err, &requestErr):
		say("%v", requestErr)
		a.PrintRemedy(requestErr.Remedy)
		return command.ExitUsage
	case errors.As(err, &usage):
		say("%v", usage.Message)
		a.PrintRemedy(cmp.Or(usage.Remedy, "see "+cmd.CommandPath()+" --help"))
		return command.ExitUsage
	case errors.Is(err, context.Canceled):
		say("interrupted")
		return command.ExitInterrupted
	case errors.Is(err, command.ErrCommandLine):
		say("%s", strings.TrimPrefix(err.Error(), command.ErrCommandLine.Error()+": "))
		a.PrintRemedy("see " + cmd.CommandPath() + " --help")
		return command.ExitUsage
	}
	say("%v", err)
	a.PrintRemedy(writeRemedy(err))
	return command.ExitInternal
}

// writeRemedy returns the remedy for a file or folder that cannot be written, or "".
func writeRemedy(err error) string {
	var at *fs.PathError
	switch {
	case !errors.Is(err, command.ErrIO) || !errors.As(err, &at):
		return ""
	case errors.Is(err, syscall.ENOSPC):
		return "free disk space, or name a folder on another disk"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return "name a folder that this user can write to"
	}
	return "name a folder that exists or can be created"
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
		return fmt.Errorf("%w: %w", command.ErrCommandLine, err)
	})
	for _, c := range root.Commands() {
		if c.Name() == "help" {
			c.Example = "  temporal-dsql help compile"
		}
	}
	describeArgumentErrors(root)
	command.AddTimeouts(root)
	return root
}

// reportProblem prints a problem of the service and returns the exit code.
func (a *app) reportProblem(p *client.Problem) int {
	fmt.Fprintf(a.Stderr, "temporal-dsql: %s\n", p.Detail)
	a.PrintRemedy(cmp.Or(p.RemedyCode.CommandLine(), p.Remedy))
	if p.Status < 500 {
		return command.ExitUsage
	}
	if p.RequestID != "" {
		fmt.Fprintf(a.Stderr, "  request: %s\n", p.RequestID)
	}
	return command.ExitInternal
}
