package config

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/running"
	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/check"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/gate"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
)

type compileOptions struct {
	modifier, overridesFile        string
	overrides, sdks, platforms     []string
	workload, database             []string
	envFiles                       []string
	temporalVersion, pluginVersion string
	name, out, check, deployed     string
	format                         command.FormatFlag
	runningServer                  string // of the deployed profile
}

func (a *app) compileCommand() *cobra.Command {
	o := &compileOptions{}
	cmd := &cobra.Command{
		Use:   "compile [PRESET | PATH]",
		Short: "Compile a preset or a deployment into its artefacts",
		Long: `Compile resolves a preset, or the deployment at PATH, with an optional modifier and
overrides, and checks it against the guard rails. A deployment is a folder with a
CUE package or a deployment.yaml, or a YAML or JSON file.

With --out, it writes all artefacts into the folder, or none. With --check, it writes
nothing and compares the folder with the artefacts; exit code 1 means that a file is
missing, stale or edited by hand. Otherwise it prints why.md and a summary.

An argument with a slash, ".", or a YAML or JSON file is a path; any other argument is
the name of a preset. Without an argument, the variables of the server and the plugin,
from --env-file or else from the environment, are overrides on starter. Compile
reports on stderr which variables it used.`,
		Example: `  # the reasoning behind a preset
  temporal-dsql compile mid-scale

  # every artefact for a batch platform on Temporal 1.31
  temporal-dsql compile mid-scale --modifier batch-processor \
    --override history.replicas=8 --temporal-version 1.31 --out build/batch

  # a deployment of this repository
  temporal-dsql compile ./profiles/payments --out build/payments

  # in CI: check that the committed artefacts are up to date
  temporal-dsql compile ./profiles/payments --check build/payments

  # overrides from an environment, on starter
  temporal-dsql compile --env-file server.env --out build/server

  # only the Go SDK and ECS, as JSON
  temporal-dsql compile starter --sdk go --platform ecs -o json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 && args[0] != "" {
				return nil
			}
			if len(args) > 1 {
				return command.NewUsageError(
					fmt.Sprintf("compile: expected one preset or path, found %d", len(args)),
					"set the modifier with --modifier")

			}
			if len(args) == 0 {
				return nil // the environment can be enough
			}
			return running.ErrNoTarget
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			if command.IsPath(toComplete) {
				return nil, cobra.ShellCompDirectiveDefault // folders and files of deployments
			}
			found, _ := a.CompletePresets()(cmd, args, toComplete)
			return found, cobra.ShellCompDirectiveDefault
		},
		RunE: a.AbandonOnInterrupt(func(cmd *cobra.Command, args []string) error {
			return a.runCompile(cmd, strings.Join(args, ""), o)
		}),
	}
	f := cmd.Flags()
	f.StringVarP(&o.modifier, "modifier", "m", "", "workload modifier (see list-modifiers)")
	f.StringArrayVar(&o.overrides, "override", nil, "override `KEY=VALUE`, with the highest precedence; can be repeated")
	registerShape(a, cmd, &o.workload, &o.database)
	f.StringVar(&o.overridesFile, "overrides", "", "`FILE` of overrides: .cue, .yaml or .json; --override takes precedence")
	f.StringArrayVar(&o.envFiles, "env-file", nil, "`FILE` of NAME=VALUE lines to use as overrides; can be repeated")
	f.StringSliceVar(&o.sdks, "sdk", nil, "SDK adapters, or none (default: the deployment's, or all for a preset)")
	f.StringSliceVar(&o.platforms, "platform", nil, "platform adapters, or none (default: the deployment's, or all for a preset)")
	f.StringVar(&o.temporalVersion, "temporal-version", "",
		command.ServerUsage+"; default: the deployment's, else the public plugin's line")
	f.StringVar(&o.pluginVersion, "plugin-version", "", "DSQL plugin generation (see version; default: the deployment's, else the newest)")
	f.StringVar(&o.name, "name", "", "name of the deployment (default: the preset's or the deployment's)")
	f.StringVar(&o.deployed, "deployed", "", "profile.json or profile.yaml `FILE` of the running configuration, or its folder, to "+
		"check for impossible changes")
	f.StringVar(&o.out, "out", "", "`FOLDER` to write the artefacts into")
	f.StringVar(&o.check, "check", "", "`FOLDER` of artefacts to compare with")
	_ = cmd.MarkFlagDirname("out")
	_ = cmd.MarkFlagDirname("check")
	o.format.Register(cmd)
	for flag, complete := range map[string]cobra.CompletionFunc{
		"sdk":      a.CompleteAdapters("sdk"),
		"platform": a.CompleteAdapters("platform"),
		"override": a.completeOverrides(),
		"name":     cobra.NoFileCompletions,
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, complete)
	}
	return cmd
}

func (a *app) runCompile(cmd *cobra.Command, target string, o *compileOptions) error {
	ctx := cmd.Context()
	if err := o.checkFolders(cmd); err != nil {
		return err
	}
	engine, req, err := a.newCompileRequest(cmd, target, o)
	if err != nil {
		return err
	}
	rules := command.PrepareRules(ctx, engine.Policies(), gate.PolicyFolders(engine)...)
	result, err := engine.Compile(req)
	if err != nil {
		return command.SuggestFolder(err, req.Preset)
	}
	ready := <-rules
	if ready.Err != nil {
		return ready.Err
	}
	subject, err := gate.CheckSubject(ctx, result, check.Options{Rules: ready.Rules, Today: a.Now(), RunningServer: o.runningServer})
	if err != nil {
		return err
	}
	bad := report.Report{Subjects: []report.Subject{subject}}.Failures()
	if bad == 0 {
		// external adapters end with the context
		if err := a.Uninterrupted(func() error { return result.RunAdapters(ctx) }); err != nil {
			return err
		}
	}

	if o.format == "text" {
		subject.Text(a.Stderr, report.StyleFor(a.Stderr, a.Env))
	}
	if bad == 0 && o.check != "" {
		return a.checkArtefacts(result, o)
	}
	if bad == 0 && o.out != "" {
		err := a.Uninterrupted(func() error {
			_, err := result.WriteFolder(o.out, a.Now())
			return err
		})
		if err != nil {
			return fmt.Errorf("%w: %w", command.ErrIO, err)
		}
	}
	if bad == 0 || o.format != "text" {
		err := a.PrintDocument(o.format, newCompileDocument(result, subject.Findings), func(w io.Writer, style report.Style) {
			writeSummary(w, style, result, o.out)
		})
		if err != nil {
			return err
		}
	}
	if bad > 0 {
		return command.FindingsError{Errors: bad, Out: o.out}
	}
	return nil
}

// checkFolders rejects flags of folders that are empty, or exclude each other.
func (o *compileOptions) checkFolders(cmd *cobra.Command) error {
	for _, flag := range []struct{ name, folder string }{{"out", o.out}, {"check", o.check}} {
		if cmd.Flags().Changed(flag.name) && flag.folder == "" {
			return command.NewUsageError("--"+flag.name+": missing folder", "check for an unset shell variable")
		}
	}
	if o.check != "" && o.out != "" {
		return command.NewUsageError("--check and --out exclude each other", "use --out to write the files, --check to compare them")
	}
	return nil
}

// newCompileRequest returns the request that the target and the flags state, and the engine for it.
func (a *app) newCompileRequest(cmd *cobra.Command, target string, o *compileOptions) (*compile.Engine, compile.Request, error) {
	engine, req, err := a.OpenTarget(target)
	if err != nil {
		return nil, req, err
	}
	req.Name, req.Modifier = o.name, o.modifier
	req.TemporalVersion, req.PluginVersion = command.ServerVersion(o.temporalVersion), o.pluginVersion
	// versions in a deployment are checked with their position; flags have none
	if err := engine.CheckSupport(req.TemporalVersion, req.PluginVersion); err != nil {
		return nil, req, err
	}
	req.SDKs, req.Platforms = changedNames(cmd, "sdk", o.sdks), changedNames(cmd, "platform", o.platforms)
	if req.Path != "" && len(o.envFiles) > 0 {
		return nil, req, command.NewUsageError(
			"--env-file cannot be used with a deployment",
			"write the overrides into the deployment: migrate --env-file … --write")
	}
	if target == "" || len(o.envFiles) > 0 {
		if err := running.AddEnvironment(cmd.Context(), a.App, engine, &req, o.envFiles); err != nil {
			return nil, req, err
		}
	}
	if o.overridesFile != "" {
		overrides, err := compile.ReadOverrides(o.overridesFile)
		if err != nil {
			return nil, req, err
		}
		req.Overrides = append(req.Overrides, overrides...)
	}
	for _, arg := range o.overrides {
		override, err := engine.ParseOverride(arg)
		if err != nil {
			return nil, req, err
		}
		req.Overrides = append(req.Overrides, override)
	}
	if err := applyShape(engine, &req, o.workload, o.database); err != nil {
		return nil, req, err
	}
	if o.deployed != "" {
		running, err := artefact.LoadArtefacts(o.deployed)
		if err != nil {
			return nil, req, err
		}
		req.Deployed, o.runningServer = running.Profile.Values(), running.Profile.TemporalServerVersion
	}
	return engine, req, nil
}

// changedNames returns nil if the flag is not set, and an empty list for "none".
func changedNames(cmd *cobra.Command, flag string, names []string) []string {
	if !cmd.Flags().Changed(flag) {
		return nil
	}
	return append([]string{}, slices.DeleteFunc(names, func(n string) bool { return n == "none" || n == "" })...)
}

// CompileDocument is the document that compile prints.
type CompileDocument struct {
	Profile           artefact.Profile       `json:"profile"`
	DynamicConfigYAML string                 `json:"dynamic_config_yaml"`
	PluginConfig      json.RawMessage        `json:"dsql_plugin_config"`
	SDKSnippets       []artefact.Snippet     `json:"sdk_snippets"`
	PlatformSnippets  []artefact.Snippet     `json:"platform_snippets"`
	Placeholders      []artefact.Placeholder `json:"placeholders"`
	Notes             []string               `json:"notes"`
	GuardRailResults  []report.Finding       `json:"guard_rail_results"`
	Trace             []artefact.Trace       `json:"trace"`
	WhySection        string                 `json:"why_section"`
	Files             map[string]string      `json:"files"`
}

func newCompileDocument(r *artefact.Result, findings []report.Finding) CompileDocument {
	doc := CompileDocument{
		Profile: r.Profile, DynamicConfigYAML: r.Files["dynamic_config.yaml"], WhySection: r.Files["why.md"],
		PluginConfig: json.RawMessage("null"), Trace: r.Trace,
		SDKSnippets: []artefact.Snippet{}, PlatformSnippets: []artefact.Snippet{}, GuardRailResults: findings,
		Placeholders: append([]artefact.Placeholder{}, r.Placeholders...),
		Notes:        append([]string{}, r.Notes...),
		Files:        map[string]string{},
	}
	// copied, because files are added below
	maps.Copy(doc.Files, r.Files)
	if plugin := r.Files["dsql_plugin.json"]; plugin != "" {
		doc.PluginConfig = json.RawMessage(plugin)
	}
	for _, s := range r.Snippets {
		if s.Kind == "sdk" {
			doc.SDKSnippets = append(doc.SDKSnippets, s)
		} else {
			doc.PlatformSnippets = append(doc.PlatformSnippets, s)
		}
	}
	return doc
}

// writeSummary describes the result and the files of the folder.
func writeSummary(w io.Writer, style report.Style, r *artefact.Result, out string) {
	p := r.Profile
	counts := map[string]int{}
	for _, x := range p.Params() {
		counts[x.Source]++
	}
	var sources []string
	for _, source := range []string{"override", "modifier", "preset", "derived", "default"} {
		if counts[source] > 0 {
			sources = append(sources, fmt.Sprintf("%d %s", counts[source], source))
		}
	}
	what := "preset " + p.PresetName
	if p.Modifier != "" {
		what += ", modifier " + p.Modifier
	}
	fmt.Fprintf(
		w,
		"%s: %s, Temporal %s, DSQL plugin generation %s\n",
		style.Bold(p.Name),
		what,
		p.TemporalServerVersion,
		p.DSQLPluginVersion,
	)
	fmt.Fprintf(w, "%d parameters: %s\n", len(p.Params()), strings.Join(sources, ", "))
	if out != "" { // why.md has them
		for _, note := range r.Notes {
			fmt.Fprintln(w, "note: "+note)
		}
	}
	files := make([]string, 0, len(r.Files))
	for name := range r.Files {
		files = append(files, name)
	}
	slices.Sort(files)
	if out == "" {
		fmt.Fprintf(w, "%d files with --out FOLDER: %s\n\n", len(files), strings.Join(files, " "))
		fmt.Fprint(w, r.Files["why.md"])
		return
	}
	fmt.Fprintf(w, "%d files and manifest.json in %s: %s\n", len(files), out, strings.Join(files, " "))
	writePlaceholders(w, r.Placeholders)
}

// writePlaceholders lists the placeholders with their purposes.
func writePlaceholders(w io.Writer, all []artefact.Placeholder) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(w, "%d placeholders to replace, or to set in the deployment's site:\n", len(all))
	width := 0
	for _, p := range all {
		width = max(width, len(p.Name))
	}
	for _, p := range all {
		fmt.Fprintf(w, "  %-*s  %s\n", width, p.Name, p.Purpose)
	}
}

// completeOverrides completes the key of an override.
func (a *app) completeOverrides() cobra.CompletionFunc {
	keys := a.CompleteFrom(func(e *compile.Engine) (found []string, err error) {
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
