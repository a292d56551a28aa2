package cli

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/explain"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
)

type explainOptions struct {
	key, preset, profile, rule string
	changes                    changes
	format                     format
}

// changes are the flags that change a preset or a deployment before it is read.
type changes struct {
	modifier, temporalVersion, pluginVersion string
	overrides                                []string
}

func (a *app) explainCommand() *cobra.Command {
	o := &explainOptions{}
	cmd := &cobra.Command{
		Use:   "explain --key KEY [PRESET | PATH] | --preset NAME | --profile FILE | --rule NAME",
		Short: "Explain why a value, a preset, a profile or a rule is what it is",
		Long: `Explain tells where a configuration comes from, at one of four levels.

--key: what a key is for, what it takes, its value in a deployment, the formula
with the numbers in it, what follows from it, which guard rails read it, and
for a dynamic-config key what each supported server makes of it. The name of an
environment variable finds the parameter that it carries. Without a PRESET or
PATH the nearest deployment is taken: the one in the working folder or above it,
else the only one under profiles/, else the preset starter.

--preset: what is asked of a preset, what carries it, what is locked and why.

--profile: what an earlier compile wrote (profile.json or profile.yaml, or its
folder), or the deployment in a folder: overrides with before and after, the
guard rails that fire, and how each value came about.

--rule: why a guard rail, a constraint or a lint rule is there, what it reads
and what to do.`,
		Example: `  temporal-dsql explain --key dsql.connection_rate_limit
  temporal-dsql explain --key history.shards high-throughput --modifier orchestrator
  temporal-dsql explain --key DSQL_RESERVOIR_TARGET_READY ./profiles/payments -o json
  temporal-dsql explain --preset mid-scale --modifier batch-processor
  temporal-dsql explain --profile build/payments/profile.json
  temporal-dsql explain --rule thundering_herd_risk`,
		Args: cobra.MaximumNArgs(1),
		RunE: a.leaving(func(cmd *cobra.Command, args []string) error { return a.explain(cmd, args, o) }),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 || o.key == "" {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return a.targets(cmd, args, toComplete)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.key, "key", "k", "", "`KEY` of a parameter or of a dynamic-config key, or an environment variable")
	f.StringVarP(&o.preset, "preset", "p", "", "`NAME` of a preset (see list-presets)")
	f.StringVar(&o.profile, "profile", "", "profile.json or profile.yaml `FILE`, its folder, or the folder of a deployment")
	f.StringVarP(&o.rule, "rule", "r", "", "`NAME` of a guard rail, a policy of your own, a constraint or a lint rule")
	o.changes.flags(a, cmd)
	o.format.flag(cmd)
	for flag, complete := range map[string]cobra.CompletionFunc{
		"key":    a.complete(func(e *compile.Engine) ([]string, error) { return e.Overridable(), nil }),
		"preset": a.presetNames(),
		"rule":   a.ruleNames(),
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, complete)
	}
	return cmd
}

func (c *changes) flags(a *app, cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&c.modifier, "modifier", "m", "", "workload modifier (see list-modifiers)")
	f.StringArrayVar(&c.overrides, "override", nil, "`KEY=VALUE` on top; may be repeated")
	f.StringVar(&c.temporalVersion, "temporal-version", "", "Temporal server, as MAJOR.MINOR (see version)")
	f.StringVar(&c.pluginVersion, "plugin-version", "", "generation of the DSQL plugin (see version)")
	for flag, complete := range map[string]cobra.CompletionFunc{
		"modifier":         a.modifierNames(),
		"override":         a.overridable(),
		"temporal-version": a.versions(func(v compile.Versions) []string { return v.TemporalServers }),
		"plugin-version":   a.versions(func(v compile.Versions) []string { return v.PluginGenerations }),
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, complete)
	}
}

// given tells which of the flags were given.
func (c *changes) given() bool {
	return c.modifier != "" || c.temporalVersion != "" || c.pluginVersion != "" || len(c.overrides) > 0
}

// apply puts the changes into a request.
func (c *changes) apply(engine *compile.Engine, req *compile.Request) error {
	req.Modifier, req.TemporalVersion, req.PluginVersion = c.modifier, minor(c.temporalVersion), c.pluginVersion
	if err := engine.Supports(req.TemporalVersion, req.PluginVersion); err != nil {
		return err
	}
	for _, arg := range c.overrides {
		o, err := engine.ParseOverride(arg)
		if err != nil {
			return err
		}
		req.Overrides = append(req.Overrides, o)
	}
	return nil
}

