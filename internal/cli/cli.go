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
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/worker"
	"github.com/temporal-dsql/temporal-dsql/internal/service/client"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// Exit codes, the same for every command.
const (
	exitFine         = 0
	exitRefused      = 1 // a guard rail, a constraint or a verdict says no
	exitUsage        = 2 // the command line or an input cannot be read
	exitInternal     = 3 // I/O, or a fault of ours
	exitInconclusive = 4 // evidence is missing: neither yes nor no
	exitInterrupted  = 130
)

// An app is what the commands share.
type app struct {
	stdout, stderr io.Writer
	env            func(string) string
	now            func() time.Time
	dir            string
	begun          bool // the command line is in order: a command runs
	whole          sync.Mutex
}

// Main runs the process's own command line.
func Main() int {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		delayGC()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// a second signal ends what does not listen to the first
	context.AfterFunc(ctx, stop)
	return Run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Getenv)
}

const (
	firstGC = 110 << 20 // bytes of heap at which the first collection starts
	pacedGC = 100       // GOGC from then on, Go's own default
)

// delayGC keeps the collector off until the heap reaches firstGC, which a compile
// does not: collecting sooner would cost it a fifth of its time. The first
// collection then lifts the limit, since a live heap above a limit is collected
// without pause: dashboards took 50 s of processor time in place of 13 s.
func delayGC() {
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(firstGC)
	sentinel := new(*byte) // garbage at once, so that the first collection finds it
	runtime.AddCleanup(sentinel, func(percent int) {
		// a command that has set its own pace meanwhile keeps it
		if previous := debug.SetGCPercent(percent); previous >= 0 {
			debug.SetGCPercent(previous)
			return
		}
		debug.SetMemoryLimit(math.MaxInt64)
	}, pacedGC)
}

// Run runs one command line and returns its exit code.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer, env func(string) string) (code int) {
	a := &app{stdout: stdout, stderr: stderr, env: env, now: time.Now, dir: "."}
	defer func() {
		if said := recover(); said != nil {
			fmt.Fprintf(stderr, "temporal-dsql: %v\n", fault{said})
			code = exitInternal
		}
	}()
	return a.run(ctx, a.root(), args)
}

// run follows a command line. What is wrong before a command begins is wrong with
// the line: flags that are missing, or exclude each other, cobra tells only then.
func (a *app) run(ctx context.Context, root *cobra.Command, args []string) int {
	root.SetArgs(args)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	a.begin(root)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitFine
	}
	if !a.begun && !errors.Is(err, errCommandLine) {
		err = fmt.Errorf("%w: %w", errCommandLine, err)
	}
	return a.fail(cmd, err)
}

// begin has every command note that it begins.
func (a *app) begin(cmd *cobra.Command) {
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			a.begun = true
			return run(cmd, args)
		}
	}
	for _, c := range cmd.Commands() {
		a.begin(c)
	}
}

// refused says that findings were printed already, and why nothing was done.
type refused struct {
	errors, warnings int // those that refuse
	out              string
}

func (r refused) Error() string {
	said := fmt.Sprintf("%d errors", r.errors)
	if r.errors == 1 {
		said = "1 error"
	}
	if r.warnings > 0 {
		said += fmt.Sprintf(" and %d warnings", r.warnings)
	}
	if r.out != "" {
		said += ": nothing was written to " + r.out
	}
	return said
}

// usageError is a command line that cannot be followed.
type usageError struct {
	message, hint string
}

func (u usageError) Error() string { return u.message }

