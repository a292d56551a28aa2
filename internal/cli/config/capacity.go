package config

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/localservice"
	"github.com/temporal-dsql/temporal-dsql/internal/config/artefact"
	"github.com/temporal-dsql/temporal-dsql/internal/config/capacity"
	"github.com/temporal-dsql/temporal-dsql/internal/config/check"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/discover"
	"github.com/temporal-dsql/temporal-dsql/internal/config/gate"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

func (a *app) capacityCommand() *cobra.Command {
	var changes targetFlags
	var format command.FormatFlag
	var observed observedFlags
	cmd := &cobra.Command{
		Use:   "capacity [PRESET | PATH | --profile PROFILE]",
		Short: "Show how much load a configuration carries",
		Long: `Capacity shows how much load a preset, a deployment or the result of an earlier compile
(profile.json, or its folder) carries. For each resource it lists the demand at the
stated load, the limit, and the load at which the resource is full. It then names the
first bottleneck and what to raise next, and estimates the cost.

The model uses the measured costs of a state transition (see docs/capacity.md), the
shape of a typical workflow (--workload, or workload of the deployment) and the
latencies of the database (--database, or database of the deployment).

--profile takes the configuration from a behaviour profile, and compares the model with
the measured load. If the profile has the database's DPU, it also shows the measured cost.

Without an argument, the nearest deployment is used, else the preset starter.`,
		Example: `  temporal-dsql capacity mid-scale
  temporal-dsql capacity --profile 0b9f6a52-2c1e-4a3d-8a55-0d9a4a1c2b3d
  temporal-dsql capacity ./profiles/payments -o json
  temporal-dsql capacity build/payments/profile.json
  temporal-dsql capacity mid-scale --override target_state_transitions_per_sec=480
  temporal-dsql capacity starter --workload activities=10 --workload activity_seconds=5
  temporal-dsql capacity starter --database commit_ms=40`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: a.completeFirstTarget,
		RunE: a.AbandonOnInterrupt(func(cmd *cobra.Command, args []string) error {
			return a.runCapacity(cmd.Context(), args, changes, observed, format)
		}),
	}
	changes.Register(a, cmd)
	cmd.Flags().StringVar(&observed.profile, "profile", "", "id or `FILE` of a behaviour profile")
	// (--database states latencies here and names no store)
	observed.RegisterServer(cmd)
	observed.RegisterFolder(cmd)
	format.Register(cmd)
	return cmd
}

// completeFirstTarget completes the first argument, a preset or a path.
func (a *app) completeFirstTarget(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.completeTargets(cmd, args, toComplete)
}

// observedFlags name a behaviour profile.
type observedFlags struct {
	localservice.ServiceFlags
	profile string
}

func (a *app) runCapacity(
	ctx context.Context, args []string, changes targetFlags, observed observedFlags, format command.FormatFlag,
) error {
	if observed.profile != "" && len(args) > 0 {
		return command.NewUsageError("capacity: both --profile and "+args[0], "name one configuration")
	}
	target := observed.profile
	var recorded *behaviour.Profile
	if target != "" {
		p, err := (&localservice.App{App: a.App}).ReadProfile(ctx, target, observed.ServiceFlags)
		if err != nil {
			return err
		}
		recorded = &p
	} else {
		target, _ = a.nearestTarget(args)
	}
	engine, req, err := a.openConfiguration(target, recorded)
	if err != nil {
		return err
	}
	if err := changes.applyTo(engine, &req); err != nil {
		return err
	}
	result, found, err := engine.Capacity(req)
	if err != nil {
		return command.SuggestFolder(err, req.Preset)
	}
	if found == nil {
		return a.refuseViolations(ctx, engine, result)
	}
	doc := CapacityDocument{Document: capacity.New(target, result.Profile, *found)}
	if recorded != nil {
		doc.Measured = measureCost(recorded.Telemetry, doc.Cost)
		load := recorded.Telemetry["throughput"]["state_transitions_per_sec"]
		if load.Mean != nil && load.P95 != nil {
			doc.Observe(recorded.ID, *load.Mean, *load.P95)
		}
	}
	return a.PrintDocument(format, doc, doc.Text)
}

// CapacityDocument is what a configuration carries, with what a behaviour profile has measured of its cost.
type CapacityDocument struct {
	capacity.Document
	// Measured is missing without a profile that has both DPU and state transitions.
	Measured *measuredCost `json:"measured_cost,omitempty"`
}

