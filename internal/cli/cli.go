// Package cli is the command line: flags, wiring and exit codes.
package cli

import (
	"bytes"
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
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/worker"
	"github.com/temporal-dsql/temporal-dsql/internal/service/client"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// Exit codes, the same for every command.
const (
	exitFine         = 0
	exitRefused      = 1 // a guard rail, constraint or verdict failed
	exitUsage        = 2 // the command line or an input is invalid
	exitInternal     = 3 // I/O or internal error
	exitInconclusive = 4 // evidence is missing
	exitInterrupted  = 130
)

// app holds what the commands share.
type app struct {
	stdout, stderr io.Writer
	env            func(string) string
	now            func() time.Time
	dir            string
	started        bool // the command line is valid and a command runs
	writes         sync.Mutex
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

const (
	firstGC = 180 << 20 // bytes of heap at which the first collection starts
	pacedGC = 200       // GOGC after that
)

// delayGC disables garbage collection until the heap reaches firstGC, which a compile does
// not: earlier collections would cost it a fifth of its time. The first collection lifts
// the limit, because Go collects without pause above a limit: dashboards took 50 s of
// processor time instead of 13 s.
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
	}, pacedGC)
}

// Run runs one command line and returns its exit code.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer, env func(string) string) (code int) {
	stdout, stderr = words.NewTerminal(stdout), words.NewTerminal(stderr)
	a := &app{stdout: stdout, stderr: stderr, env: env, now: time.Now, dir: "."}
	defer func() {
		if reason := recover(); reason != nil {
			fmt.Fprintf(stderr, "temporal-dsql: %v\n", panicError{reason})
			code = exitInternal
		}
	}()
	return a.execute(ctx, a.rootCommand(), args)
}

// execute runs a command line. Errors before a command starts are errors of the command
// line: cobra reports missing and exclusive flags that late.
func (a *app) execute(ctx context.Context, root *cobra.Command, args []string) int {
	root.SetArgs(args)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	a.markStarts(root)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitFine
	}
	if !a.started && !errors.Is(err, errCommandLine) {
		err = fmt.Errorf("%w: %w", errCommandLine, err)
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

// findingsError reports that findings, which are already printed, block the command.
type findingsError struct {
	errors, warnings int // blocking findings
	out              string
}

func (r findingsError) Error() string {
	text := words.Count(r.errors, "error")
	if r.warnings > 0 {
		text += " and " + words.Count(r.warnings, "warning")
	}
	if r.out != "" {
		text += ": nothing was written to " + r.out
	}
	return text
}

// usageError reports an invalid command line.
type usageError struct {
	message, remedy string
}

func (u usageError) Error() string { return u.message }

// reportError prints an error once and returns the exit code.
func (a *app) reportError(cmd *cobra.Command, err error) int {
	say := func(format string, args ...any) {
		fmt.Fprintf(a.stderr, "temporal-dsql: "+format+"\n", args...)
	}
	var no findingsError
	var old outdatedError
	var usage usageError
	var requestErr *behaviour.RequestError
	var input *source.Error
	var verdict verdictError
	var problem *client.Problem
	var unreachable *client.UnreachableError
	var away *worker.ConnectionError
	var exceeded *evaluationError
	switch {
	case errors.As(err, &verdict):
		return verdict.code
	case errors.As(err, &problem):
		return a.reportProblem(problem)
	case errors.As(err, &unreachable):
		say("%v", err)
		a.printRemedy("check that temporal-dsql serve runs there; without --server and $" + serverVariable + ", the local store is used")
		return exitInternal
	case errors.As(err, &away):
		say("%v", err)
		a.printRemedy("check the frontend's gRPC address, the TLS settings and the namespace")
		return exitInternal
	case errors.As(err, &exceeded):
		say("%v", exceeded)
		a.printRemedy(exceeded.remedy)
		return exitUsage
	case errors.Is(err, errDiffers):
		return exitRefused
	case errors.As(err, &old):
		say("%v", old)
		return exitRefused
	case errors.As(err, &no):
		say("%v", no)
		return exitRefused
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
			a.printRemedy(p.Remedy)
		}
		return exitUsage
	case errors.As(err, &requestErr):
		say("%v", requestErr)
		a.printRemedy(requestErr.Remedy)
		return exitUsage
	case errors.As(err, &usage):
		say("%v", usage.message)
		a.printRemedy(cmp.Or(usage.remedy, "see "+cmd.CommandPath()+" --help"))
		return exitUsage
	case errors.Is(err, context.Canceled):
		say("interrupted")
		return exitInterrupted
	case errors.Is(err, errCommandLine):
		say("%s", strings.TrimPrefix(err.Error(), errCommandLine.Error()+": "))
		a.printRemedy("see " + cmd.CommandPath() + " --help")
		return exitUsage
	}
	say("%v", err)
	a.printRemedy(writeRemedy(err))
	return exitInternal
}

// printRemedy prints the remedy of the error above it, if there is one.
func (a *app) printRemedy(remedy string) {
	if remedy != "" {
		fmt.Fprintf(a.stderr, "  remedy: %s\n", remedy)
	}
}

// writeRemedy returns the remedy for a file or folder that cannot be written, or "".
func writeRemedy(err error) string {
	var at *fs.PathError
	switch {
	case !errors.Is(err, errIO) || !errors.As(err, &at):
		return ""
	case errors.Is(err, syscall.ENOSPC):
		return "free disk space, or name a folder on another disk"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return "name a folder that this user can write to"
	}
	return "name a folder that exists or can be created"
}

