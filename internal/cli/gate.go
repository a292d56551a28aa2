package cli

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/config/gate"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

type gateOptions struct {
	policies                     []string
	against                      string
	verify, coverage             bool
	failOnWarn, noFail, onlyFail bool
	format                       string
}

func (a *app) gateCommand() *cobra.Command {
	o := &gateOptions{}
	cmd := &cobra.Command{
		Use:   "gate PATH…",
		Short: "Hold deployments against the guard rails and your own policies, for CI",
		Long: `Gate compiles each deployment, or reads the profile.json or profile.yaml of an
earlier compile, and asks the guard rails and your repository's own policies.
What they find is printed with its place in your source, and one exit code sums
it up.

PATH is the folder of a deployment, a config profile or its folder, or a folder
that has such below it (FOLDER/... says so, too). Below profiles, every folder
must be a deployment, hold deployments, or be a CUE package of definitions
(#name) and hidden fields (_name) that deployments import. Anything else there,
and a file that looks like a deployment under another name, is an error.

Your policies are Rego in conftest's style: deny, violation and warn, also
deny_NAME and so on, in any package, as text or as an object with msg. They are
read from the folder policies beside your cue.mod, or from each --policy. They
may import what the guard rails do (data.lib.rule), and reach neither the
network nor the machine.

With --against, what runs today is held against each deployment: what can never
change, and what must change in steps.

A deployment may live with a finding: waivers: [{rule, reason, owner, expires}].
An expired waiver is an error, an unused one a warning.

Exit codes: 0 fine; 1 errors were found (with --fail-on-warn, warnings too); 2 a
deployment or a policy cannot be read; 3 I/O or internal error.`,
		Example: `  # every deployment of the repository, as annotations of a pull request
  temporal-dsql gate ./profiles/... -o github

  # SARIF for a code scanning upload, which decides by itself
  temporal-dsql gate ./profiles/... -o sarif --no-fail > gate.sarif

  # against what runs today, and with the tests of your own policies
  temporal-dsql gate ./profiles/... --against deployed --policy policies --verify

  # what an earlier compile wrote
  temporal-dsql gate build/payments/profile.json --fail-on-warn`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 || slices.Contains(args, "") {
				return usageError{"gate needs the path of a deployment", "temporal-dsql gate ./profiles/..."}
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
		RunE: a.leaving(func(cmd *cobra.Command, args []string) error { return a.gate(cmd, args, o) }),
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.policies, "policy", nil, "`FOLDER` of your own policies; may be repeated (default: policies beside the cue.mod)")
	f.StringVar(&o.against, "against", "", "`PATH` of what is deployed: a profile.json or profile.yaml, its folder, or a folder with one folder for each deployment's name")
	f.BoolVar(&o.verify, "verify", false, "run the tests of your own policies (*_test.rego), too")
	f.BoolVar(&o.coverage, "policy-coverage", false, "tell how much of your own policies the deployments use, by file")
	f.BoolVar(&o.failOnWarn, "fail-on-warn", false, "exit 1 on warnings, too")
	f.BoolVar(&o.noFail, "no-fail", false, "exit 0 whatever is found")
	f.BoolVarP(&o.onlyFail, "quiet", "q", false, "print what fails and nothing else")
	formats := choice{&o.format, report.FindingFormats}
	formats.flag(cmd)
	_ = cmd.MarkFlagDirname("policy")
	return cmd
}

func (a *app) gate(cmd *cobra.Command, paths []string, o *gateOptions) error {
	if cmd.Flags().Changed("against") && o.against == "" {
		return usageError{"--against names nothing", "a shell variable that is not set?"}
	}
	if slices.Contains(o.policies, "") {
		return usageError{"--policy names no folder", "a shell variable that is not set?"}
	}
	// many compiles are no short process: their garbage is worth collecting
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
		debug.SetMemoryLimit(math.MaxInt64)
	}
	answer, err := gate.Run(cmd.Context(), gate.Request{
		Paths: paths, Policies: o.policies, Against: o.against, Verify: o.verify, Coverage: o.coverage, Today: a.now(),
	})
	if err != nil {
		return err
	}
	answer.Strict, answer.Quiet = o.failOnWarn, o.onlyFail
	if len(answer.Absent) > 0 && !o.onlyFail {
		fmt.Fprintf(a.stderr, "temporal-dsql: not held against anything, since nothing of it is in %s: %s\n", filepath.Clean(o.against), strings.Join(answer.Absent, ", "))
	}
	var out bytes.Buffer
	if err := answer.Write(&out, report.StyleFor(a.stdout, a.env), o.format); err != nil {
		return err
	}
	if _, err := out.WriteTo(a.stdout); err != nil {
		return fmt.Errorf("%w: %w", errIO, err)
	}
	switch {
	case answer.Unreadable == 1:
		return source.Wrong("", "1 deployment cannot be read", "")
	case answer.Unreadable > 1:
		return source.Wrong("", fmt.Sprintf("%d deployments cannot be read", answer.Unreadable), "")
	case answer.Failures() > 0 && !o.noFail:
		n := answer.Count()
		return refused{errors: n.Errors, warnings: answer.Failures() - n.Errors}
	}
	return nil
}

// choice is a flag that takes one of several words, the first where none is given.
type choice struct {
	value   *string
	allowed []string
}

func (c choice) String() string { return *c.value }
func (c choice) Type() string   { return strings.Join(c.allowed, "|") }

func (c choice) Set(s string) error {
	if !slices.Contains(c.allowed, s) {
		return fmt.Errorf("allowed: %s", strings.Join(c.allowed, ", "))
	}
	*c.value = s
	return nil
}

func (c choice) flag(cmd *cobra.Command) {
	*c.value = c.allowed[0]
	cmd.Flags().VarP(c, "output", "o", "how to print")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(c.allowed, cobra.ShellCompDirectiveNoFileComp))
}