// measuredCost is what the database billed in the window of a profile.
type measuredCost struct {
	DPUPerTransition float64 `json:"dpu_per_transition"`
	// price of 1,000 transitions, next to what the estimate gives
	USDPerThousand          float64        `json:"usd_per_thousand_transitions"`
	EstimatedUSDPerThousand artefact.Range `json:"estimated_usd_per_thousand_transitions"`
}

// measureCost returns the cost that telemetry shows, with the prices of the estimate, or nil.
func measureCost(t behaviour.Telemetry, estimate artefact.Cost) *measuredCost {
	each := t.DPUPerTransition()
	if each == nil {
		return nil
	}
	return &measuredCost{
		DPUPerTransition: *each, USDPerThousand: estimate.USDPerThousand(*each),
		EstimatedUSDPerThousand: artefact.Range{
			Low: estimate.USDPerThousand(estimate.DPUPerTransition.Low), High: estimate.USDPerThousand(estimate.DPUPerTransition.High),
		},
	}
}

// Text prints the capacity, and the measured cost next to the estimate.
func (d CapacityDocument) Text(w io.Writer, style report.Style) {
	d.Document.Text(w, style)
	if m := d.Measured; m != nil {
		estimate := d.Cost.DPUPerTransition
		fmt.Fprintf(w, "Measured cost of 1,000 transitions: %.3g DPU, or $%.2g; estimated %.3g to %.3g DPU, or $%.2g to $%.2g.\n",
			1000*m.DPUPerTransition, m.USDPerThousand, 1000*estimate.Low, 1000*estimate.High,
			m.EstimatedUSDPerThousand.Low, m.EstimatedUSDPerThousand.High)
	}
}

// refuseViolations prints the findings of a result that has constraint violations, and returns
// the error of the command.
func (a *app) refuseViolations(ctx context.Context, engine *compile.Engine, result *artefact.Result) error {
	rules := <-command.PrepareRules(ctx, engine.Policies())
	if rules.Err != nil {
		return rules.Err
	}
	subject, err := gate.CheckSubject(ctx, result, check.Options{Rules: rules.Rules, Today: a.Now()})
	if err != nil {
		return err
	}
	subject.Text(a.Stderr, report.StyleFor(a.Stderr, a.Env))
	return command.FindingsError{Errors: report.Report{Subjects: []report.Subject{subject}}.Failures()}
}

// openConfiguration returns the request of a preset, a deployment or the result of an earlier
// compile; or of the configuration that a behaviour profile has recorded, where there is one.
func (a *app) openConfiguration(target string, recorded *behaviour.Profile) (*compile.Engine, compile.Request, error) {
	isCompiled := command.IsPath(target) && discover.IsCompiled(target)
	if recorded == nil && !isCompiled {
		return a.OpenTarget(target)
	}
	engine, err := compile.New(a.Dir)
	if err != nil {
		return nil, compile.Request{}, err
	}
	var read *artefact.Result
	switch {
	case recorded == nil:
		read, err = artefact.LoadArtefacts(target)
	case recorded.Config.HasProfile():
		read, err = artefact.ParseProfile(target, recorded.Config.Profile)
	case recorded.PresetName != "":
		return engine, compile.Request{Preset: recorded.PresetName}, nil
	default:
		err = source.Wrong(
			"read configuration", "behaviour profile "+recorded.ID+" has neither a config profile nor a preset",
			"create profiles with --profile FILE, or name a preset or deployment instead",
		)
	}
	if err != nil {
		return nil, compile.Request{}, err
	}
	req, err := engine.RestateProfile(read.Profile)
	return engine, req, err
}

type sizeOptions struct {
	transitions, activities, activitySeconds float64
	latency, endToEnd                        int
	modifier, temporalVersion, pluginVersion string
	workload, database                       []string
	write                                    string
	format                                   command.FormatFlag
}

