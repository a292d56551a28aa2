package module

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/config/scaffold"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

type initOptions struct {
	draft         scaffold.Draft
	module        string
	yaml, upgrade bool
	format        command.FormatFlag
}

func (a *app) initCommand() *cobra.Command {
	o := &initOptions{}
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Create a repository with a first deployment",
		Long: `Init creates a repository in DIR (default: the working folder): a first deployment in
profiles/NAME, a CUE module that contains temporal-dsql, a GitHub Actions workflow and
a pre-commit hook that run the gate, and an example of your own policy. Stock cue,
conftest and opa work there offline.

Existing files are kept and listed. In an existing repository, init adds only the
deployment. It writes everything or nothing.

With --upgrade, it replaces the temporal-dsql in cue.mod/pkg by this binary's version
and lists the changes.`,
		Example: `  # a repository with one deployment
  temporal-dsql init infra --name payments --preset mid-scale --modifier simple-crud --sdk go --platform helm

  # another deployment, as YAML
  temporal-dsql init infra --name batch --preset high-throughput --yaml

  # after installing another version
  temporal-dsql init --upgrade infra`,
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := a.Dir
			if len(args) == 1 {
				dir = args[0]
			}
			if dir == "" {
				return command.NewUsageError("init: missing folder", "check for an unset shell variable")
			}
			if o.upgrade {
				for _, other := range []string{"name", "preset", "modifier", "temporal-version", "sdk", "platform", "module", "yaml"} {
					if cmd.Flags().Changed(other) {
						return command.NewUsageError("--upgrade and --"+other+" exclude each other",
							"omit --"+other+": --upgrade only replaces the vendored files")

					}
				}
				return a.runUpgrade(dir, o)
			}
			if !cmd.Flags().Changed("module") {
				o.module = defaultModulePath(dir)
			}
			if !cmd.Flags().Changed("yaml") {
				o.yaml = scaffold.HasPlainDeployments(dir)
			}
			return a.runInit(dir, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.draft.Name, "name", "", "name of the deployment (default: the preset's)")
	f.StringVar(&o.draft.Preset, "preset", "starter", "scale preset (see list-presets)")
	f.StringVarP(&o.draft.Modifier, "modifier", "m", "", "workload modifier (see list-modifiers)")
	f.StringVar(&o.draft.TemporalVersion, "temporal-version", "", command.ServerUsage)
	f.StringSliceVar(&o.draft.SDKs, "sdk", nil, "SDK adapters of the deployment (see list-adapters)")
	f.StringSliceVar(&o.draft.Platforms, "platform", nil, "platform adapters of the deployment (see list-adapters)")
	f.StringVar(&o.module, "module", "", "path of the CUE module (default: example.com/FOLDER)")
	f.BoolVar(&o.yaml, "yaml", false, "write the deployment as YAML instead of CUE (default: as other deployments)")
	f.BoolVar(&o.upgrade, "upgrade", false, "replace the repository's temporal-dsql in cue.mod/pkg")
	o.format.Register(cmd)
	for flag, complete := range map[string]cobra.CompletionFunc{
		"sdk":      a.CompleteAdapters("sdk"),
		"platform": a.CompleteAdapters("platform"),
		"name":     cobra.NoFileCompletions,
		"module":   cobra.NoFileCompletions,
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, complete)
	}
	return cmd
}

func (a *app) runInit(dir string, o *initOptions) error {
	if o.draft.Name == "" {
		o.draft.Name = o.draft.Preset
	}
	o.draft.TemporalVersion = command.ServerVersion(o.draft.TemporalVersion)
	r, err := a.newRepository(dir, o)
	if err != nil {
		return err
	}
	written, err := scaffold.WriteRepository(dir, r)
	if err != nil {
		return markMachineError(err)
	}
	return a.PrintDocument(o.format, written, func(w io.Writer, style report.Style) {
		vendored := 0
		for _, name := range written.Written {
			if scaffold.IsVendored(name) {
				vendored++
				continue
			}
			fmt.Fprintln(w, filepath.Join(dir, filepath.FromSlash(name)))
		}
		if vendored > 0 {
			fmt.Fprintf(w, "%s: %d files of temporal-dsql %s\n", filepath.Join(dir, "cue.mod", "pkg"), vendored, r.Version)
		}
		if kept := written.Kept; len(kept) > 0 {
			fmt.Fprintf(w, "kept: %s\n", strings.Join(kept, " "))
		}
		next := ""
		if filepath.Clean(dir) != "." {
			next = "cd " + dir + " && "
		}
		fmt.Fprintf(w, "\n%s %stemporal-dsql compile ./profiles/%s --out build/%s\n", style.Bold("next:"), next, r.Name, r.Name)
	})
}

