package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/diff"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
)

// errDiffers is what --exit-code asks for: the difference is printed already.
var errDiffers = errors.New("they differ")

type diffOptions struct {
	modifier, temporalVersion, pluginVersion string
	files, exitCode                          bool
	format                                   format
}

func (a *app) diffCommand() *cobra.Command {
	o := &diffOptions{}
	cmd := &cobra.Command{
		Use:   "diff A B | --temporal-version V..W TARGET",
		Short: "Show what changes between two configurations, and what the change needs",
		Long: `Diff compares two presets, deployments (a folder or a plain file), or what
earlier compiles wrote (profile.json or profile.yaml, or its folder). It tells
the parameters that change, each with its layers and with what the change needs of a running
cluster: nothing can do it, a restart, or a hot reload; the variables and
dynamic-config keys that only one side has; the findings that appear or
disappear; and the files that differ.

One target is compared with itself under --modifier, --temporal-version or
--plugin-version given as FROM..TO; an empty side is what the target states.

A preset is compared by its core files, without those of adapters.`,
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
				return usageError{"diff needs two targets, or one and a range such as --temporal-version 1.29..1.31", "temporal-dsql diff --help"}
			}
			return usageError{fmt.Sprintf("diff compares two targets, not %d", len(args)), "temporal-dsql diff mid-scale high-throughput"}
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 1 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return a.targets(cmd, args, toComplete)
		},
		RunE: a.leaving(func(cmd *cobra.Command, args []string) error { return a.diff(cmd.Context(), args, o) }),
	}
	f := cmd.Flags()
	f.StringVarP(&o.modifier, "modifier", "m", "", "workload modifier, of both or as `FROM..TO`")
	f.StringVar(&o.temporalVersion, "temporal-version", "", "Temporal server, of both or as `FROM..TO`")
	f.StringVar(&o.pluginVersion, "plugin-version", "", "generation of the DSQL plugin, of both or as `FROM..TO`")
	f.BoolVar(&o.files, "files", false, "print what changes inside of files too, as a unified diff")
	f.BoolVar(&o.exitCode, "exit-code", false, "exit with 1 when there is a difference")
	o.format.flag(cmd)
	for flag, complete := range map[string]cobra.CompletionFunc{
		"modifier":         a.modifierNames(),
		"temporal-version": a.versions(func(v compile.Versions) []string { return v.TemporalServers }),
		"plugin-version":   a.versions(func(v compile.Versions) []string { return v.PluginGenerations }),
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, complete)
	}
	return cmd
}

// sides splits FROM..TO; without the dots both sides have the value.
func sides(value string) [2]string {
	from, to, ranged := strings.Cut(value, "..")
	if !ranged {
		to = from
	}
	return [2]string{from, to}
}

func (a *app) diff(ctx context.Context, args []string, o *diffOptions) error {
	modifiers, servers, plugins := sides(o.modifier), sides(o.temporalVersion), sides(o.pluginVersion)
	var read [2]diff.Side
	var targets [2]string
	var rules *policy.Rules
	var ref diff.Reference
	for i := range read {
		target := args[min(i, len(args)-1)]
		c := changes{modifier: modifiers[i], temporalVersion: servers[i], pluginVersion: plugins[i]}
		engine, result, err := a.resultOf(target, c)
		if err != nil {
			return err
		}
		if i == 0 {
			// the guard rails and the registry of the first side judge both
			ready := <-prepare(ctx, engine.Policies())
			if ready.err != nil {
				return ready.err
			}
			rules = ready.rules
			if ref.Registry, err = engine.Parameters(); err != nil {
				return err
			}
			if ref.Keys, err = engine.Keys(""); err != nil {
				return err
			}
		}
		read[i] = diff.Side{Profile: result.Profile, Files: result.Files}
		for _, v := range result.Violations {
			read[i].Findings = append(read[i].Findings, policy.Finding{RuleName: v.RuleName, Severity: v.Severity, Message: v.Message, ParameterKeys: v.ParameterKeys, Remediation: v.Remediation})
		}
		found, err := rules.Judge(ctx, result.JSON)
		if err != nil {
			return err
		}
		read[i].Findings = append(read[i].Findings, found...)
		targets[i] = target + c.text()
	}
	doc := diff.New(targets[0], targets[1], read[0], read[1], ref)
	err := a.print(o.format, doc, func(w io.Writer, style report.Style) { doc.Text(w, style, o.files) })
	if err == nil && o.exitCode && !doc.Empty() {
		return errDiffers
	}
	return err
}

// text says what the changes are, behind a target's name.
func (c changes) text() string {
	said := ""
	if c.modifier != "" {
		said += " + " + c.modifier
	}
	if c.temporalVersion != "" {
		said += ", Temporal " + c.temporalVersion
	}
	if c.pluginVersion != "" {
		said += ", plugin generation " + c.pluginVersion
	}
	return said
}

// resultOf reads what an earlier compile wrote, or compiles a preset or a
// deployment; a preset without adapters.
func (a *app) resultOf(target string, c changes) (*compile.Engine, *compile.Result, error) {
	if isPath(target) && compile.IsWritten(target) {
		if c.given() {
			return nil, nil, usageError{target + " is what an earlier compile wrote: nothing can be changed in it", "name the deployment that it comes from"}
		}
		engine, err := compile.New(a.dir)
		if err != nil {
			return nil, nil, err
		}
		result, err := compile.Written(target)
		return engine, result, err
	}
	engine, req, err := a.open(target)
	if err != nil {
		return nil, nil, err
	}
	if err := c.apply(engine, &req); err != nil {
		return nil, nil, err
	}
	if req.Preset != "" {
		req.SDKs, req.Platforms = []string{}, []string{}
	}
	result, err := engine.Compile(req)
	return engine, result, forFolder(err, req.Preset)
}