func (a *app) sizeCommand() *cobra.Command {
	o := &sizeOptions{}
	cmd := &cobra.Command{
		Use:   "size --transitions N",
		Short: "Propose the smallest configuration that carries a load",
		Long: `Size proposes the smallest preset and topology that carries a load without a finding:
one step less in any topology value would cause one. With --write, it writes the
proposal as a deployment.`,
		Example: `  temporal-dsql size --transitions 480
  temporal-dsql size --transitions 480 --activities 10 --activity-seconds 5 --latency 200
  temporal-dsql size --transitions 2500 --modifier batch-processor -o json
  temporal-dsql size --transitions 480 --write profiles/orders/deployment.yaml`,
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: a.AbandonOnInterrupt(func(cmd *cobra.Command, _ []string) error {
			return a.runSize(cmd, o)
		}),
	}
	f := cmd.Flags()
	f.Float64VarP(&o.transitions, "transitions", "t", 0, "state transitions a second to carry (required)")
	f.Float64Var(&o.activities, "activities", 0, "activities of a typical workflow")
	f.Float64Var(&o.activitySeconds, "activity-seconds", 0, "how long an activity runs, on average")
	f.IntVar(&o.latency, "latency", 0, "longest schedule-to-start latency (p99) in `ms` (default: the preset's)")
	f.IntVar(&o.endToEnd, "e2e-latency", 0, "longest latency that Temporal can add to a workflow, in `ms` (default: the preset's)")
	f.StringVarP(&o.modifier, "modifier", "m", "", "workload modifier (see list-modifiers)")
	registerShape(a, cmd, &o.workload, &o.database)
	f.StringVar(&o.temporalVersion, "temporal-version", "", command.ServerUsage)
	f.StringVar(&o.pluginVersion, "plugin-version", "", "DSQL plugin generation (see version)")
	f.StringVar(&o.write, "write", "", "new `FILE` for the deployment: NAME/deployment.yaml")
	o.format.Register(cmd)
	return cmd
}

func (a *app) runSize(cmd *cobra.Command, o *sizeOptions) error {
	if !cmd.Flags().Changed("transitions") {
		return command.NewUsageError("size: --transitions is missing", "for example: temporal-dsql size --transitions 480")
	}
	if !(o.transitions >= 1) || o.transitions > 100000 {
		return command.NewUsageError(
			fmt.Sprintf("--transitions: expected a number from 1 to 100000, found %v", o.transitions),
			"state transitions a second")

	}
	engine, err := compile.New(a.Dir)
	if err != nil {
		return err
	}
	var req compile.Request
	for flag, value := range map[string]float64{"activities": o.activities, "activity-seconds": o.activitySeconds} {
		if cmd.Flags().Changed(flag) {
			field := strings.ReplaceAll(flag, "-", "_")
			o.workload = append(o.workload, fmt.Sprintf("%s=%v", field, value))
		}
	}
	if err := applyShape(engine, &req, o.workload, o.database); err != nil {
		return err
	}
	server := command.ServerVersion(o.temporalVersion)
	if err := engine.CheckSupport(server, o.pluginVersion); err != nil {
		return err
	}
	rules := <-command.PrepareRules(cmd.Context(), engine.Policies())
	if rules.Err != nil {
		return rules.Err
	}
	found, err := capacity.Size(cmd.Context(), engine, capacity.Need{
		Transitions: o.transitions, ScheduleToStart: o.latency, EndToEnd: o.endToEnd, Modifier: o.modifier,
		TemporalVersion: server, PluginVersion: o.pluginVersion, Workload: req.Workload, Database: req.Database,
	}, check.Options{Rules: rules.Rules, Today: a.Now()})
	if err != nil {
		return err
	}
	if o.write != "" {
		if err := a.writeProposal(found, o.write); err != nil {
			return err
		}
	}
	err = a.PrintDocument(o.format, found, func(w io.Writer, style report.Style) {
		found.Text(w, style)
		if o.write != "" {
			fmt.Fprintf(w, "\nwritten: %s\n", o.write)
		}
	})
	if err != nil {
		return err
	}
	errors := 0
	for _, f := range found.Findings {
		if f.Severity == policy.Error {
			errors++
		}
	}
	if errors > 0 {
		return command.FindingsError{Errors: errors}
	}
	return nil
}

// writeProposal writes a proposal as a deployment in YAML. It replaces nothing.
func (a *app) writeProposal(p capacity.Proposal, file string) error {
	const doing = "write the proposal"
	if !cuefile.IsPlain(file) {
		return command.NewUsageError(fmt.Sprintf("--write %s: expected a YAML file", file), "name it NAME/deployment.yaml")
	}
	name := filepath.Base(filepath.Dir(file))
	if name == "." || name == string(filepath.Separator) {
		name = ""
	}
	data, err := p.Deployment(name)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(file); err == nil {
		return source.Wrong(doing, file+" exists", "name another file")
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return command.WrapWriteError(err)
	}
	return command.WrapWriteError(command.ReplaceFile(file, data))
}
