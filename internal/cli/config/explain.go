package config

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/check"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/discover"
	"github.com/temporal-dsql/temporal-dsql/internal/config/explain"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

type explainOptions struct {
	key, preset, profile, rule string
	changes                    targetFlags
	format                     command.FormatFlag
}

// targetFlags are the flags that change a preset or a deployment before it is used.
type targetFlags struct {
	modifier, temporalVersion, pluginVersion string
	overrides, workload, database            []string
}

func (a *app) explainCommand() *cobra.Command {
	o := &explainOptions{}
	cmd := &cobra.Command{
		Use:   "explain --key KEY [PRESET | PATH] | --preset NAME | --profile FILE | --rule NAME",
		Short: "Explain a value, a preset, a profile or a rule",
		Long: `Explain shows where a configuration comes from, at one of four levels.

--key: the purpose of a key, its allowed values, its value in a deployment, the
formula with its numbers, the values that depend on it, the guard rails that use it,
and for a dynamic-config key its definition in each supported server. The name of an
environment variable finds its parameter. Without PRESET or PATH, the nearest
deployment is used: in the working folder or above it, else the only one under
profiles/, else the preset starter.

--preset: the requirements of a preset, its size, and the locked values with reasons.

--profile: the result of an earlier compile (profile.json or profile.yaml, or its
folder) or the deployment in a folder: overrides with the values that they replace,
failed guard rails, and the derivation of each value.

--rule: the reason for a guard rail, constraint or lint rule, its inputs and remedy.`,
		Example: `  temporal-dsql explain --key dsql.connection_rate_limit
  temporal-dsql explain --key history.shards high-throughput --modifier orchestrator
  temporal-dsql explain --key DSQL_RESERVOIR_TARGET_READY ./profiles/payments -o json
  temporal-dsql explain --preset mid-scale --modifier batch-processor
  temporal-dsql explain --profile build/payments/profile.json
  temporal-dsql explain --rule thundering_herd_risk`,
		Args: cobra.MaximumNArgs(1),
		RunE: a.AbandonOnInterrupt(func(cmd *cobra.Command, args []string) error { return a.runExplain(cmd, args, o) }),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 || o.key == "" {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return a.completeTargets(cmd, args, toComplete)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.key, "key", "k", "", "`KEY` of a parameter or dynamic-config key, or an environment variable")
	f.StringVarP(&o.preset, "preset", "p", "", "`NAME` of a preset (see list-presets)")
	f.StringVar(&o.profile, "profile", "", "profile.json or profile.yaml `FILE`, its folder, or the folder of a deployment")
	f.StringVarP(&o.rule, "rule", "r", "", "`NAME` of a guard rail, your own policy, a constraint or a lint rule")
	o.changes.Register(a, cmd)
	o.format.Register(cmd)
	for flag, complete := range map[string]cobra.CompletionFunc{
		"key":  a.CompleteFrom(func(e *compile.Engine) ([]string, error) { return e.OverridableKeys(), nil }),
		"rule": a.completeRules(),
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, complete)
	}
	return cmd
}

func (c *targetFlags) Register(a *app, cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&c.modifier, "modifier", "m", "", "workload modifier (see list-modifiers)")
	f.StringArrayVar(&c.overrides, "override", nil, "override `KEY=VALUE`; can be repeated")
	registerShape(a, cmd, &c.workload, &c.database)
	f.StringVar(&c.temporalVersion, "temporal-version", "", command.ServerUsage)
	f.StringVar(&c.pluginVersion, "plugin-version", "", "DSQL plugin generation (see version)")
	_ = cmd.RegisterFlagCompletionFunc("override", a.completeOverrides())
}

// isSet reports whether any of the flags is set.
func (c *targetFlags) isSet() bool {
	return c.modifier != "" || c.temporalVersion != "" || c.pluginVersion != "" || len(c.overrides) > 0 ||
		len(c.workload) > 0 || len(c.database) > 0
}