// newRepository returns the repository that the flags describe, after a test compile.
func (a *app) newRepository(dir string, o *initOptions) (scaffold.Repository, error) {
	none := scaffold.Repository{}
	if err := scaffold.CheckTarget(dir, scaffold.Repository{Name: o.draft.Name}); err != nil {
		return none, err
	}
	engine, err := compile.New(dir)
	if err != nil {
		return none, err
	}
	r := scaffold.Repository{
		Name: o.draft.Name, YAML: o.yaml,
		Presets: engine.Packages("presets"), Modifiers: engine.Packages("modifiers"), Adapters: engine.Packages("adapters"),
	}
	write := scaffold.DraftCUE
	if r.YAML {
		write = scaffold.DraftYAML
		if r.Schema, err = a.deploymentSchema(engine); err != nil {
			return none, err
		}
	}
	if r.Deployment, err = write(engine, o.draft); err != nil {
		return none, err
	}
	result, err := engine.Resolve(compile.Request{Preset: o.draft.Preset, Modifier: o.draft.Modifier,
		TemporalVersion: o.draft.TemporalVersion})
	if err != nil {
		return none, err
	}
	if len(result.Violations) > 0 {
		in := &source.Error{}
		for _, v := range result.Violations {
			in.Problems = append(in.Problems, source.Problem{Message: v.Message, Remedy: v.Remedy})
		}
		return none, in
	}
	if r.Module, err = scaffold.NewModule(o.module); err != nil {
		return none, err
	}
	versions, err := compile.Embedded().Versions()
	r.Version, r.Ref = versions.Compiler, scaffold.BinaryRef()
	return r, err
}

var invalidInModuleName = regexp.MustCompile(`[^a-z0-9]+`)

// defaultModulePath returns a module path for a folder without a module.
func defaultModulePath(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		abs = dir
	}
	name := strings.Trim(invalidInModuleName.ReplaceAllString(strings.ToLower(filepath.Base(abs)), "-"), "-")
	if name == "" {
		name = "temporal"
	}
	return "example.com/" + name
}

// markMachineError marks an error as the machine's, unless it is the user's.
func markMachineError(err error) error {
	var input *source.Error
	if errors.As(err, &input) {
		return err
	}
	return fmt.Errorf("%w: %w", command.ErrIO, err)
}

func (a *app) runUpgrade(dir string, o *initOptions) error {
	done, err := scaffold.Upgrade(dir)
	if err != nil {
		return markMachineError(err)
	}
	return a.PrintDocument(o.format, done, func(w io.Writer, style report.Style) {
		if len(done.Added)+len(done.Changed)+len(done.Removed) == 0 {
			fmt.Fprintf(w, "%s has temporal-dsql %s already\n", done.Dir, done.To)
			return
		}
		fmt.Fprintln(w, style.Bold(fmt.Sprintf("%s: %s", done.Dir, describeUpgrade(done.From, done.To))))
		for _, x := range []struct {
			what  string
			files []string
		}{{"added", done.Added}, {"changed", done.Changed}, {"removed", done.Removed}} {
			for _, name := range x.files {
				fmt.Fprintf(w, "  %-8s %s\n", x.what, name)
			}
		}
	})
}

// describeUpgrade describes the change of the temporal-dsql in cue.mod/pkg; from is "" if there was none.
func describeUpgrade(from, to string) string {
	switch from {
	case "":
		return "added temporal-dsql " + to
	case to:
		return "replaced files that differ from those of temporal-dsql " + to
	}
	return fmt.Sprintf("upgraded temporal-dsql %s to %s", from, to)
}
