package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
)

// An observing is what a command holds a behaviour profile against.
type observing struct {
	reach
	preset, deployment string
	except             []string
	format             format
}

func (o *observing) flags(a *app, cmd *cobra.Command) {
	cmd.RunE = a.leaving(cmd.RunE)
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) == 1 && args[0] != "" {
			return nil
		}
		return usageError{cmd.Name() + " needs one behaviour profile: its file, - for stdin, or its id", "temporal-dsql " + cmd.Name() + " profile.json"}
	}
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveDefault
	}
	f := cmd.Flags()
	f.StringVar(&o.preset, "preset", "", "`NAME` of the preset to hold it against (default: the config profile that it has kept, else the preset that it names)")
	f.StringVar(&o.deployment, "deployment", "", "`PATH` of the deployment to hold it against, with its modifier and overrides")
	f.StringArrayVar(&o.except, "except", nil, "`METRIC` that this cluster cannot export and is not held to, as CATEGORY.METRIC; may be repeated")
	_ = cmd.RegisterFlagCompletionFunc("preset", a.presetNames())
	o.reach.flags(cmd)
	o.format.flag(cmd)
}

// target is what the flags name, and the assessor of the module around it.
func (o *observing) target(ctx context.Context, a *app) (*verdicts.Assessor, verdicts.Target, error) {
	where := a.dir
	if o.preset != "" && o.deployment != "" {
		return nil, verdicts.Target{}, usageError{"--preset and --deployment both say what to hold the profile against", "give one of them"}
	}
	if o.deployment != "" {
		where = o.deployment
	}
	engine, err := compile.New(where)
	if err != nil {
		return nil, verdicts.Target{}, err
	}
	assessor, err := verdicts.New(ctx, engine)
	return assessor, verdicts.Target{Preset: o.preset, Path: o.deployment, Except: o.except}, err
}
