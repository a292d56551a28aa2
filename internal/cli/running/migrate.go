package running

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/check"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/discover"
	"github.com/temporal-dsql/temporal-dsql/internal/config/gate"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/config/scaffold"
	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configfile"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/lint"
	"github.com/temporal-dsql/temporal-dsql/internal/running/migrate"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

type migrateOptions struct {
	files                          map[deployed.Format]*[]string
	preset, modifier               string
	temporalVersion, pluginVersion string
	services                       []string
	write                          string
	force                          bool
	format                         command.FormatFlag
}

func (a *app) migrateCommand() *cobra.Command {
	o := &migrateOptions{files: map[deployed.Format]*[]string{}}
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Migrate a running configuration to a preset",
		Long: `Migrate compares a cluster's configuration with a preset (default: starter). Without
files, it reads its own environment variables. Each setting gets a status:

  changed    an override that makes a difference
  placed     a value of a single service, namespace or task queue
  kept       a setting of the site: where the deployment runs
  redundant  equal to the value of the preset, formula or default
  conflict   several values for one setting; none is used
  invalid    an unreadable value, or one that is out of range
  unknown    a value that is set elsewhere, such as a placeholder
  unread     never read or used by this server version and plugin generation
  secret     never printed or written; put it into a secret store
  apart      a setting of another program or the platform, or with constraints

Removing all redundant settings changes no value; removing a changed one does. Migrate
then proposes the two presets, with or without a modifier, that need the fewest
overrides and weaken nothing: no lower SLO or capacity, the same shards, and no newly
failing guard rail. If --preset says what --write is based on, it shows only that one.

A store in another database, such as PostgreSQL, is compared too. Migrate then lists
what carries over to DSQL, what does not, and the steps of the move in order.

--write writes the deployment, based on the best preset or on --preset. It refuses settings
with several values, and files with several clusters: choose the services of one cluster
with --service. Findings of guard rails are shown, but do not fail the command.`,
		Example: `  # a server's environment and dynamic config
  temporal-dsql migrate --env-file server.env --dynamic-config dynamic_config.yaml

  # a Compose project as a deployment of this repository
  temporal-dsql migrate --compose compose.yaml --write profiles/payments
  temporal-dsql compile ./profiles/payments

  # an ECS task definition on starter
  aws ecs describe-task-definition --task-definition history > history.json
  temporal-dsql migrate --task-definition history.json --preset starter --write profiles/payments`,
		Args: cobra.NoArgs,
		RunE: a.AbandonOnInterrupt(func(cmd *cobra.Command, _ []string) error { return a.runMigrate(cmd, o) }),
	}
	f := cmd.Flags()
	for _, x := range formatFlags {
		o.files[x.format] = f.StringArray(x.flag, nil, "`FILE`: "+x.what+"; can be repeated")
	}
	f.StringArrayVar(&o.services, "service", nil, servicesUsage)
	f.StringVar(
		&o.preset,
		"preset",
		"",
		"preset to compare with and to base --write on (default: compare with starter, write on the best one)",
	)
	f.StringVarP(&o.modifier, "modifier", "m", "", "workload modifier of that preset (see list-modifiers)")
	f.StringVar(&o.temporalVersion, "temporal-version", "",
		"running Temporal server version as MAJOR.MINOR.PATCH or MAJOR.MINOR (see version; default: the public plugin's)")
	f.StringVar(&o.pluginVersion, "plugin-version", "", "running DSQL plugin generation (see version; default: the newest)")
	f.StringVar(&o.write, "write", "", "`FOLDER` to write the deployment into, such as profiles/NAME")
	f.BoolVar(&o.force, "force", false, "replace an existing deployment")
	o.format.Register(cmd)
	return cmd
}

// MigrateDocument is the document that migrate prints.
type MigrateDocument struct {
	*migrate.Report
	Written string `json:"written,omitempty"` // file of the deployment
}

