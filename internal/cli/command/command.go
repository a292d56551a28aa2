// Package command holds what all commands share: streams and environment, flags, output, errors with their remedies,
// interrupts and limits.
package command

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// App holds what the commands share.
type App struct {
	Stdout, Stderr io.Writer
	Env            func(string) string
	Now            func() time.Time
	Dir            string // the working folder
	IsProcess      bool   // the command has the process to itself, so it can set the limits of the process
	writes         sync.Mutex
}

// VariableNames returns the names of the process's environment variables. Env has their values.
func (a *App) VariableNames() []string {
	var names []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		names = append(names, name)
	}
	return names
}

// PrintRemedy prints the remedy of the error above it, if there is one.
func (a *App) PrintRemedy(remedy string) {
	if remedy != "" {
		fmt.Fprintf(a.Stderr, "  remedy: %s\n", remedy)
	}
}

// FormatFlag is the flag -o of commands that print a document.
type FormatFlag string

// Register adds the flag to a command.
func (f *FormatFlag) Register(cmd *cobra.Command) { RegisterOutput(cmd, (*string)(f), report.Formats) }

// RegisterOutput adds the flag -o to a command. The first format is the default.
func RegisterOutput(cmd *cobra.Command, format *string, formats []string) {
	*format = formats[0]
	cmd.Flags().VarP(outputFormat{format, formats}, "output", "o", "output format")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
}

// outputFormat is the value of the flag -o.
type outputFormat struct {
	chosen  *string
	formats []string
}

// String returns the chosen format.
func (f outputFormat) String() string { return *f.chosen }

// Type returns the formats.
func (f outputFormat) Type() string { return strings.Join(f.formats, "|") }

// Set chooses a format.
func (f outputFormat) Set(s string) error {
	if !slices.Contains(f.formats, s) {
		return suggest.UnknownName("output format", s, f.formats)
	}
	*f.chosen = s
	return nil
}

// PrintDocument writes the document in the chosen format; text writes the text format.
func (a *App) PrintDocument(f FormatFlag, doc any, text func(w io.Writer, style report.Style)) error {
	var out bytes.Buffer
	if f == "text" {
		text(&out, report.StyleFor(a.Stdout, a.Env))
	} else if err := report.Encode(&out, string(f), doc); err != nil {
		return err
	}
	if _, err := out.WriteTo(a.Stdout); err != nil {
		return fmt.Errorf("%w: %w", ErrIO, err)
	}
	return nil
}

// CompleteFrom returns a completion that asks the engine of the working folder.
func (a *App) CompleteFrom(offer func(*compile.Engine) ([]string, error)) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		engine, err := compile.New(a.Dir)
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

// CompletePresets completes the name of a preset.
func (a *App) CompletePresets() cobra.CompletionFunc {
	return a.CompleteFrom(func(e *compile.Engine) (found []string, err error) {
		all, err := e.Presets()
		for _, p := range all {
			found = append(found, p.Name+"\t"+p.Summary)
		}
		return found, err
	})
}

// completeModifiers completes the name of a modifier.
func (a *App) completeModifiers() cobra.CompletionFunc {
	return a.CompleteFrom(func(e *compile.Engine) (found []string, err error) {
		all, err := e.Modifiers()
		for _, m := range all {
			found = append(found, m.Name+"\t"+m.Summary)
		}
		return found, err
	})
}

// CompleteAdapters completes the names of adapters of a kind.
func (a *App) CompleteAdapters(kind string) cobra.CompletionFunc {
	return completeList(a.CompleteFrom(func(e *compile.Engine) (found []string, err error) {
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

// CompleteFlags completes the flags that many commands have, in all commands below one: preset, modifier and versions.
func (a *App) CompleteFlags(cmd *cobra.Command) {
	for flag, complete := range map[string]cobra.CompletionFunc{
		"preset":           a.CompletePresets(),
		"modifier":         a.completeModifiers(),
		"temporal-version": a.completeVersions(func(v registry.Versions) []string { return v.TemporalServers }),
		"plugin-version":   a.completeVersions(func(v registry.Versions) []string { return v.PluginGenerations }),
	} {
		if cmd.Flags().Lookup(flag) != nil {
			_ = cmd.RegisterFlagCompletionFunc(flag, complete)
		}
	}
	for _, c := range cmd.Commands() {
		a.CompleteFlags(c)
	}
}

func (a *App) completeVersions(of func(registry.Versions) []string) cobra.CompletionFunc {
	return a.CompleteFrom(func(e *compile.Engine) ([]string, error) {
		v, err := e.Versions()
		return of(v), err
	})
}
