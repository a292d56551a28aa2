package config

import (
	"bytes"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
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
		Short: "Check deployments against guard rails and your policies",
		Long: `Gate compiles each deployment, or reads the profile.json or profile.yaml of an earlier
compile, and checks it against the guard rails and your own policies. Findings are
printed with their positions in your source.

PATH is the folder of a deployment, a config profile or its folder, or a folder that
contains them (or FOLDER/...). Below profiles, every folder must be a deployment,
contain deployments, or be a CUE package of definitions (#name) and hidden fields
(_name) that deployments import. Other folders, and files that look like deployments
under another name, are errors.

Your policies are Rego rules as in conftest: deny, violation, warn or names such as
deny_NAME, in any package, whose results are strings or objects with msg. They are read
from the folder policies next to your cue.mod, or from each --policy. They can import the
guard rails' library (data.lib.rule), and cannot access the network or the machine.

With --against, each deployment is compared with the running configuration, to find
impossible changes and changes that need several steps.

A deployment can waive a finding: waivers: [{rule, reason, owner, expires}]. An
expired waiver is an error, an unused one a warning.

Exit codes: 0 success; 1 errors were found (with --fail-on-warn, also warnings); 2 a
deployment or policy is invalid; 3 I/O or internal error.`,
		Example: `  # every deployment of the repository, as annotations of a pull request
  temporal-dsql gate ./profiles/... -o github

  # SARIF for code scanning, which sets its own status
  temporal-dsql gate ./profiles/... -o sarif --no-fail > gate.sarif

  # compare with the running configuration, and test your own policies
  temporal-dsql gate ./profiles/... --against deployed --policy policies --verify

  # the result of an earlier compile
  temporal-dsql gate build/payments/profile.json --fail-on-warn`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 || slices.Contains(args, "") {
				return command.NewUsageError("gate: missing PATH", "for example: temporal-dsql gate ./profiles/...")
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
		RunE: a.AbandonOnInterrupt(func(cmd *cobra.Command, args []string) error { return a.runGate(cmd, args, o) }),
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.policies, "policy", nil, "`FOLDER` of your own policies; can be repeated (default: policies next to cue.mod)")
	f.StringVar(&o.against, "against", "", "`PATH` of the running configuration: a profile.json or profile.yaml, its folder, or a "+
		"folder with one such folder per deployment")
	f.BoolVar(&o.verify, "verify", false, "also run the tests of your own policies (*_test.rego), and find paths that no profile has")
	f.BoolVar(&o.coverage, "policy-coverage", false, "print the coverage of your own policies by file")
	f.BoolVar(&o.failOnWarn, "fail-on-warn", false, "exit with 1 on warnings, too")
	f.BoolVar(&o.noFail, "no-fail", false, "exit with 0 despite findings")
	f.BoolVarP(&o.onlyFail, "quiet", "q", false, "print only failures")
	command.RegisterOutput(cmd, &o.format, report.FindingFormats)
	_ = cmd.MarkFlagDirname("policy")
	return cmd
}

func (a *app) runGate(cmd *cobra.Command, paths []string, o *gateOptions) error {
	if cmd.Flags().Changed("against") && o.against == "" {
		return command.NewUsageError("--against: missing path", "check for an unset shell variable")
	}
	if slices.Contains(o.policies, "") {
		return command.NewUsageError("--policy: missing folder", "check for an unset shell variable")
	}
	// many compiles take long enough for garbage collection to pay off
	a.PaceGC(command.PacedGC, math.MaxInt64)
	answer, err := gate.Run(cmd.Context(), gate.Request{
		Paths: paths, Policies: o.policies, Against: o.against, Verify: o.verify, Coverage: o.coverage, Today: a.Now(),
	})
	if err != nil {
		return err
	}
	answer.Strict, answer.Quiet = o.failOnWarn, o.onlyFail
	if len(answer.Absent) > 0 && !o.onlyFail {
		fmt.Fprintf(a.Stderr, "temporal-dsql: not compared, because %s has no such deployment: %s\n", filepath.Clean(o.against),
			strings.Join(answer.Absent, ", "))
	}
	var out bytes.Buffer
	if err := answer.Write(&out, report.StyleFor(a.Stdout, a.Env), o.format); err != nil {
		return err
	}
	if _, err := out.WriteTo(a.Stdout); err != nil {
		return fmt.Errorf("%w: %w", command.ErrIO, err)
	}
	switch {
	case answer.Unreadable == 1:
		return source.Wrong("", "1 deployment is invalid", "")
	case answer.Unreadable > 1:
		return source.Wrong("", fmt.Sprintf("%d deployments are invalid", answer.Unreadable), "")
	case answer.Failures() > 0 && !o.noFail:
		n := answer.Count()
		return command.FindingsError{Errors: n.Errors, Warnings: answer.Failures() - n.Errors}
	}
	return nil
}
