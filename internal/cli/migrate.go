package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/gate"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/migrate"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

type migrateOptions struct {
	files                          map[deployed.Format]*[]string
	preset, modifier               string
	temporalVersion, pluginVersion string
	write                          string
	force                          bool
	format                         format
}

func (a *app) migrateCommand() *cobra.Command {
	o := &migrateOptions{files: map[deployed.Format]*[]string{}}
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Move what runs today over to a preset",
		Long: `Migrate reads what a cluster is configured by and holds it against a preset:
starter, where none is named. Without any file, it reads the variables of its
own environment. Each setting is told as

  changed    an override that makes a difference
  kept       where the deployment runs: its site
  redundant  what it would be without it, by preset, formula or default
  conflict   one thing with several values: none of them is taken
  invalid    a value that nothing can be made of, or out of its range
  unknown    a value that is filled in from somewhere else
  unread     nothing reads it, in this server version and plugin generation
  secret     never printed and never written: it belongs into a secret store
  apart      another program's, the platform's, or under constraints

Leaving out all that is redundant changes no value; leaving out anything that is
changed does. Then come the two presets, with or without a modifier, on which the
fewest overrides are left and nothing is weakened: no SLO and no capacity lower,
shards the same, and no guard rail that has nothing to say today.

--write writes the deployment, on the preset that fits best or the one named by
--preset. What the guard rails say of what runs is shown, and fails nothing.`,
		Example: `  # what becomes of a server's environment and its dynamic config
  temporal-dsql migrate --env-file server.env --dynamic-config dynamic_config.yaml

  # a Compose project, as a deployment of this repository
  temporal-dsql migrate --compose compose.yaml --write profiles/payments
  temporal-dsql compile ./profiles/payments

  # what ECS runs, kept on starter
  aws ecs describe-task-definition --task-definition history > history.json
  temporal-dsql migrate --task-definition history.json --preset starter --write profiles/payments`,
		Args: cobra.NoArgs,
		RunE: a.leaving(func(cmd *cobra.Command, _ []string) error { return a.migrate(cmd, o) }),
	}
	f := cmd.Flags()
	for _, x := range foreign {
		o.files[x.format] = f.StringArray(x.flag, nil, "`FILE`: "+x.what+"; may be repeated")
	}
	f.StringVar(&o.preset, "preset", "", "preset to hold it against and to write it on (default: starter, and the one that fits best)")
	f.StringVarP(&o.modifier, "modifier", "m", "", "workload modifier of that preset (see list-modifiers)")
	f.StringVar(&o.temporalVersion, "temporal-version", "", "Temporal server that runs, as MAJOR.MINOR (see version; default: the one that the public plugin is built on)")
	f.StringVar(&o.pluginVersion, "plugin-version", "", "generation of the DSQL plugin that runs (see version; default: the newest)")
	f.StringVar(&o.write, "write", "", "`FOLDER` to write the deployment into, as profiles/NAME")
	f.BoolVar(&o.force, "force", false, "replace the deployment that is there")
	o.format.flag(cmd)
	_ = cmd.RegisterFlagCompletionFunc("preset", a.presetNames())
	_ = cmd.RegisterFlagCompletionFunc("modifier", a.modifierNames())
	_ = cmd.RegisterFlagCompletionFunc("temporal-version", a.versions(func(v compile.Versions) []string { return v.TemporalServers }))
	_ = cmd.RegisterFlagCompletionFunc("plugin-version", a.versions(func(v compile.Versions) []string { return v.PluginGenerations }))
	return cmd
}

// migration is what migrate finds, as a document.
type migration struct {
	*migrate.Report
	Written string `json:"written,omitempty"` // the file of the deployment
}

// foreign are the flags that name files of each format.
var foreign = []struct {
	flag   string
	format deployed.Format
	what   string
}{
	{"env-file", deployed.Env, "NAME=VALUE lines"},
	{"dynamic-config", deployed.DynamicConfig, "the Temporal server's dynamic config"},
	{"compose", deployed.Compose, "a Compose file, with the env files that it names"},
	{"task-definition", deployed.ECS, "an ECS task definition or service, as the AWS CLI prints it"},
	{"helm", deployed.Helm, "values of the official Temporal chart"},
	{"server-config", deployed.Server, "the Temporal server's static configuration"},
}

func (a *app) migrate(cmd *cobra.Command, o *migrateOptions) error {
	ctx := cmd.Context()
	switch {
	case cmd.Flags().Changed("write") && o.write == "":
		return usageError{"--write names no folder", "such as profiles/payments"}
	case o.modifier != "" && o.preset == "":
		return usageError{"--modifier goes with --preset", "temporal-dsql migrate --preset mid-scale --modifier " + o.modifier}
	}
	// every preset is compiled with every modifier: that is more garbage than one compile makes
	if a.env("GOGC") == "" {
		debug.SetGCPercent(200)
		debug.SetMemoryLimit(math.MaxInt64)
	}
	engine, err := compile.New(a.dir)
	if err != nil {
		return err
	}
	settings, err := a.running(ctx, engine, o.files)
	if err != nil {
		return err
	}
	if len(settings) == 0 {
		return usageError{"there is nothing to migrate", "name what runs today: --env-file, --dynamic-config, --compose, --task-definition, --helm or --server-config"}
	}
	rules := prepare(ctx, engine.Policies())
	judge := func(ctx context.Context, r *compile.Result) (report.Subject, error) {
		ready, ok := <-rules
		if ok {
			done := make(chan prepared, 1)
			done <- ready
			rules = done
		}
		if ready.err != nil {
			return report.Subject{}, ready.err
		}
		return gate.Judgement{Rules: ready.rules, Today: a.now()}.Judge(ctx, r)
	}
	found, err := migrate.Run(ctx, engine, migrate.Request{
		Settings: settings, Preset: o.preset, Modifier: o.modifier, Temporal: minor(o.temporalVersion), Plugin: o.pluginVersion,
	}, judge)
	if err != nil {
		return err
	}
	doc := migration{Report: found}
	if o.write != "" {
		err := a.wholly(func() (err error) {
			doc.Written, err = a.author(engine, found, o)
			return err
		})
		if err != nil {
			return err
		}
	}
	return a.print(o.format, doc, func(w io.Writer, style report.Style) {
		found.Text(w, style)
		if doc.Written != "" {
			fmt.Fprintf(w, "\nwritten: %s\n", doc.Written)
		}
	})
}