// formatFlags are the flags that name files of each format.
var formatFlags = []struct {
	flag   string
	format deployed.Format
	what   string
}{
	{"env-file", deployed.Env, "NAME=VALUE lines"},
	{"dynamic-config", deployed.DynamicConfig, "the Temporal server's dynamic config"},
	{"compose", deployed.Compose, "a Compose file, with its env files"},
	{"task-definition", deployed.ECS, "an ECS task definition or service, as the AWS CLI prints it"},
	{"helm", deployed.Helm, "values of the official Temporal chart"},
	{"server-config", deployed.Server, "the Temporal server's static configuration"},
	{"kubernetes", deployed.Kubernetes, "Kubernetes manifests, including those of the temporal-operator"},
	{"cloudformation", deployed.Stack, "a CloudFormation template with ECS task definitions"},
	{"terraform", deployed.Terraform, "a plan or state as terraform show -json prints it"},
}

// migrateFlags lists the flags that name files.
func migrateFlags() string {
	var names []string
	for _, x := range formatFlags {
		names = append(names, "--"+x.flag)
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// pacedMemory is the memory, in bytes, at which garbage is collected more often.
const pacedMemory = 380 << 20

func (a *app) runMigrate(cmd *cobra.Command, o *migrateOptions) error {
	ctx := cmd.Context()
	switch {
	case cmd.Flags().Changed("write") && o.write == "":
		return command.NewUsageError("--write: missing folder", "name a folder such as profiles/payments")
	case o.modifier != "" && o.preset == "":
		return command.NewUsageError(
			"--modifier requires --preset",
			"for example: temporal-dsql migrate --preset mid-scale --modifier "+o.modifier,
		)
	}
	// compiling every preset with every modifier needs garbage collection
	a.PaceGC(command.PacedGC, pacedMemory)
	engine, err := compile.New(a.Dir)
	if err != nil {
		return err
	}
	read, err := a.readRunning(ctx, engine, o.files)
	if err != nil {
		return err
	}
	running, err := a.chooseCluster(engine, read, o)
	if err != nil {
		return err
	}
	if len(running.settings) == 0 {
		return command.NewUsageError("no settings to migrate", "name a file with "+migrateFlags())
	}
	rules := command.PrepareRules(ctx, engine.Policies())
	check := func(ctx context.Context, r *artefact.Result) (report.Subject, error) {
		ready, ok := <-rules
		if ok {
			done := make(chan command.PreparedRules, 1)
			done <- ready
			rules = done
		}
		if ready.Err != nil {
			return report.Subject{}, ready.Err
		}
		return gate.CheckSubject(ctx, r, check.Options{Rules: ready.Rules, Today: a.Now()})
	}
	found, err := migrate.Run(ctx, engine, migrate.Request{
		Settings: running.settings, Preset: o.preset, Modifier: o.modifier, Temporal: running.version, Plugin: o.pluginVersion,
		IsDecided: o.write != "" && o.preset != "",
	}, check)
	if err != nil {
		return err
	}
	doc := MigrateDocument{Report: found}
	if o.write != "" {
		if err := found.ConflictError("write deployment"); err != nil {
			return err
		}
		err := a.Uninterrupted(func() (err error) {
			doc.Written, err = a.writeDeployment(engine, found, o)
			return err
		})
		if err != nil {
			return err
		}
	}
	return a.PrintDocument(o.format, doc, func(w io.Writer, style report.Style) {
		found.Text(w, style)
		if doc.Written != "" {
			fmt.Fprintf(w, "\nwritten: %s\n", doc.Written)
		}
	})
}

// runningCluster is the configuration of one cluster.
type runningCluster struct {
	settings []deployed.Setting
	version  string // of the server; "" if it is neither requested nor stated
}

// chooseCluster returns the configuration of the chosen services, without that of other programs. It reports several
// clusters, and refuses to write them as one deployment.
func (a *app) chooseCluster(engine *compile.Engine, files []*deployed.File, o *migrateOptions) (runningCluster, error) {
	out := runningCluster{version: command.ServerVersion(o.temporalVersion)}
	if err := lint.ChooseServices(engine, files, o.services); err != nil {
		return out, err
	}
	scope, err := lint.ReadScope(engine, files)
	if err != nil {
		return out, err
	}
	for _, f := range files {
		for _, s := range f.Settings {
			if !scope.IsForeign(s.Service) {
				out.settings = append(out.settings, s)
			}
		}
	}
	if clusters := scope.FindClusters(out.settings); len(clusters) > 1 {
		message := fmt.Sprintf("the files have %d clusters: %s", len(clusters), lint.DescribeClusters(clusters))
		const remedy = "choose the services of one cluster with --service"
		if o.write != "" {
			return out, source.Wrong("write deployment", message, remedy)
		}
		fmt.Fprintf(a.Stderr, "temporal-dsql: %s\n", message)
		a.PrintRemedy(remedy)
	}
	if out.version == "" {
		version, at, err := lint.FindServerVersion(engine, scope)
		if err != nil {
			return out, err
		}
		if out.version = version; version != "" {
			fmt.Fprintf(a.Stderr, "temporal-dsql: %s: the server is Temporal %s\n", at, version)
		}
		if text, at := scope.DescribeVersions(); text != "" {
			fmt.Fprintf(a.Stderr, "temporal-dsql: %s: %s; all are read as %s\n", at, text, version)
		}
	}
	return out, nil
}

// readRunning reads the settings of the files, or else of the process's environment.
func (a *app) readRunning(ctx context.Context, engine *compile.Engine, files map[deployed.Format]*[]string) ([]*deployed.File, error) {
	var all []*deployed.File
	var batches []*configfile.Batch
	seen := map[string]bool{}
	wrong := &source.Error{}
	addProblems := func(err error) error {
		var input *source.Error
		if errors.As(err, &input) {
			wrong.Doing = input.Doing
			wrong.Problems = append(wrong.Problems, input.Problems...)
			return nil
		}
		return err
	}
	for _, x := range formatFlags {
		if files[x.format] == nil || len(*files[x.format]) == 0 {
			continue
		}
		batch := configfile.Reader{Format: x.format, Stdin: os.Stdin, Given: *files[x.format]}.NewBatch()
		batches = append(batches, batch)
		for _, name := range *files[x.format] {
			id := deployed.IdentifyFile(name)
			if seen[id] {
				continue
			}
			seen[id] = true
			file, err := batch.File(ctx, name)
			if err := addProblems(err); err != nil {
				return nil, err
			}
			if err == nil {
				all = append(all, file)
			}
		}
	}
	for _, batch := range batches {
		if err := addProblems(batch.Complete(ctx)); err != nil {
			return nil, err
		}
	}
	if len(wrong.Problems) > 0 {
		return nil, wrong
	}
	for _, file := range all {
		for _, n := range file.Notices {
			fmt.Fprintf(a.Stderr, "temporal-dsql: %s: %s\n", n.Pos, n.Message)
		}
	}
	if len(batches) == 0 {
		names, err := settings.OwnVariables(engine.Module, a.VariableNames())
		if err != nil {
			return nil, err
		}
		found := deployed.ReadProcess(names, a.Env)
		// many shells have a region or a certificate bundle for AWS, without any server
		if slices.ContainsFunc(found, func(s deployed.Setting) bool { return !strings.HasPrefix(s.Key, "AWS_") }) {
			all = append(all, &deployed.File{Format: deployed.Env, Settings: found})
		}
	}
	return all, nil
}

// relatedFormats are further file formats of a platform.
var relatedFormats = map[string][]deployed.Format{
	"ecs":  {deployed.Stack, deployed.Terraform},
	"helm": {deployed.Kubernetes},
}

// writeDeployment writes the deployment on the named preset, or else on the best proposal.
func (a *app) writeDeployment(engine *compile.Engine, found *migrate.Report, o *migrateOptions) (string, error) {
	const doing = "write deployment"
	preset, modifier := o.preset, o.modifier
	if preset == "" {
		preset, modifier = found.Proposals[0].Preset, found.Proposals[0].Modifier
	}
	// a platform adapter has the name of its file format
	var platforms []string
	adapters, err := engine.Adapters()
	if err != nil {
		return "", err
	}
	for _, p := range adapters {
		formats := append([]deployed.Format{deployed.Format(p.Name)}, relatedFormats[p.Name]...)
		if p.Kind == "platform" && slices.ContainsFunc(formats, func(f deployed.Format) bool {
			return o.files[f] != nil && len(*o.files[f]) > 0
		}) {
			platforms = append(platforms, p.Name)
		}
	}
	dir := filepath.Clean(o.write)
	draft, err := found.Draft(engine, filepath.Base(dir), preset, modifier, platforms)
	if err != nil {
		return "", err
	}
	text, err := scaffold.DraftCUE(engine, draft)
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "deployment.cue")
	others, err := filepath.Glob(filepath.Join(dir, "*.cue"))
	if err != nil {
		return "", source.Wrong(doing, fmt.Sprintf("%s is not a valid folder name", dir), "")
	}
	for _, other := range append(others, discover.PlainDeployments(dir)...) {
		switch {
		case other != name:
			return "", source.Wrong(doing, other+" exists, and a folder can hold only one deployment", "name another folder")
		case !o.force:
			return "", source.Wrong(doing, name+" exists", "name another folder, or replace it with --force")
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", command.WrapWriteError(err)
	}
	return filepath.ToSlash(name), command.WrapWriteError(command.ReplaceFile(name, text))
}

// AddEnvironment adds variables as overrides to a request: those of the env files, else of
// the process's environment. It reports on stderr what it read and what it left out.
func AddEnvironment(ctx context.Context, shared *command.App, engine *compile.Engine, req *compile.Request, files []string) error {
	a := &app{shared}
	read, err := a.readRunning(ctx, engine, map[deployed.Format]*[]string{deployed.Env: &files})
	if err != nil {
		return err
	}
	var given []deployed.Setting
	for _, f := range read {
		given = append(given, f.Settings...)
	}
	translation, err := migrate.TranslateSettings(
		ctx,
		engine,
		migrate.Request{Settings: given, Preset: req.Preset, Temporal: req.TemporalVersion,
			Plugin: req.PluginVersion},
	)
	if err != nil {
		return err
	}
	if len(translation.Request.Overrides) == 0 && req.Preset == "" {
		if err := translation.RefusalError("read environment"); err != nil {
			return err
		}
		return ErrNoTarget
	}
	if err := translation.RefusalError("read environment"); err != nil {
		return err
	}
	where := "the environment"
	if len(files) > 0 {
		where = fmt.Sprint(files[0])
		if len(files) > 1 {
			where += fmt.Sprintf(" and %s", words.Count(len(files)-1, "more file"))
		}
	}
	fmt.Fprintf(a.Stderr, "temporal-dsql: %s from %s on %s; see temporal-dsql migrate for their effects\n",
		words.Count(len(translation.Request.Overrides), "override"), where, translation.Request.Preset)
	for _, i := range translation.Items {
		if i.Status == migrate.Unread || i.Status == migrate.Secret {
			reason := i.Reason
			if !strings.HasPrefix(reason, i.Setting+" ") {
				reason = i.Setting + ": " + reason
			}
			fmt.Fprintf(a.Stderr, "temporal-dsql: %s: ignored: %s\n", i.Places[0], reason)
			a.PrintRemedy(i.Remedy)
		}
	}
	req.Preset, req.Site = translation.Request.Preset, translation.Request.Site
	req.Overrides = translation.Request.Overrides
	return nil
}

// ErrNoTarget reports that neither the command line nor the environment names a configuration.
var ErrNoTarget = command.NewUsageError(
	"compile: missing PRESET or PATH",
	"name a preset (see temporal-dsql list-presets) or a deployment, or set variables of the server or the plugin in --env-file or the "+
		"environment")