// fail prints an error, once, and tells the exit code that it means.
func (a *app) fail(cmd *cobra.Command, err error) int {
	say := func(format string, args ...any) {
		fmt.Fprintf(a.stderr, "temporal-dsql: "+format+"\n", args...)
	}
	var no refused
	var old outdated
	var usage usageError
	var asked *behaviour.RequestError
	var input *source.Error
	var verdict judged
	var problem *client.Problem
	var unreachable *client.UnreachableError
	var away *worker.ConnectionError
	switch {
	case errors.As(err, &verdict):
		return verdict.code
	case errors.As(err, &problem):
		return a.problem(problem)
	case errors.As(err, &unreachable):
		say("%v", err)
		fmt.Fprintf(a.stderr, "  hint: is temporal-dsql serve running there? Without --server and $%s, the store of this machine is asked\n", serverVariable)
		return exitInternal
	case errors.As(err, &away):
		say("%v", err)
		fmt.Fprintln(a.stderr, "  hint: is it the frontend's gRPC address, with the right TLS, and is the namespace there?")
		return exitInternal
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
			if p.Hint != "" {
				fmt.Fprintf(a.stderr, "  hint: %s\n", p.Hint)
			}
		}
		return exitUsage
	case errors.As(err, &asked):
		say("%v", asked)
		fmt.Fprintf(a.stderr, "  hint: %s\n", asked.Remedy)
		return exitUsage
	case errors.As(err, &usage):
		say("%v", usage.message)
		fmt.Fprintf(a.stderr, "  hint: %s\n", cmp.Or(usage.hint, cmd.CommandPath()+" --help"))
		return exitUsage
	case errors.Is(err, context.Canceled):
		say("interrupted")
		return exitInterrupted
	case errors.Is(err, errCommandLine):
		say("%s", strings.TrimPrefix(err.Error(), errCommandLine.Error()+": "))
		fmt.Fprintf(a.stderr, "  hint: %s --help\n", cmd.CommandPath())
		return exitUsage
	}
	say("%v", err)
	if hint := unwritable(err); hint != "" {
		fmt.Fprintf(a.stderr, "  hint: %s\n", hint)
	}
	return exitInternal
}

// unwritable says what to do about a file or folder that cannot be written; "" where
// nobody knows.
func unwritable(err error) string {
	var at *fs.PathError
	switch {
	case !errors.Is(err, errIO) || !errors.As(err, &at):
		return ""
	case errors.Is(err, syscall.ENOSPC):
		return "the disk is full: free some of it, or name a folder on another one"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return "name a folder that this user may write to"
	}
	return "name a folder that is there or can be made"
}

// errCommandLine marks what cobra finds wrong with flags.
var errCommandLine = errors.New("command line")

// errIO marks errors of the machine rather than of the user.
var errIO = errors.New("cannot write")

func (a *app) root() *cobra.Command {
	var version bool
	root := &cobra.Command{
		Use:   "temporal-dsql",
		Short: "Configurations for Temporal on Aurora DSQL: derived, explained, checked",
		Long: `Temporal-dsql turns a scale preset, a workload modifier and a few overrides
into the whole configuration of Temporal on Aurora DSQL: dynamic config, the
DSQL plugin's environment, worker options for the SDKs, and artefacts for ECS,
Compose and Helm. Every derived value says where it comes from, and guard rails
refuse what would break the cluster.

Exit codes: 0 fine; 1 a guard rail, a constraint or a verdict says no; 2 the
command line or an input cannot be read; 3 I/O or internal error; 4 a verdict is
inconclusive; 130 interrupted.`,
		Example: `  temporal-dsql compile mid-scale
  temporal-dsql compile mid-scale --modifier batch-processor --out build/batch
  temporal-dsql describe-preset high-throughput
  temporal-dsql keys persistence --temporal-version 1.31`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if version {
				return a.version("text")
			}
			return cmd.Help()
		},
	}
	root.Flags().BoolVar(&version, "version", false, "print versions, as the version command does")
	root.AddCommand(a.assessCommand(), a.compileCommand(), a.conformanceCommand(), a.dashboardsCommand(), a.gateCommand(), a.listPresets(), a.listModifiers(), a.listAdapters(), a.listMetrics(), a.describePreset(), a.diffCommand(), a.explainCommand(), a.keysCommand(), a.initCommand(), a.lintCommand(), a.migrateCommand(), a.profileCommand(), a.recommendCommand(), a.schemaCommand(), a.serveCommand(), a.tokenCommand(), a.versionCommand(), a.workerCommand())
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
		Short:   "Help about a command",
		Example: "  temporal-dsql help compile",
		RunE: func(_ *cobra.Command, args []string) error {
			target, rest, err := root.Find(args)
			if err != nil {
				return fmt.Errorf("%w: %w", errCommandLine, err)
			}
			if len(rest) > 0 {
				return unknownCommand(target, rest[0])
			}
			return target.Help()
		},
	})
	root.InitDefaultHelpCmd()
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		// the flag is that of a command whose name is misspelt
		if args := cmd.Flags().Args(); cmd.HasSubCommands() && len(args) > 0 {
			return unknownCommand(cmd, args[0])
		}
		var unknown *pflag.NotExistError
		if errors.As(err, &unknown) && len(unknown.GetSpecifiedName()) > 1 {
			return unknownFlag(cmd, unknown.GetSpecifiedName())
		}
		return fmt.Errorf("%w: %w", errCommandLine, err)
	})
	for _, c := range root.Commands() {
		if c.Name() == "help" {
			c.Example = "  temporal-dsql help compile"
		}
	}
	inWords(root)
	return root
}