// running reads what files configure, or else the process's own environment.
func (a *app) running(ctx context.Context, engine *compile.Engine, files map[deployed.Format]*[]string) ([]deployed.Setting, error) {
	var all []deployed.Setting
	given := false
	wrong := &source.Error{}
	for _, x := range foreign {
		if files[x.format] == nil {
			continue
		}
		for _, name := range *files[x.format] {
			given = true
			file, err := deployed.Read(ctx, name, x.format)
			var input *source.Error
			switch {
			case errors.As(err, &input):
				wrong.Doing = input.Doing
				wrong.Problems = append(wrong.Problems, input.Problems...)
				continue
			case err != nil:
				return nil, err
			}
			all = append(all, file.Settings...)
		}
	}
	if len(wrong.Problems) > 0 {
		return nil, wrong
	}
	if !given {
		names, err := engine.Variables()
		if err != nil {
			return nil, err
		}
		all = deployed.Process(names, a.env)
	}
	return all, nil
}

// author writes the deployment, on what the user names or what fits best.
func (a *app) author(engine *compile.Engine, found *migrate.Report, o *migrateOptions) (string, error) {
	const doing = "write deployment"
	preset, modifier := o.preset, o.modifier
	if preset == "" {
		preset, modifier = found.Proposals[0].Preset, found.Proposals[0].Modifier
	}
	// a platform's adapter has the name of its files' format
	var platforms []string
	adapters, err := engine.Adapters()
	if err != nil {
		return "", err
	}
	for _, p := range adapters {
		if names := o.files[deployed.Format(p.Name)]; p.Kind == "platform" && names != nil && len(*names) > 0 {
			platforms = append(platforms, p.Name)
		}
	}
	dir := filepath.Clean(o.write)
	draft, err := found.Draft(engine, filepath.Base(dir), preset, modifier, platforms)
	if err != nil {
		return "", err
	}
	text, err := engine.DraftCUE(draft)
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "deployment.cue")
	others, err := filepath.Glob(filepath.Join(dir, "*.cue"))
	if err != nil {
		return "", source.Wrong(doing, fmt.Sprintf("%s is no name of a folder", dir), "")
	}
	for _, other := range append(others, compile.PlainIn(dir)...) {
		switch {
		case other != name:
			return "", source.Wrong(doing, other+" is there already, and a folder holds one deployment", "name another folder")
		case !o.force:
			return "", source.Wrong(doing, name+" is there already", "name another folder, or replace it with --force")
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", cannotWrite(err)
	}
	return filepath.ToSlash(name), cannotWrite(replace(name, text))
}

// replace writes a file whole or not at all.
func replace(name string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".deployment-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	return os.Rename(f.Name(), name)
}

func cannotWrite(err error) error {
	var at *fs.PathError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &at):
		return fmt.Errorf("%w %s: %w", errIO, at.Path, at.Err)
	}
	return fmt.Errorf("%w: %w", errIO, err)
}

// fromEnvironment turns variables into overrides on the preset that is taken
// where none is named: those of env files, else the process's own. It says so on
// stderr, and what it leaves out.
func (a *app) fromEnvironment(ctx context.Context, engine *compile.Engine, req *compile.Request, files []string) error {
	settings, err := a.running(ctx, engine, map[deployed.Format]*[]string{deployed.Env: &files})
	if err != nil {
		return err
	}
	reading, err := migrate.Read(engine, migrate.Request{Settings: settings, Preset: req.Preset, Temporal: req.TemporalVersion, Plugin: req.PluginVersion})
	if err != nil {
		return err
	}
	if len(reading.Request.Overrides) == 0 && req.Preset == "" {
		if err := reading.Refused("read environment"); err != nil {
			return err
		}
		return noTarget
	}
	if err := reading.Refused("read environment"); err != nil {
		return err
	}
	where := "the environment"
	if len(files) > 0 {
		where = fmt.Sprint(files[0])
		if len(files) > 1 {
			where += fmt.Sprintf(" and %d more files", len(files)-1)
		}
	}
	said := fmt.Sprintf("%d variables of %s are overrides", len(reading.Request.Overrides), where)
	if len(reading.Request.Overrides) == 1 {
		said = fmt.Sprintf("1 variable of %s is an override", where)
	}
	fmt.Fprintf(a.stderr, "temporal-dsql: %s on %s; temporal-dsql migrate tells what each does\n", said, reading.Request.Preset)
	for _, i := range reading.Items {
		if i.Status == migrate.Unread || i.Status == migrate.Secret {
			fmt.Fprintf(a.stderr, "temporal-dsql: %s: left out: %s: %s\n", i.Places[0], i.Setting, i.Reason)
		}
	}
	req.Preset, req.Site = reading.Request.Preset, reading.Request.Site
	req.Overrides = reading.Request.Overrides
	return nil
}

var noTarget = usageError{
	"compile needs a preset or the path of a deployment",
	"temporal-dsql list-presets; without either, variables of the server and the plugin, in --env-file or the environment, are overrides on starter",
}
