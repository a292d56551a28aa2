package running

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/lint"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

type lintOptions struct {
	temporalVersion, pluginVersion string
	format, output                 string
	services                       []string
	failOnWarn, quiet, verbose     bool
}

func (a *app) lintCommand() *cobra.Command {
	o := &lintOptions{}
	cmd := &cobra.Command{
		Use:   "lint FILE...",
		Short: "Find problems in a running configuration",
		Long: `Lint checks a cluster's configuration files without a preset: dynamic config, .env
files, Compose files with their env files, ECS task definitions (including those
in CloudFormation templates and Terraform plans), values of the official Helm chart or
of one that depends on it, Kubernetes manifests with their ConfigMaps, and the server's
static configuration; - is stdin. All files belong to one deployment.

It finds

  - dynamic-config keys that are unknown to the server or not dynamic config
  - values that the server misreads or rejects
  - variables that nothing reads
  - values outside a parameter's range
  - failures of guard rails, if the files contain all their values

Skipped guard rails are counted, and listed with --verbose.

Values of secrets are never printed.`,
		Example: `  # the files of a server and its plugin
  temporal-dsql lint dynamic_config.yaml server.env

  # a Compose project with another server version
  temporal-dsql lint compose.yaml --temporal-version 1.31

  # an ECS task definition, as annotations of a GitHub workflow
  aws ecs describe-task-definition --task-definition history > history.json
  temporal-dsql lint history.json -o github --fail-on-warn`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return command.NewUsageError(
					"lint: missing FILE",
					"name the dynamic config, an .env file, a Compose file, an ECS task definition or Helm values")

			}
			return nil
		},
		RunE: a.AbandonOnInterrupt(func(cmd *cobra.Command, args []string) error { return a.runLint(cmd, args, o) }),
	}
	f := cmd.Flags()
	f.StringVar(&o.temporalVersion, "temporal-version", "",
		"running Temporal server version as MAJOR.MINOR.PATCH or MAJOR.MINOR (see version; default: the public plugin's)")
	f.StringVar(&o.pluginVersion, "plugin-version", "", "running DSQL plugin generation (see version; default: the newest)")
	f.StringArrayVar(&o.services, "service", nil, servicesUsage)
	f.StringVar(&o.format, "format", "", "format of the files, if it is not detected: "+strings.Join(formatNames(), ", "))
	f.BoolVar(&o.failOnWarn, "fail-on-warn", false, "exit with 1 on warnings, too")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print only failures")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "list the skipped guard rails and their missing values")
	command.RegisterOutput(cmd, &o.output, report.FindingFormats)
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formatNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// firstGC is the memory, in bytes, at which lint first collects garbage: the files of one cluster take some 140 MB, none of
// which a collection frees before the end.
const firstGC = 160 << 20

const servicesUsage = "only this `SERVICE`; a pattern such as ops-*; can be repeated"

// formatNames returns the formats of deployed configuration.
func formatNames() []string {
	var names []string
	for _, f := range deployed.Formats {
		names = append(names, string(f))
	}
	return names
}

func (a *app) runLint(cmd *cobra.Command, files []string, o *lintOptions) error {
	if o.format != "" && !slices.Contains(formatNames(), o.format) {
		return suggest.UnknownName("file format", o.format, formatNames())
	}
	a.DelayGC(firstGC)
	engine, err := compile.New(a.Dir)
	if err != nil {
		return err
	}
	result, err := lint.Run(cmd.Context(), engine, lint.Request{
		Files: files, Format: deployed.Format(o.format), Temporal: command.ServerVersion(o.temporalVersion), Plugin: o.pluginVersion,
		Stdin: os.Stdin, Services: o.services,
	})
	if err != nil {
		return err
	}
	a.PrintServerWarning(result.VersionWarning)
	result.Report.Strict, result.Report.Quiet = o.failOnWarn, o.quiet
	var out bytes.Buffer
	switch o.output {
	case "json", "yaml":
		err = report.Encode(&out, o.output, newLintDocument(result))
	default:
		result.Report.Extent = lintExtent(result, o.verbose)
		err = result.Report.Write(&out, report.StyleFor(a.Stdout, a.Env), o.output)
	}
	if err != nil {
		return err
	}
	if _, err := out.WriteTo(a.Stdout); err != nil {
		return fmt.Errorf("%w: %w", command.ErrIO, err)
	}
	if result.Unread != nil {
		return result.Unread
	}
	if failures := result.Report.Failures(); failures > 0 {
		n := result.Report.Count()
		return command.FindingsError{Errors: n.Errors, Warnings: failures - n.Errors}
	}
	return nil
}

// lintExtent describes how much lint checked.
func lintExtent(r *lint.Result, verbose bool) string {
	var w strings.Builder
	all := len(r.Evaluated) + len(r.Skipped)
	if len(r.Evaluated) == 0 {
		fmt.Fprint(&w, "warning: no guard rail has all its values, so little was checked: ")
	}
	fmt.Fprintf(&w, "%s for Temporal %s and DSQL plugin generation %s; %d of %d guard rails evaluated",
		words.Count(r.Settings, "setting"), r.Temporal, r.Plugin, len(r.Evaluated), all)
	if !verbose && len(r.Skipped) > 0 {
		fmt.Fprint(&w, ", the others lack values (--verbose)")
	}
	fmt.Fprintln(&w)
	switch {
	case r.IsAssumed && !r.VersionPos.IsZero():
		fmt.Fprintf(&w, "Temporal %s is assumed: the version at %s is older than those that are known (--temporal-version)\n",
			r.Temporal, r.VersionPos)
	case !r.VersionPos.IsZero():
		fmt.Fprintf(&w, "Temporal %s is the version at %s\n", r.Temporal, r.VersionPos)
	case r.IsAssumed:
		fmt.Fprintf(&w, "Temporal %s is assumed: no file states a version that is known (--temporal-version)\n", r.Temporal)
	}
	if verbose {
		for _, u := range r.Skipped {
			fmt.Fprintf(&w, "  skipped: %s, without %s\n", u.Rule, strings.Join(u.Missing, ", "))
		}
	}
	return w.String()
}

// LintDocument is the document that lint prints.
type LintDocument struct {
	Temporal   string           `json:"temporal_server_version"`
	Plugin     string           `json:"dsql_plugin_version"`
	Settings   int              `json:"settings"`
	Summary    report.Counts    `json:"summary"`
	Files      []report.Subject `json:"files"`
	GuardRails struct {
		Evaluated []string             `json:"evaluated"`
		Skipped   []policy.SkippedRule `json:"skipped"`
	} `json:"guard_rails"`
}

func newLintDocument(r *lint.Result) LintDocument {
	doc := LintDocument{Temporal: r.Temporal, Plugin: r.Plugin, Settings: r.Settings, Summary: r.Report.Count(), Files: r.Report.Subjects}
	doc.GuardRails.Evaluated = append([]string{}, r.Evaluated...)
	doc.GuardRails.Skipped = append([]policy.SkippedRule{}, r.Skipped...)
	return doc
}