// applyTo adds the changes to a request.
func (c *targetFlags) applyTo(engine *compile.Engine, req *compile.Request) error {
	req.Modifier = cmp.Or(c.modifier, req.Modifier)
	req.TemporalVersion = cmp.Or(command.ServerVersion(c.temporalVersion), req.TemporalVersion)
	req.PluginVersion = cmp.Or(c.pluginVersion, req.PluginVersion)
	if err := engine.CheckSupport(req.TemporalVersion, req.PluginVersion); err != nil {
		return err
	}
	for _, arg := range c.overrides {
		o, err := engine.ParseOverride(arg)
		if err != nil {
			return err
		}
		req.Overrides = append(req.Overrides, o)
	}
	return applyShape(engine, req, c.workload, c.database)
}

// completeTargets completes a preset or a path.
func (a *app) completeTargets(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	if command.IsPath(toComplete) {
		return nil, cobra.ShellCompDirectiveDefault
	}
	found, _ := a.CompletePresets()(cmd, args, toComplete)
	return found, cobra.ShellCompDirectiveDefault
}

func (a *app) completeRules() cobra.CompletionFunc {
	return a.CompleteFrom(func(e *compile.Engine) ([]string, error) {
		rules, err := policy.DescribeGuardRails(e.Policies(), "")
		if err != nil {
			return nil, err
		}
		var found []string
		for _, r := range rules {
			found = append(found, r.Name+"\t"+r.Title)
		}
		for _, of := range otherRuleSources(e) {
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

func (a *app) runExplain(cmd *cobra.Command, args []string, o *explainOptions) error {
	levels := 0
	for _, level := range []string{o.key, o.preset, o.profile, o.rule} {
		if level != "" {
			levels++
		}
	}
	if levels != 1 {
		remedy := "temporal-dsql explain --help has an example of each"
		if levels == 0 && len(args) > 0 {
			remedy = fmt.Sprintf("use temporal-dsql explain %s %s", guessLevel(args[0]), args[0])
		}
		return command.NewUsageError("explain: expected one of --key, --preset, --profile and --rule", remedy)
	}
	if len(args) > 0 && o.key == "" {
		return command.NewUsageError(fmt.Sprintf("unexpected argument %q: only --key takes a preset or path", args[0]),
			"use --preset NAME or --profile PATH")

	}
	if (o.profile != "" || o.rule != "") && o.changes.isSet() {
		return command.NewUsageError(
			"--modifier, --override and the version flags require --key or --preset",
			"see temporal-dsql explain --help",
		)
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

// guessLevel returns the flag that an argument without one is probably for.
func guessLevel(arg string) string {
	switch {
	case command.IsPath(arg):
		return "--profile"
	case strings.Contains(arg, ".") || strings.ToUpper(arg) == arg:
		return "--key"
	case strings.Contains(arg, "_"):
		return "--rule"
	}
	return "--preset"
}

// Reasons for the choice of a target.
const (
	targetNamed   = explain.ChosenByName
	targetNearest = "the nearest deployment"
	targetDefault = "no deployment found"
)

// nearestTarget returns the named target, else the nearest deployment, else starter.
func (a *app) nearestTarget(args []string) (target, chosen string) {
	if len(args) > 0 {
		return args[0], targetNamed
	}
	if path := discover.NearestDeployment(a.Dir); path != "" {
		return path, targetNearest
	}
	return "starter", targetDefault
}

func (a *app) explainKey(args []string, o *explainOptions) error {
	target, chosen := a.nearestTarget(args)
	if command.IsPath(target) && discover.IsCompiled(target) {
		return command.NewUsageError(target+" is the result of an earlier compile", "use temporal-dsql explain --profile "+target)
	}
	engine, req, err := a.OpenTarget(target)
	if err != nil {
		return err
	}
	if err := o.changes.applyTo(engine, &req); err != nil {
		return err
	}
	definition, err := engine.FindDefinition(o.key)
	if err != nil {
		return err
	}
	rules := runConcurrently(func() ([]policy.Description, error) {
		return policy.DescribeGuardRails(engine.Policies(), definition.Key())
	})
	account, err := engine.Explain(req)
	if err != nil {
		return command.SuggestFolder(err, req.Preset)
	}
	descriptions, err := rules()
	if err != nil {
		return err
	}
	doc := explain.NewKey(definition, account, descriptions, target, chosen)
	return a.PrintDocument(o.format, doc, doc.Text)
}

// runConcurrently starts do and returns a function that waits for its result.
func runConcurrently[T any](do func() (T, error)) func() (T, error) {
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
	engine, err := compile.New(a.Dir)
	if err != nil {
		return err
	}
	rules := runConcurrently(func() ([]policy.Description, error) { return policy.DescribeGuardRails(engine.Policies(), "") })
	req := compile.Request{Preset: o.preset}
	if err := o.changes.applyTo(engine, &req); err != nil {
		return err
	}
	account, err := engine.Explain(req)
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
	descriptions, err := rules()
	if err != nil {
		return err
	}
	doc := explain.NewPreset(account, explain.Reference{
		Registry: registry, Modifiers: modifiers, Metrics: metrics, Quotas: quotas, Margins: margins, Rules: descriptions,
	})
	return a.PrintDocument(o.format, doc, doc.Text)
}

func (a *app) explainProfile(ctx context.Context, o *explainOptions) error {
	read := func(*compile.Engine) (*compile.Explanation, error) {
		written, err := artefact.LoadArtefacts(o.profile)
		if err != nil {
			return nil, err
		}
		return &compile.Explanation{Profile: written.Profile, Trace: written.Trace, JSON: written.JSON}, nil
	}
	where := a.Dir
	if !discover.IsCompiled(o.profile) && (command.IsFolder(o.profile) || cuefile.IsPlain(o.profile)) {
		where = o.profile
		read = func(e *compile.Engine) (*compile.Explanation, error) {
			return e.Explain(compile.Request{Path: o.profile})
		}
	}
	engine, err := compile.New(where)
	if err != nil {
		return err
	}
	account, err := read(engine)
	if err != nil {
		return err
	}
	rules := command.PrepareRules(ctx, engine.Policies())
	registry, err := engine.Parameters()
	if err != nil {
		return err
	}
	ready := <-rules
	if ready.Err != nil {
		return ready.Err
	}
	result := &artefact.Result{
		Profile: account.Profile, JSON: account.JSON, Violations: account.Violations, Warnings: account.Warnings,
	}
	findings, err := check.ListFindings(ctx, result, check.Options{Rules: ready.Rules, Today: a.Now()})
	if err != nil {
		return err
	}
	doc := explain.NewProfile(account, registry, check.WithoutPlaces(findings), o.profile, targetNamed)
	return a.PrintDocument(o.format, doc, doc.Text)
}

func (a *app) explainRule(o *explainOptions) error {
	engine, err := compile.New(a.Dir)
	if err != nil {
		return err
	}
	doc, err := describeRule(engine, o.rule)
	if err != nil {
		return err
	}
	return a.PrintDocument(o.format, doc, doc.Text)
}

const guardRail = "guard rail"

// ruleSource is a set of policies that are not guard rails.
type ruleSource struct {
	kind string
	read func() ([]policy.Description, error)
}

func otherRuleSources(engine *compile.Engine) []ruleSource {
	all := []ruleSource{{"waiver rule", func() ([]policy.Description, error) { return policy.DescribeWaivers(engine.Policies()) }}}
	if dir := engine.Repository(); dir != "" {
		all = append(all, ruleSource{"own policy", func() ([]policy.Description, error) { return policy.DescribeOwn(os.DirFS(dir)) }})
	}
	return all
}

// describeRule finds a guard rail, another policy or a constraint by name.
func describeRule(engine *compile.Engine, name string) (explain.Rule, error) {
	rules, err := policy.DescribeGuardRails(engine.Policies(), name)
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
	for _, of := range otherRuleSources(engine) {
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
	if rules, err = policy.DescribeGuardRails(engine.Policies(), ""); err != nil {
		return explain.Rule{}, err
	}
	known := slices.Concat(others, slices.Collect(maps.Keys(constraints)))
	for _, r := range rules {
		known = append(known, r.Name)
	}
	return explain.Rule{}, suggest.UnknownName("rule", name, known)
}