// targets completes a preset or a path.
func (a *app) targets(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	if isPath(toComplete) {
		return nil, cobra.ShellCompDirectiveDefault
	}
	found, _ := a.presetNames()(cmd, args, toComplete)
	return found, cobra.ShellCompDirectiveDefault
}

func (a *app) ruleNames() cobra.CompletionFunc {
	return a.complete(func(e *compile.Engine) ([]string, error) {
		rules, err := policy.Describe(e.Policies(), "")
		if err != nil {
			return nil, err
		}
		var found []string
		for _, r := range rules {
			found = append(found, r.Name+"\t"+r.Title)
		}
		for _, of := range rulesBeside(e) {
			others, err := of.read()
			if err != nil {
				return nil, err
			}
			for _, r := range others {
				found = append(found, r.Name+"\t"+r.Title)
			}
		}
		constraints, err := e.Constraints()
		for name, c := range constraints {
			found = append(found, name+"\t"+c.Title)
		}
		slices.Sort(found)
		return found, err
	})
}

func (a *app) explain(cmd *cobra.Command, args []string, o *explainOptions) error {
	levels := 0
	for _, given := range []string{o.key, o.preset, o.profile, o.rule} {
		if given != "" {
			levels++
		}
	}
	if levels != 1 {
		return usageError{"explain needs one of --key, --preset, --profile and --rule", "temporal-dsql explain --key history.shards"}
	}
	if len(args) > 0 && o.key == "" {
		return usageError{fmt.Sprintf("%q stands where only --key takes a preset or path", args[0]), "temporal-dsql explain --preset NAME, or --profile PATH"}
	}
	if (o.profile != "" || o.rule != "") && o.changes.given() {
		return usageError{"--modifier, --override and the versions change a preset or a deployment: they go with --key and --preset", "temporal-dsql explain --help"}
	}
	switch {
	case o.key != "":
		return a.explainKey(args, o)
	case o.preset != "":
		return a.explainPreset(o)
	case o.profile != "":
		return a.explainProfile(cmd.Context(), o)
	}
	return a.explainRule(o)
}

// Why a deployment was taken.
const (
	wasNamed   = "named"
	wasNearest = "the nearest deployment"
	wasDefault = "no deployment is near"
)

// nearest is what is meant where neither preset nor path is named.
func (a *app) nearest(args []string) (target, chosen string) {
	if len(args) > 0 {
		return args[0], wasNamed
	}
	if path := compile.Nearest(a.dir); path != "" {
		return path, wasNearest
	}
	return "starter", wasDefault
}

func (a *app) explainKey(args []string, o *explainOptions) error {
	target, chosen := a.nearest(args)
	if isPath(target) && compile.IsWritten(target) {
		return usageError{target + " is what an earlier compile wrote", "temporal-dsql explain --profile " + target}
	}
	engine, req, err := a.open(target)
	if err != nil {
		return err
	}
	if err := o.changes.apply(engine, &req); err != nil {
		return err
	}
	definition, err := engine.Define(o.key)
	if err != nil {
		return err
	}
	rules := meanwhile(func() ([]policy.Description, error) { return policy.Describe(engine.Policies(), definition.Key()) })
	account, err := engine.Account(req)
	if err != nil {
		return forFolder(err, req.Preset)
	}
	said, err := rules()
	if err != nil {
		return err
	}
	doc := explain.NewKey(definition, account, said, target, chosen)
	return a.print(o.format, doc, doc.Text)
}

// meanwhile does something beside, and hands out what came of it.
func meanwhile[T any](do func() (T, error)) func() (T, error) {
	var out T
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		out, err = do()
	}()
	return func() (T, error) {
		<-done
		return out, err
	}
}

