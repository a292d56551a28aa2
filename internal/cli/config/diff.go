package config

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/check"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/diff"
	"github.com/temporal-dsql/temporal-dsql/internal/config/discover"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
)

type diffOptions struct {
	modifier, temporalVersion, pluginVersion string
	files, exitCode                          bool
	format                                   command.FormatFlag
}

func (a *app) diffCommand() *cobra.Command {
	o := &diffOptions{}
	cmd := &cobra.Command{
		Use:   "diff A B | --temporal-version V..W TARGET",
		Short: "Show the differences between two configurations",
		Long: `Diff compares two presets, deployments (a folder or a file) or results of earlier
compiles (profile.json or profile.yaml, or its folder). It shows

  - the parameters that change, with their sources and how to apply the change to a
    running cluster: hot reload, restart, or impossible
  - the variables and dynamic-config keys that only one side has
  - the findings that appear or disappear
  - the files that differ

To compare a target with itself, set --modifier, --temporal-version or
--plugin-version to FROM..TO; an empty side means the target's own value.

Presets are compared without the files of adapters.`,
		Example: `  temporal-dsql diff mid-scale high-throughput
  temporal-dsql diff build/payments ./profiles/payments --files
  temporal-dsql diff --temporal-version 1.29..1.32 ./profiles/payments
  temporal-dsql diff --modifier ..batch-processor mid-scale -o json
  temporal-dsql diff --exit-code deployed/profile.json build/profile.json`,
		Args: func(_ *cobra.Command, args []string) error {
			ranged := strings.Contains(o.modifier+o.temporalVersion+o.pluginVersion, "..")
			switch {
			case len(args) == 2, len(args) == 1 && ranged:
				return nil
			case len(args) == 1:
				return command.NewUsageError("diff: expected two targets, or one and a range such as --temporal-version 1.29..1.31",
					"see temporal-dsql diff --help")

			}
			return command.NewUsageError(fmt.Sprintf("diff: expected two targets, found %d", len(args)),
				"for example: temporal-dsql diff mid-scale high-throughput")

		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 1 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return a.completeTargets(cmd, args, toComplete)
		},
		RunE: a.AbandonOnInterrupt(func(cmd *cobra.Command, args []string) error { return a.runDiff(cmd.Context(), args, o) }),
	}
	f := cmd.Flags()
	f.StringVarP(&o.modifier, "modifier", "m", "", "workload modifier of both sides, or `FROM..TO`")
	f.StringVar(&o.temporalVersion, "temporal-version", "", "Temporal server version of both sides, or `FROM..TO`")
	f.StringVar(&o.pluginVersion, "plugin-version", "", "DSQL plugin generation of both sides, or `FROM..TO`")
	f.BoolVar(&o.files, "files", false, "print unified diffs of the files")
	f.BoolVar(&o.exitCode, "exit-code", false, "exit with 1 if there are differences")
	o.format.Register(cmd)
	return cmd
}

// splitRange splits FROM..TO; a value without dots applies to both sides.
func splitRange(value string) [2]string {
	from, to, ranged := strings.Cut(value, "..")
	if !ranged {
		to = from
	}
	return [2]string{from, to}
}

func (a *app) runDiff(ctx context.Context, args []string, o *diffOptions) error {
	modifiers, servers, plugins := splitRange(o.modifier), splitRange(o.temporalVersion), splitRange(o.pluginVersion)
	// one engine a side: the sides can belong to different modules
	var engines [2]*compile.Engine
	var results [2]*artefact.Result
	var targets [2]string
	for i := range results {
		target := args[min(i, len(args)-1)]
		c := targetFlags{modifier: modifiers[i], temporalVersion: servers[i], pluginVersion: plugins[i]}
		var err error
		if engines[i], results[i], err = a.readResult(target, c); err != nil {
			return err
		}
		targets[i] = target + c.description()
	}
	// both sides are checked by the guard rails and the registry of the first
	prepared := command.PrepareRules(ctx, engines[0].Policies())
	var ref diff.Reference
	var err error
	if ref.Registry, err = engines[0].Parameters(); err != nil {
		return err
	}
	if ref.Keys, err = engines[0].Keys(""); err != nil {
		return err
	}
	if ref.Versions, err = engines[0].Versions(); err != nil {
		return err
	}
	ready := <-prepared
	if ready.Err != nil {
		return ready.Err
	}
	var read [2]diff.Side
	for i, result := range results {
		findings, err := check.ListFindings(ctx, result, check.Options{Rules: ready.Rules, Today: a.Now()})
		if err != nil {
			return err
		}
		read[i] = diff.Side{Profile: result.Profile, Files: result.Files, Findings: check.WithoutPlaces(findings), Notes: result.Notes}
	}
	doc := diff.New(targets[0], targets[1], read[0], read[1], ref)
	err = a.PrintDocument(o.format, doc, func(w io.Writer, style report.Style) { doc.Text(w, style, o.files) })
	if err == nil && o.exitCode && !doc.IsEmpty() {
		return command.VerdictError{Code: command.ExitRefused}
	}
	return err
}

// description describes the changes, to follow a target's name.
func (c targetFlags) description() string {
	text := ""
	if c.modifier != "" {
		text += " + " + c.modifier
	}
	if c.temporalVersion != "" {
		text += ", Temporal " + c.temporalVersion
	}
	if c.pluginVersion != "" {
		text += ", plugin generation " + c.pluginVersion
	}
	return text
}

// readResult reads an earlier result, or compiles a deployment, or a preset without
// adapters.
func (a *app) readResult(target string, c targetFlags) (*compile.Engine, *artefact.Result, error) {
	if command.IsPath(target) && discover.IsCompiled(target) {
		if c.isSet() {
			return nil, nil, command.NewUsageError(
				target+" is the result of an earlier compile and cannot be changed",
				"name the deployment instead")

		}
		engine, err := compile.New(a.Dir)
		if err != nil {
			return nil, nil, err
		}
		result, err := artefact.LoadArtefacts(target)
		return engine, result, err
	}
	engine, req, err := a.OpenTarget(target)
	if err != nil {
		return nil, nil, err
	}
	if err := c.applyTo(engine, &req); err != nil {
		return nil, nil, err
	}
	if req.Preset != "" {
		req.SDKs, req.Platforms = []string{}, []string{}
	}
	result, err := engine.Compile(req)
	return engine, result, command.SuggestFolder(err, req.Preset)
}