// format is the -o flag.
type format string

func (f *format) String() string { return string(*f) }
func (f *format) Type() string   { return strings.Join(report.Formats, "|") }

func (f *format) Set(s string) error {
	if !slices.Contains(report.Formats, s) {
		return fmt.Errorf("allowed: %s", strings.Join(report.Formats, ", "))
	}
	*f = format(s)
	return nil
}

func (f *format) flag(cmd *cobra.Command) {
	*f = "text"
	cmd.Flags().VarP(f, "output", "o", "how to print")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(report.Formats, cobra.ShellCompDirectiveNoFileComp))
}

// print writes the document, or the text where that is asked for.
func (a *app) print(f format, doc any, text func(w io.Writer, style report.Style)) error {
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

// complete offers what the engine around the working folder knows.
func (a *app) complete(offer func(*compile.Engine) ([]string, error)) cobra.CompletionFunc {
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

func (a *app) presetNames() cobra.CompletionFunc {
	return a.complete(func(e *compile.Engine) (found []string, err error) {
		all, err := e.Presets()
		for _, p := range all {
			found = append(found, p.Name+"\t"+p.Summary)
		}
		return found, err
	})
}

func (a *app) modifierNames() cobra.CompletionFunc {
	return a.complete(func(e *compile.Engine) (found []string, err error) {
		all, err := e.Modifiers()
		for _, m := range all {
			found = append(found, m.Name+"\t"+m.Summary)
		}
		return found, err
	})
}

func (a *app) adapterNames(kind string) cobra.CompletionFunc {
	return listed(a.complete(func(e *compile.Engine) (found []string, err error) {
		all, err := e.Adapters()
		for _, x := range all {
			if x.Kind == kind {
				found = append(found, x.Name+"\t"+x.Summary)
			}
		}
		return found, err
	}))
}

// listed completes the last name of a list, by those that are not in it yet.
func listed(names cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
		found, directive := names(cmd, args, "")
		comma := strings.LastIndex(toComplete, ",")
		if comma < 0 {
			return found, directive
		}
		given := strings.Split(toComplete[:comma], ",")
		var left []string
		for _, candidate := range found {
			if name, _, _ := strings.Cut(candidate, "\t"); !slices.Contains(given, name) {
				left = append(left, toComplete[:comma+1]+candidate)
			}
		}
		return left, directive
	}
}

// versions completes a version from those that the module knows.
func (a *app) versions(of func(compile.Versions) []string) cobra.CompletionFunc {
	return a.complete(func(e *compile.Engine) ([]string, error) {
		v, err := e.Versions()
		return of(v), err
	})
}

// overridable completes the key of an override.
func (a *app) overridable() cobra.CompletionFunc {
	keys := a.complete(func(e *compile.Engine) (found []string, err error) {
		for _, k := range e.Overridable() {
			found = append(found, k+"=")
		}
		return found, nil
	})
	return func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
		found, directive := keys(cmd, args, toComplete)
		return found, directive | cobra.ShellCompDirectiveNoSpace
	}
}