// errCommandLine marks cobra's errors about flags.
var errCommandLine = errors.New("command line")

// errIO marks errors of the machine, not of the user.
var errIO = errors.New("cannot write")

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
				return a.printVersion("text")
			}
			return cmd.Help()
		},
	}
	root.Flags().BoolVar(&version, "version", false, "print versions, like the version command")
	root.AddCommand(
		a.assessCommand(),
		a.capacityCommand(),
		a.compileCommand(),
		a.conformanceCommand(),
		a.dashboardsCommand(),
		a.describePresetCommand(),
		a.diffCommand(),
		a.explainCommand(),
		a.gateCommand(),
		a.initCommand(),
		a.keysCommand(),
		a.lintCommand(),
		a.listAdaptersCommand(),
		a.listMetricsCommand(),
		a.listModifiersCommand(),
		a.listPresetsCommand(),
		a.migrateCommand(),
		a.profileCommand(),
		a.recommendCommand(),
		a.schemaCommand(),
		a.serveCommand(),
		a.sizeCommand(),
		a.tokenCommand(),
		a.versionCommand(),
		a.workerCommand(),
	)
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
				return fmt.Errorf("%w: %w", errCommandLine, err)
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
		return fmt.Errorf("%w: %w", errCommandLine, err)
	})
	for _, c := range root.Commands() {
		if c.Name() == "help" {
			c.Example = "  temporal-dsql help compile"
		}
	}
	describeArgumentErrors(root)
	addTimeouts(root)
	return root
}

// formatFlag is the flag -o of commands that print a document.
type formatFlag string

func (f *formatFlag) String() string { return string(*f) }
func (f *formatFlag) Type() string   { return strings.Join(report.Formats, "|") }

func (f *formatFlag) Set(s string) error {
	if !slices.Contains(report.Formats, s) {
		return fmt.Errorf("use one of %s", strings.Join(report.Formats, ", "))
	}
	*f = formatFlag(s)
	return nil
}

func (f *formatFlag) register(cmd *cobra.Command) {
	*f = "text"
	cmd.Flags().VarP(f, "output", "o", "output format")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(report.Formats, cobra.ShellCompDirectiveNoFileComp))
}

// printDocument writes the document in the chosen format; text writes the text format.
func (a *app) printDocument(f formatFlag, doc any, text func(w io.Writer, style report.Style)) error {
	var out bytes.Buffer
	if f == "text" {
		text(&out, report.StyleFor(a.stdout, a.env))
	} else if err := report.Encode(&out, string(f), doc); err != nil {
		return err
	}
	if _, err := out.WriteTo(a.stdout); err != nil {
		return fmt.Errorf("%w: %w", errIO, err)
	}
	return nil
}

// completeFrom returns a completion that asks the engine of the working folder.
func (a *app) completeFrom(offer func(*compile.Engine) ([]string, error)) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		engine, err := compile.New(a.dir)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		found, err := offer(engine)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

func (a *app) completePresets() cobra.CompletionFunc {
	return a.completeFrom(func(e *compile.Engine) (found []string, err error) {
		all, err := e.Presets()
		for _, p := range all {
			found = append(found, p.Name+"\t"+p.Summary)
		}
		return found, err
	})
}

func (a *app) completeModifiers() cobra.CompletionFunc {
	return a.completeFrom(func(e *compile.Engine) (found []string, err error) {
		all, err := e.Modifiers()
		for _, m := range all {
			found = append(found, m.Name+"\t"+m.Summary)
		}
		return found, err
	})
}

func (a *app) completeAdapters(kind string) cobra.CompletionFunc {
	return completeList(a.completeFrom(func(e *compile.Engine) (found []string, err error) {
		all, err := e.Adapters()
		for _, x := range all {
			if x.Kind == kind {
				found = append(found, x.Name+"\t"+x.Summary)
			}
		}
		return found, err
	}))
}

// completeList completes the last name of a comma-separated list with names that are not in
// it.
func completeList(names cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
		found, directive := names(cmd, args, "")
		comma := strings.LastIndex(toComplete, ",")
		if comma < 0 {
			return found, directive
		}
		typed := strings.Split(toComplete[:comma], ",")
		var left []string
		for _, candidate := range found {
			if name, _, _ := strings.Cut(candidate, "\t"); !slices.Contains(typed, name) {
				left = append(left, toComplete[:comma+1]+candidate)
			}
		}
		return left, directive
	}
}

// completeVersions completes a version that the module supports.
func (a *app) completeVersions(of func(registry.Versions) []string) cobra.CompletionFunc {
	return a.completeFrom(func(e *compile.Engine) ([]string, error) {
		v, err := e.Versions()
		return of(v), err
	})
}

// completeOverrides completes the key of an override.
func (a *app) completeOverrides() cobra.CompletionFunc {
	keys := a.completeFrom(func(e *compile.Engine) (found []string, err error) {
		for _, k := range e.OverridableKeys() {
			found = append(found, k+"=")
		}
		return found, nil
	})
	return func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
		found, directive := keys(cmd, args, toComplete)
		return found, directive | cobra.ShellCompDirectiveNoSpace
	}
}
