package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/gate"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

type compileOptions struct {
	modifier, overridesFile        string
	overrides, sdks, platforms     []string
	envFiles                       []string
	temporalVersion, pluginVersion string
	name, out, check, deployed     string
	format                         format
}

func (a *app) compileCommand() *cobra.Command {
	o := &compileOptions{}
	cmd := &cobra.Command{
		Use:   "compile [PRESET | PATH]",
		Short: "Compile a preset or a deployment into its artefacts",
		Long: `Compile resolves a preset, or the deployment at PATH, with an optional modifier
and overrides on top, and holds it against the guard rails. A deployment is a
folder with a CUE package or a deployment.yaml in it, or such a YAML or JSON
file itself.

With --out, every artefact is written into the folder: all of them or none.
With --check, nothing is written: the folder is held against what would be, and
exit code 1 says that a file is missing, stale or edited by hand.
Without, the reasoning (why.md) and a summary are printed. An argument with a
slash in it, ".", or a YAML or JSON file is a path; everything else is the name
of a preset.

Without either, variables are overrides on starter: those of --env-file, else of
the environment, as far as the server and the plugin read them. What was read is
told on stderr.`,
		Example: `  # the reasoning behind a preset
  temporal-dsql compile mid-scale

  # every artefact for a batch platform on Temporal 1.31
  temporal-dsql compile mid-scale --modifier batch-processor \
    --override history.replicas=8 --temporal-version 1.31 --out build/batch

  # a deployment of this repository, exactly as cue export gives it
  temporal-dsql compile ./profiles/payments --out build/payments

  # in CI: are the committed artefacts those of the deployment?
  temporal-dsql compile ./profiles/payments --check build/payments

  # what an environment asks for, on starter
  temporal-dsql compile --env-file server.env --out build/server

  # only what a Go worker and ECS need, as JSON
  temporal-dsql compile starter --sdk go --platform ecs -o json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 && args[0] != "" {
				return nil
			}
			if len(args) > 1 {
				return usageError{fmt.Sprintf("compile takes one preset or path, not %d", len(args)), "the modifier is given by --modifier"}
			}
			if len(args) == 0 {
				return nil // the environment may say enough
			}
			return noTarget
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			if isPath(toComplete) {
				return nil, cobra.ShellCompDirectiveDefault // folders, and files of plain deployments
			}
			found, _ := a.presetNames()(cmd, args, toComplete)
			return found, cobra.ShellCompDirectiveDefault
		},
		RunE: a.leaving(func(cmd *cobra.Command, args []string) error {
			return a.compile(cmd, strings.Join(args, ""), o)
		}),
	}
	f := cmd.Flags()
	f.StringVarP(&o.modifier, "modifier", "m", "", "workload modifier (see list-modifiers)")
	f.StringArrayVar(&o.overrides, "override", nil, "`KEY=VALUE` that wins over everything else; may be repeated")
	f.StringVar(&o.overridesFile, "overrides", "", "`FILE` of overrides: .cue, .yaml or .json; --override wins over it")
	f.StringArrayVar(&o.envFiles, "env-file", nil, "`FILE` of NAME=VALUE lines whose variables of the server and the plugin are overrides; may be repeated")
	f.StringSliceVar(&o.sdks, "sdk", nil, "SDK adapters, or none (default: the deployment's; all for a preset)")
	f.StringSliceVar(&o.platforms, "platform", nil, "platform adapters, or none (default: the deployment's; all for a preset)")
	f.StringVar(&o.temporalVersion, "temporal-version", "", "Temporal server, as MAJOR.MINOR (see version; default: the deployment's, else the one that the public plugin is built on)")
	f.StringVar(&o.pluginVersion, "plugin-version", "", "generation of the DSQL plugin (see version; default: the deployment's, else the newest)")
	f.StringVar(&o.name, "name", "", "name of the deployment (default: the preset's or the deployment's)")
	f.StringVar(&o.deployed, "deployed", "", "profile.json or profile.yaml `FILE` of what runs today, or its folder: what can never change is held against it")
	f.StringVar(&o.out, "out", "", "`FOLDER` to write the artefacts into")
	f.StringVar(&o.check, "check", "", "`FOLDER` of artefacts to hold against what would be written")
	_ = cmd.MarkFlagDirname("out")
	_ = cmd.MarkFlagDirname("check")
	o.format.flag(cmd)
	for flag, complete := range map[string]cobra.CompletionFunc{
		"modifier":         a.modifierNames(),
		"sdk":              a.adapterNames("sdk"),
		"platform":         a.adapterNames("platform"),
		"override":         a.overridable(),
		"name":             cobra.NoFileCompletions,
		"temporal-version": a.versions(func(v compile.Versions) []string { return v.TemporalServers }),
		"plugin-version":   a.versions(func(v compile.Versions) []string { return v.PluginGenerations }),
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, complete)
	}
	return cmd
}

// minor is a server's version without its patch: v1.31.2 is 1.31.
func minor(version string) string {
	parts := strings.Split(strings.TrimPrefix(version, "v"), ".")
	return strings.Join(parts[:min(2, len(parts))], ".")
}

func (a *app) compile(cmd *cobra.Command, target string, o *compileOptions) error {
	ctx := cmd.Context()
	if cmd.Flags().Changed("out") && o.out == "" {
		return usageError{"--out names no folder", "a shell variable that is not set?"}
	}
	if cmd.Flags().Changed("check") && o.check == "" {
		return usageError{"--check names no folder", "a shell variable that is not set?"}
	}
	if o.check != "" && o.out != "" {
		return usageError{"--check goes without --out", "--out writes what --check holds a folder against"}
	}
	engine, req, err := a.open(target)
	if err != nil {
		return err
	}
	req.Name, req.Modifier = o.name, o.modifier
	req.TemporalVersion, req.PluginVersion = minor(o.temporalVersion), o.pluginVersion
	// what a deployment states is judged at its place; a flag has none
	if err := engine.Supports(req.TemporalVersion, req.PluginVersion); err != nil {
		return err
	}
	req.SDKs, req.Platforms = chosen(cmd, "sdk", o.sdks), chosen(cmd, "platform", o.platforms)
	if req.Path != "" && len(o.envFiles) > 0 {
		return usageError{"--env-file goes with a preset, or without", "a deployment states its own overrides: migrate --env-file … --write writes them"}
	}
	if target == "" || len(o.envFiles) > 0 {
		if err := a.fromEnvironment(cmd.Context(), engine, &req, o.envFiles); err != nil {
			return err
		}
	}
	rules := prepare(ctx, engine.Policies())
	if o.overridesFile != "" {
		given, err := compile.ReadOverrides(o.overridesFile)
		if err != nil {
			return err
		}
		req.Overrides = append(req.Overrides, given...)
	}
	for _, arg := range o.overrides {
		override, err := engine.ParseOverride(arg)
		if err != nil {
			return err
		}
		req.Overrides = append(req.Overrides, override)
	}
	if o.deployed != "" {
		running, err := compile.Written(o.deployed)
		if err != nil {
			return err
		}
		req.Deployed = running.Profile.Values()
	}

	result, err := engine.Compile(req)
	if err != nil {
		return forFolder(err, req.Preset)
	}
	ready := <-rules
	if ready.err != nil {
		return ready.err
	}
	subject, err := gate.Judgement{Rules: ready.rules, Today: a.now()}.Judge(ctx, result)
	if err != nil {
		return err
	}
	bad := report.Report{Subjects: []report.Subject{subject}}.Failures()
	if bad == 0 {
		// adapters of others are ended with it
		if err := a.wholly(func() error { return result.Extend(ctx) }); err != nil {
			return err
		}
	}

	if o.format == "text" {
		subject.Text(a.stderr, report.StyleFor(a.stderr, a.env))
	}
	if bad == 0 && o.check != "" {
		return a.check(result, o)
	}
	if bad == 0 && o.out != "" {
		err := a.wholly(func() error {
			_, err := result.Write(o.out, a.now())
			return err
		})
		if err != nil {
			return fmt.Errorf("%w: %w", errIO, err)
		}
	}
	if bad == 0 || o.format != "text" {
		err := a.print(o.format, document(result, subject.Findings), func(w io.Writer, style report.Style) {
			summary(w, style, result, o.out)
		})
		if err != nil {
			return err
		}
	}
	if bad > 0 {
		return refused{errors: bad, out: o.out}
	}
	return nil
}

// forFolder adds to an error about a preset that there is a folder of its name.
func forFolder(err error, preset string) error {
	for _, dir := range []string{preset, filepath.Join("profiles", preset)} {
		if err != nil && preset != "" && isDeployment(dir) {
			return withHint(err, fmt.Sprintf("for the folder, say ./%s", filepath.ToSlash(dir)))
		}
	}
	return err
}

// chosen is nil where a flag was not given, and empty for "none".
func chosen(cmd *cobra.Command, flag string, names []string) []string {
	if !cmd.Flags().Changed(flag) {
		return nil
	}
	return append([]string{}, slices.DeleteFunc(names, func(n string) bool { return n == "none" || n == "" })...)
}

type prepared struct {
	rules *policy.Rules
	err   error
}

// prepare readies the guard rails while the engine loads.
func prepare(ctx context.Context, tree fs.FS) <-chan prepared {
	done := make(chan prepared, 1)
	go func() {
		rules, err := policy.Guardrails(ctx, tree)
		done <- prepared{rules, err}
	}()
	return done
}

func isDeployment(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

func withHint(err error, hint string) error {
	var input *source.Error
	if errors.As(err, &input) && len(input.Problems) == 1 {
		input.Problems[0].Hint += "; " + hint
	}
	return err
}

// compilation is the result as a document.
type compilation struct {
	Profile           compile.Profile       `json:"profile"`
	DynamicConfigYAML string                `json:"dynamic_config_yaml"`
	PluginConfig      json.RawMessage       `json:"dsql_plugin_config"`
	SDKSnippets       []compile.Snippet     `json:"sdk_snippets"`
	PlatformSnippets  []compile.Snippet     `json:"platform_snippets"`
	Placeholders      []compile.Placeholder `json:"placeholders"`
	GuardRailResults  []report.Finding      `json:"guard_rail_results"`
	Trace             []compile.Trace       `json:"trace"`
	WhySection        string                `json:"why_section"`
	Files             map[string]string     `json:"files"`
}

func document(r *compile.Result, findings []report.Finding) compilation {
	doc := compilation{
		Profile: r.Profile, DynamicConfigYAML: r.Files["dynamic_config.yaml"], WhySection: r.Files["why.md"],
		PluginConfig: json.RawMessage("null"), Trace: r.Trace,
		SDKSnippets: []compile.Snippet{}, PlatformSnippets: []compile.Snippet{}, GuardRailResults: findings,
		Placeholders: append([]compile.Placeholder{}, r.Placeholders...),
		Files:        map[string]string{},
	}
	// artefacts refer to each other by name
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

// summary says what was resolved and, where a folder was written, what is in it.
func summary(w io.Writer, style report.Style, r *compile.Result, out string) {
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
	fmt.Fprintf(w, "%s: %s, Temporal %s, DSQL plugin generation %s\n", style.Bold(p.Name), what, p.TemporalServerVersion, p.DSQLPluginVersion)
	fmt.Fprintf(w, "%d parameters: %s\n", len(p.Params()), strings.Join(sources, ", "))
	files := make([]string, 0, len(r.Files))
	for name := range r.Files {
		files = append(files, name)
	}
	slices.Sort(files)
	if out == "" {
		fmt.Fprintf(w, "%d files, written with --out FOLDER: %s\n\n", len(files), strings.Join(files, " "))
		fmt.Fprint(w, r.Files["why.md"])
		return
	}
	fmt.Fprintf(w, "%d files and manifest.json in %s: %s\n", len(files), out, strings.Join(files, " "))
	listPlaceholders(w, r.Placeholders)
}

// listPlaceholders says what each placeholder stands for, one a line.
func listPlaceholders(w io.Writer, all []compile.Placeholder) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(w, "%d placeholders to fill in, or to state in the deployment's site:\n", len(all))
	width := 0
	for _, p := range all {
		width = max(width, len(p.Name))
	}
	for _, p := range all {
		fmt.Fprintf(w, "  %-*s  %s\n", width, p.Name, p.Purpose)
	}
}
