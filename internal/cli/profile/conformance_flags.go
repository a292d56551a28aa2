package profile

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/localservice"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
)

// conformanceFlags name what a command compares a behaviour profile with.
type conformanceFlags struct {
	localservice.ServiceFlags
	preset, deployment string
	except             []string
	format             command.FormatFlag
}

func (o *conformanceFlags) Register(a *app, cmd *cobra.Command) {
	cmd.RunE = a.AbandonOnInterrupt(cmd.RunE)
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) == 1 && args[0] != "" {
			return nil
		}
		return command.NewUsageError(cmd.Name()+": expected one behaviour profile: its file, - for stdin, or its id",
			"for example: temporal-dsql "+cmd.Name()+" profile.json")

	}
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveDefault
	}
	f := cmd.Flags()
	f.StringVar(&o.preset, "preset", "", "`NAME` of the preset to check (default: the config profile in the behaviour profile, else "+
		"the preset that it names)")
	f.StringVar(&o.deployment, "deployment", "", "`PATH` of the deployment to check, with its modifier and overrides")
	f.StringArrayVar(
		&o.except,
		"except",
		nil,
		"`METRIC` to exclude because the cluster cannot export it, as CATEGORY.METRIC; can be repeated",
	)
	o.ServiceFlags.Register(cmd)
	o.format.Register(cmd)
}

// loadTarget returns the target that the flags name, and the assessor of its module.
func (o *conformanceFlags) loadTarget(ctx context.Context, a *app) (*verdicts.Assessor, verdicts.Target, error) {
	where := a.Dir
	if o.preset != "" && o.deployment != "" {
		return nil, verdicts.Target{}, command.NewUsageError("--preset and --deployment exclude each other", "use one of them")
	}
	if o.deployment != "" {
		where = o.deployment
	}
	engine, err := compile.New(where)
	if err != nil {
		return nil, verdicts.Target{}, err
	}
	assessor, err := verdicts.New(ctx, engine, a.Now)
	return assessor, verdicts.Target{Preset: o.preset, Path: o.deployment, Except: o.except}, err
}