func (a *app) explainPreset(o *explainOptions) error {
	engine, err := compile.New(a.dir)
	if err != nil {
		return err
	}
	rules := meanwhile(func() ([]policy.Description, error) { return policy.Describe(engine.Policies(), "") })
	req := compile.Request{Preset: o.preset}
	if err := o.changes.apply(engine, &req); err != nil {
		return err
	}
	account, err := engine.Account(req)
	if err != nil {
		return err
	}
	registry, err := engine.Parameters()
	if err != nil {
		return err
	}
	modifiers, err := engine.Modifiers()
	if err != nil {
		return err
	}
	metrics, err := engine.Metrics()
	if err != nil {
		return err
	}
	quotas, margins, err := engine.Limits()
	if err != nil {
		return err
	}
	said, err := rules()
	if err != nil {
		return err
	}
	doc := explain.NewPreset(account, explain.Reference{
		Registry: registry, Modifiers: modifiers, Metrics: metrics, Quotas: quotas, Margins: margins, Rules: said,
	})
	return a.print(o.format, doc, doc.Text)
}

func (a *app) explainProfile(ctx context.Context, o *explainOptions) error {
	read := func(*compile.Engine) (*compile.Account, error) {
		written, err := compile.Written(o.profile)
		if err != nil {
			return nil, err
		}
		return &compile.Account{Profile: written.Profile, Trace: written.Trace, JSON: written.JSON}, nil
	}
	where := a.dir
	if !compile.IsWritten(o.profile) && (isDeployment(o.profile) || compile.IsPlain(o.profile)) {
		where = o.profile
		read = func(e *compile.Engine) (*compile.Account, error) { return e.Account(compile.Request{Path: o.profile}) }
	}
	engine, err := compile.New(where)
	if err != nil {
		return err
	}
	account, err := read(engine)
	if err != nil {
		return err
	}
	rules := prepare(ctx, engine.Policies())
	registry, err := engine.Parameters()
	if err != nil {
		return err
	}
	ready := <-rules
	if ready.err != nil {
		return ready.err
	}
	fired, err := ready.rules.Judge(ctx, account.JSON)
	if err != nil {
		return err
	}
	doc := explain.NewProfile(account, registry, fired, o.profile, wasNamed)
	return a.print(o.format, doc, doc.Text)
}

func (a *app) explainRule(o *explainOptions) error {
	engine, err := compile.New(a.dir)
	if err != nil {
		return err
	}
	doc, err := describeRule(engine, o.rule)
	if err != nil {
		return err
	}
	return a.print(o.format, doc, doc.Text)
}

const guardRail = "guard rail"

// beside are policies that are no guard rails.
type beside struct {
	kind string
	read func() ([]policy.Description, error)
}

func rulesBeside(engine *compile.Engine) []beside {
	all := []beside{{"rule about waivers", func() ([]policy.Description, error) { return policy.DescribeWaivers(engine.Policies()) }}}
	if dir := engine.Repository(); dir != "" {
		all = append(all, beside{"policy of your own", func() ([]policy.Description, error) { return policy.DescribeOwn(os.DirFS(dir)) }})
	}
	return all
}

// describeRule finds a guard rail, a policy beside them, or else a constraint, of
// a name.
func describeRule(engine *compile.Engine, name string) (explain.Rule, error) {
	rules, err := policy.Describe(engine.Policies(), name)
	if err != nil {
		return explain.Rule{}, err
	}
	for _, r := range rules {
		if r.Name != name {
			continue
		}
		registry, err := engine.Parameters()
		if err != nil {
			return explain.Rule{}, err
		}
		quotas, margins, err := engine.Limits()
		return explain.NewRule(guardRail, r, registry, quotas, margins), err
	}
	var others []string
	for _, of := range rulesBeside(engine) {
		found, err := of.read()
		if err != nil {
			return explain.Rule{}, err
		}
		for _, r := range found {
			if r.Name == name {
				return explain.NewRule(of.kind, r, nil, nil, nil), nil
			}
			others = append(others, r.Name)
		}
	}
	constraints, err := engine.Constraints()
	if err != nil {
		return explain.Rule{}, err
	}
	if c, ok := constraints[name]; ok {
		return explain.NewConstraint(name, c), nil
	}
	if rules, err = policy.Describe(engine.Policies(), ""); err != nil {
		return explain.Rule{}, err
	}
	known := slices.Concat(others, slices.Collect(maps.Keys(constraints)))
	for _, r := range rules {
		known = append(known, r.Name)
	}
	return explain.Rule{}, compile.Unknown("rule", name, known)
}
