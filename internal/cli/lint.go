package cli

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/lint"
)

type lintOptions struct {
	temporalVersion, pluginVersion string
	format, output                 string
	failOnWarn, quiet, verbose     bool
}

func (a *app) lintCommand() *cobra.Command {
	o := &lintOptions{}
	cmd := &cobra.Command{
		Use:   "lint FILE...",
		Short: "Find what is wrong with the configuration that runs today",
		Long: `Lint reads what a cluster is configured by, without any preset: dynamic config,
.env files, Compose files with the env files that they name, ECS task
definitions and values of the official Helm chart. All files are one deployment.

It finds dynamic-config keys that the server does not know, or that are no
dynamic config; values that it takes for something else or not at all; variables
that nothing reads; values outside of a parameter's range; and whatever the
guard rails say that the values given suffice for. The others are counted, and
listed with --verbose: not judged is not passed.

Values of secrets are never read into anything that is printed.`,
		Example: `  # what a server and its plugin run by
  temporal-dsql lint dynamic_config.yaml server.env

  # a Compose project, for a server of another version
  temporal-dsql lint compose.yaml --temporal-version 1.31

  # what ECS runs, as annotations of a GitHub workflow
  aws ecs describe-task-definition --task-definition history > history.json
  temporal-dsql lint history.json -o github --fail-on-warn`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{"lint needs a file", "the dynamic config, an .env file, a Compose file, an ECS task definition or Helm values"}
			}
			return nil
		},
		RunE: a.leaving(func(cmd *cobra.Command, args []string) error { return a.lint(cmd, args, o) }),
	}
	f := cmd.Flags()
	f.StringVar(&o.temporalVersion, "temporal-version", "", "Temporal server that runs, as MAJOR.MINOR (see version; default: the one that the public plugin is built on)")
	f.StringVar(&o.pluginVersion, "plugin-version", "", "generation of the DSQL plugin that runs (see version; default: the newest)")
	f.StringVar(&o.format, "format", "", "what the files are, where that cannot be told: "+strings.Join(readable(), ", "))
	f.BoolVar(&o.failOnWarn, "fail-on-warn", false, "let warnings fail as errors do")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print nothing but what fails")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "list the guard rails that were not judged, and what they lack")
	formats := choice{&o.output, report.FindingFormats}
	formats.flag(cmd)
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(readable(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("temporal-version", a.versions(func(v compile.Versions) []string { return v.TemporalServers }))
	_ = cmd.RegisterFlagCompletionFunc("plugin-version", a.versions(func(v compile.Versions) []string { return v.PluginGenerations }))
	return cmd
}

// readable are the formats of what is deployed.
func readable() []string {
	var names []string
	for _, f := range deployed.Formats {
		names = append(names, string(f))
	}
	return names
}

func (a *app) lint(cmd *cobra.Command, files []string, o *lintOptions) error {
	if o.format != "" && !slices.Contains(readable(), o.format) {
		return usageError{fmt.Sprintf("unknown format %q of files", o.format), "allowed: " + strings.Join(readable(), ", ")}
	}
	engine, err := compile.New(a.dir)
	if err != nil {
		return err
	}
	result, err := lint.Run(cmd.Context(), engine, lint.Request{
		Files: files, Format: deployed.Format(o.format), Temporal: minor(o.temporalVersion), Plugin: o.pluginVersion,
	})
	if err != nil {
		return err
	}
	result.Report.Strict, result.Report.Quiet = o.failOnWarn, o.quiet
	var out bytes.Buffer
	switch o.output {
	case "json", "yaml":
		err = report.Encode(&out, o.output, lintDocument(result))
	default:
		result.Report.Extent = extent(result, o.verbose)
		err = result.Report.Write(&out, report.StyleFor(a.stdout, a.env), o.output)
	}
	if err != nil {
		return err
	}
	if _, err := out.WriteTo(a.stdout); err != nil {
		return fmt.Errorf("%w: %w", errIO, err)
	}
	if failures := result.Report.Failures(); failures > 0 {
		n := result.Report.Count()
		return refused{errors: n.Errors, warnings: failures - n.Errors}
	}
	return nil
}

// extent says how much was looked at.
func extent(r *lint.Result, verbose bool) string {
	var w strings.Builder
	all := len(r.Judged) + len(r.Unjudged)
	settings := "settings"
	if r.Settings == 1 {
		settings = "setting"
	}
	fmt.Fprintf(&w, "%d %s for Temporal %s and DSQL plugin generation %s; %d of %d guard rails judged", r.Settings, settings, r.Temporal, r.Plugin, len(r.Judged), all)
	if !verbose && len(r.Unjudged) > 0 {
		fmt.Fprint(&w, ", the others for want of values (--verbose)")
	}
	fmt.Fprintln(&w)
	if verbose {
		for _, u := range r.Unjudged {
			fmt.Fprintf(&w, "  not judged: %s, without %s\n", u.Rule, strings.Join(u.Missing, ", "))
		}
	}
	return w.String()
}

// linted is what lint finds, as a document.
type linted struct {
	Temporal   string           `json:"temporal_server_version"`
	Plugin     string           `json:"dsql_plugin_version"`
	Settings   int              `json:"settings"`
	Summary    report.Counts    `json:"summary"`
	Files      []report.Subject `json:"files"`
	GuardRails struct {
		Judged    []string          `json:"judged"`
		NotJudged []policy.Unjudged `json:"not_judged"`
	} `json:"guard_rails"`
}

func lintDocument(r *lint.Result) linted {
	doc := linted{Temporal: r.Temporal, Plugin: r.Plugin, Settings: r.Settings, Summary: r.Report.Count(), Files: r.Report.Subjects}
	doc.GuardRails.Judged = append([]string{}, r.Judged...)
	doc.GuardRails.NotJudged = append([]policy.Unjudged{}, r.Unjudged...)
	return doc
}
