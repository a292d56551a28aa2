package cli

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/config/scaffold"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

type initOptions struct {
	draft         compile.Draft
	module        string
	yaml, upgrade bool
	format        format
}

func (a *app) initCommand() *cobra.Command {
	o := &initOptions{}
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Lay down a repository of your own, with a first deployment",
		Long: `Init lays down a repository in DIR, the working folder where none is named: a
first deployment in profiles/NAME, the CUE module with temporal-dsql in it, a
workflow for GitHub Actions and a pre-commit hook that run the gate, and a rule
of your own to start from. Stock cue, conftest and opa work there, offline.

No file that exists is touched: it is kept, and named. In a repository that was
laid down before, init adds the deployment and nothing else. Either all of it is
written, or nothing.

With --upgrade, the temporal-dsql in cue.mod/pkg is replaced by that of this
binary, and what changed in it is told.`,
		Example: `  # a repository with one deployment
  temporal-dsql init infra --name payments --preset mid-scale --modifier simple-crud --sdk go --platform helm

  # another deployment in it, as YAML
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
			dir := a.dir
			if len(args) == 1 {
				dir = args[0]
			}
			if dir == "" {
				return usageError{"init needs the name of a folder", "a shell variable that is not set?"}
			}
			if o.upgrade {
				for _, other := range []string{"name", "preset", "modifier", "temporal-version", "sdk", "platform", "module", "yaml"} {
					if cmd.Flags().Changed(other) {
						return usageError{"--upgrade goes without --" + other, "it replaces what is vendored, and writes no deployment"}
					}
				}
				return a.upgrade(dir, o)
			}
			if !cmd.Flags().Changed("module") {
				o.module = moduleName(dir)
			}
			if !cmd.Flags().Changed("yaml") {
				o.yaml = scaffold.Plain(dir)
			}
			return a.init(dir, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.draft.Name, "name", "", "name of the deployment (default: the preset's)")
	f.StringVar(&o.draft.Preset, "preset", "starter", "scale preset (see list-presets)")
	f.StringVarP(&o.draft.Modifier, "modifier", "m", "", "workload modifier (see list-modifiers)")
	f.StringVar(&o.draft.TemporalVersion, "temporal-version", "", "Temporal server, as MAJOR.MINOR (see version)")
	f.StringSliceVar(&o.draft.SDKs, "sdk", nil, "SDK adapters of the deployment (see list-adapters)")
	f.StringSliceVar(&o.draft.Platforms, "platform", nil, "platform adapters of the deployment (see list-adapters)")
	f.StringVar(&o.module, "module", "", "path of the CUE module (default: example.com/ and the folder's name)")
	f.BoolVar(&o.yaml, "yaml", false, "write the deployment as YAML rather than CUE (default: as the others of the repository are)")
	f.BoolVar(&o.upgrade, "upgrade", false, "replace the temporal-dsql that the repository has in cue.mod/pkg")
	o.format.flag(cmd)
	for flag, complete := range map[string]cobra.CompletionFunc{
		"preset":           a.presetNames(),
		"modifier":         a.modifierNames(),
		"sdk":              a.adapterNames("sdk"),
		"platform":         a.adapterNames("platform"),
		"name":             cobra.NoFileCompletions,
		"module":           cobra.NoFileCompletions,
		"temporal-version": a.versions(func(v compile.Versions) []string { return v.TemporalServers }),
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, complete)
	}
	return cmd
}

func (a *app) init(dir string, o *initOptions) error {
	if o.draft.Name == "" {
		o.draft.Name = o.draft.Preset
	}
	o.draft.TemporalVersion = minor(o.draft.TemporalVersion)
	r, err := repository(dir, o)
	if err != nil {
		return err
	}
	written, err := scaffold.Write(dir, r)
	if err != nil {
		return machine(err)
	}
	return a.print(o.format, written, func(w io.Writer, style report.Style) {
		vendored := 0
		for _, name := range written.Written {
			if scaffold.Vendored(name) {
				vendored++
				continue
			}
			fmt.Fprintln(w, filepath.Join(dir, filepath.FromSlash(name)))
		}
		if vendored > 0 {
			fmt.Fprintf(w, "%s: %d files of temporal-dsql %s\n", filepath.Join(dir, "cue.mod", "pkg"), vendored, r.Version)
		}
		if kept := written.Kept; len(kept) > 0 {
			fmt.Fprintf(w, "kept as they are: %s\n", strings.Join(kept, " "))
		}
		next := ""
		if filepath.Clean(dir) != "." {
			next = "cd " + dir + " && "
		}
		fmt.Fprintf(w, "\n%s %stemporal-dsql compile ./profiles/%s --out build/%s\n", style.Bold("next:"), next, r.Name, r.Name)
	})
}

// repository is what the flags ask for, once it is known to compile.
func repository(dir string, o *initOptions) (scaffold.Repository, error) {
	none := scaffold.Repository{}
	if err := scaffold.Check(dir, scaffold.Repository{Name: o.draft.Name}); err != nil {
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
	write := engine.DraftCUE
	if r.YAML {
		write = engine.DraftYAML
		if r.Schema, err = schemaOf(engine, "deployment"); err != nil {
			return none, err
		}
	}
	if r.Deployment, err = write(o.draft); err != nil {
		return none, err
	}
	result, err := engine.Resolve(compile.Request{Preset: o.draft.Preset, Modifier: o.draft.Modifier, TemporalVersion: o.draft.TemporalVersion})
	if err != nil {
		return none, err
	}
	if len(result.Violations) > 0 {
		in := &source.Error{}
		for _, v := range result.Violations {
			in.Problems = append(in.Problems, source.Problem{Message: v.Message, Hint: v.Remediation})
		}
		return none, in
	}
	if r.Module, err = compile.NewModule(o.module); err != nil {
		return none, err
	}
	versions, err := compile.Embedded().Versions()
	r.Version, r.Ref = versions.Compiler, scaffold.BinaryRef()
	return r, err
}

var notInName = regexp.MustCompile(`[^a-z0-9]+`)

// moduleName is a module path for a folder that has none.
func moduleName(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		abs = dir
	}
	name := strings.Trim(notInName.ReplaceAllString(strings.ToLower(filepath.Base(abs)), "-"), "-")
	if name == "" {
		name = "temporal"
	}
	return "example.com/" + name
}

// machine marks an error as the machine's, where it is not the user's.
func machine(err error) error {
	var input *source.Error
	if errors.As(err, &input) {
		return err
	}
	return fmt.Errorf("%w: %w", errIO, err)
}

func (a *app) upgrade(dir string, o *initOptions) error {
	done, err := scaffold.Upgrade(dir)
	if err != nil {
		return machine(err)
	}
	return a.print(o.format, done, func(w io.Writer, style report.Style) {
		if len(done.Added)+len(done.Changed)+len(done.Removed) == 0 {
			fmt.Fprintf(w, "%s has temporal-dsql %s already\n", done.Dir, done.To)
			return
		}
		from := done.From
		if from == "" {
			from = "none"
		}
		fmt.Fprintln(w, style.Bold(fmt.Sprintf("%s: from temporal-dsql %s to %s", done.Dir, from, done.To)))
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
