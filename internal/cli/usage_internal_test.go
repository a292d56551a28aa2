package cli

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
)

// refuses wants a command line to be refused: exit code 2, one message that is not
// cobra's count of arguments, one remedy, and nothing on stdout.
func refuses(t *testing.T, root func(*app) *cobra.Command, args ...string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	a := &app{App: &command.App{Stdout: &stdout, Stderr: &stderr, Env: NoVariables, Now: time.Now, Dir: t.TempDir()}}
	code := a.execute(t.Context(), root(a), args)
	said := strings.Split(strings.TrimSuffix(stderr.String(), "\n"), "\n")
	if code != command.ExitUsage || stdout.Len() > 0 || !strings.HasPrefix(said[0], "temporal-dsql: ") ||
		strings.Contains(said[0], "arg(s)") ||
		len(said) < 2 ||
		!strings.HasPrefix(said[len(said)-1], "  remedy: ") {
		t.Errorf("temporal-dsql %s exits with %d and says\n%s%s", strings.Join(args, " "), code, &stdout, &stderr)
	}
}

// every command there is, with the words that name it
func commands(root *cobra.Command, path ...string) map[string]*cobra.Command {
	all := map[string]*cobra.Command{strings.Join(path, " "): root}
	for _, c := range root.Commands() {
		for name, below := range commands(c, append(slices.Clip(path), c.Name())...) {
			all[name] = below
		}
	}
	return all
}

// TestEveryCommandRejectsWrongUsage checks wrong flags and wrong numbers of arguments of
// every command.
func TestEveryCommandRejectsWrongUsage(t *testing.T) {
	for path, c := range commands((&app{App: &command.App{}}).rootCommand()) {
		line := func(more ...string) []string { return append(strings.Fields(path), more...) }
		refuses(t, (*app).rootCommand, line("--nonsense")...)
		refuses(t, (*app).rootCommand, line("-Z")...)
		if path != "" && !strings.HasPrefix(path, "help") {
			refuses(t, (*app).rootCommand, line("--help=maybe")...)
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if kind, _ := pflag.UnquoteUsage(f); strings.HasPrefix(kind, "*") {
				t.Errorf("%s: the help of --%s names a type of Go, %s", path, f.Name, kind)
			}
			switch f.Value.Type() {
			case "bool", "int", "int64", "float64", "duration", strings.Join(enumerated(f), "|"):
				refuses(t, (*app).rootCommand, line("--"+f.Name+"=no-such-thing")...)
			}
			if f.NoOptDefVal == "" {
				refuses(t, (*app).rootCommand, line("--"+f.Name)...)
			}
		})
		if c.Args != nil && c.Args(c, []string{}) != nil {
			refuses(t, (*app).rootCommand, line()...)
		}
		many := strings.Fields(strings.Repeat("x ", 9))
		if c.Args != nil && c.Args(c, many) != nil {
			refuses(t, (*app).rootCommand, line(many...)...)
		}
	}
}

// enumerated are the words that a flag takes, where it takes a few only.
func enumerated(f *pflag.Flag) []string {
	if words := strings.Split(f.Value.Type(), "|"); len(words) > 1 {
		return words
	}
	return nil
}

// TestWrongUsage checks combinations of flags and invalid arguments.
func TestWrongUsage(t *testing.T) {
	for _, line := range []string{
		"compil", "compile a b", "compile --out= starter", "compile --check= starter", "compile starter --out a --check b",
		"compile ./x --env-file y",
		"compile starter -o xml", "compile starter --override x", "explain", "explain --key a --preset b", "explain --rule a b",
		"explain --profile x --modifier y",
		"gate", "gate x --against=", "gate x --policy=", "gate x -o xml", "migrate --write=", "migrate --modifier batch-processor --env-file x",
		"migrate",
		"diff a", "diff a b c", "lint", "lint x --format y", "init --upgrade --name x", "schema export", "schema export nothing",
		"describe-preset", "keys a b",
		"help bogus", "completion bogus", "token bogus", "token new", "dashboards --check x --out y", "dashboards --dialect x", "conformance",
		"conformance a --preset b --deployment c",
		"recommend", "profile bogus", "profile create", "profile compare a", "profile compare a b --threshold x",
		"profile compare a b --fail-on x", "profile get",
		"list-presets x", "list-metrics x", "version x", "serve x",
	} {
		refuses(t, (*app).rootCommand, strings.Fields(line)...)
	}
}

// TestFlagGroups checks what cobra reports late: exclusive, dependent and required flags.
func TestFlagGroups(t *testing.T) {
	root := func(a *app) *cobra.Command {
		root := a.rootCommand()
		c := &cobra.Command{Use: "grouped", RunE: func(*cobra.Command, []string) error { return context.Canceled }}
		c.Flags().Bool("a", false, "")
		c.Flags().Bool("b", false, "")
		c.Flags().Bool("c", false, "")
		c.Flags().Bool("d", false, "")
		c.MarkFlagsMutuallyExclusive("a", "b")
		c.MarkFlagsRequiredTogether("b", "c")
		_ = c.MarkFlagRequired("d")
		root.AddCommand(c)
		return root
	}
	refuses(t, root, "grouped", "--a", "--b", "--c", "--d")
	refuses(t, root, "grouped", "--b", "--d")
	refuses(t, root, "grouped", "--a")
}
