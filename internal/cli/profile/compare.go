package profile

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/localservice"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/verdicts"
	"github.com/temporal-dsql/temporal-dsql/internal/service/client"
)

// compareOptions are the options of profile compare.
type compareOptions struct {
	comparisonFlags
	floors []string
	failOn string
	format command.FormatFlag
}

// comparisonFlags locate two profiles, and the earlier ones that show what is usual.
type comparisonFlags struct {
	localservice.ServiceFlags
	earlier []string
	usual   int
}

func (w *comparisonFlags) Register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&w.earlier, "earlier", nil, "`PROFILE` of an earlier window, a file or an id; can be repeated")
	f.IntVar(&w.usual, "usual", behaviour.EarlierWindows, "maximum number of stored profiles before A that show what is usual")
	w.ServiceFlags.Register(cmd)
}

func (a *app) profileCompareCommand() *cobra.Command {
	o := compareOptions{}
	cmd := &cobra.Command{
		Use:   "compare A B",
		Short: "Compare two behaviour profiles, worst differences first",
		Long: `Compare shows for every metric whether it improved or regressed from profile A to
profile B, whether that matters, and the evidence. It also lists the settings and
versions that differ, and which of them can act on a regressed metric: these are
candidates, not causes. Missing data is no_data, and too few samples are inconclusive;
neither counts as unchanged.

A and B are files from profile export, - for stdin, or ids of stored profiles. Earlier
profiles of the same cluster, namespace and task queue show what is usual: with five
or more, a metric that fluctuates does not count as a regression. For stored profiles
they are found automatically; name others with --earlier.

Each metric has a smallest difference that matters (see list-metrics). --threshold
overrides it for a metric or a category: latency=30% is relative,
latency.persistence_latency_p99=10 absolute, in the metric's unit.`,
		Example: `  temporal-dsql profile compare before.json after.json
  temporal-dsql profile compare before.json after.json --threshold errors=25% --fail-on critical
  temporal-dsql profile compare 0199a5f2-0000-7000-8000-000000000001 0199a5f2-0000-7000-8000-000000000002 -o json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 2 && args[0] != "" && args[1] != "" {
				return nil
			}
			return command.NewUsageError("compare: expected two behaviour profiles: files, - for stdin, or ids",
				"for example: temporal-dsql profile compare before.json after.json")

		},
		RunE: a.AbandonOnInterrupt(
			func(cmd *cobra.Command, args []string) error { return a.runCompare(cmd.Context(), o, args[0], args[1]) },
		),
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.floors, "threshold", nil, "smallest difference that matters as `METRIC=NUMBER[%]`; can be repeated")
	f.StringVar(&o.failOn, "fail-on", "", "exit with 1 if a metric regressed with at least this severity: warning or critical")
	_ = cmd.RegisterFlagCompletionFunc("fail-on",
		cobra.FixedCompletions([]string{judge.Warning, judge.Critical}, cobra.ShellCompDirectiveNoFileComp))
	o.Register(cmd)
	o.format.Register(cmd)
	return cmd
}

func (a *app) runCompare(ctx context.Context, o compareOptions, before, after string) error {
	if o.failOn != "" && o.failOn != judge.Warning && o.failOn != judge.Critical {
		return command.NewUsageError(fmt.Sprintf("--fail-on: unknown severity %q", o.failOn), "use warning or critical")
	}
	floors, err := parseThresholds(o.floors)
	if err != nil {
		return err
	}
	profiles, earlier, err := a.readPair(ctx, o.comparisonFlags, before, after)
	if err != nil {
		return err
	}
	engine, err := compile.New(a.Dir)
	if err != nil {
		return err
	}
	comparer, err := compare.New(engine)
	if err != nil {
		return err
	}
	c, err := comparer.Compare(profiles[0], profiles[1], compare.Options{Earlier: earlier, Floors: floors})
	if err != nil {
		return err
	}
	if c.Verdicts[judge.Regressed] > 0 {
		assessor, err := verdicts.New(ctx, engine, time.Now)
		if err != nil {
			return err
		}
		if c, err = assessor.WithCandidates(ctx, c); err != nil {
			return err
		}
	}
	if err := a.PrintDocument(o.format, c, c.Text); err != nil {
		return err
	}
	if slices.ContainsFunc(c.TelemetryDiffs, func(d compare.TelemetryDiff) bool {
		return d.Direction == judge.Regressed && (d.Severity == judge.Critical || d.Severity == o.failOn) && o.failOn != ""
	}) {
		return command.VerdictError{Code: command.ExitRefused}
	}
	return nil
}

// readPair reads two profiles and the earlier ones: those of the flags, and for a stored
// first profile also its predecessors.
func (a *app) readPair(ctx context.Context, o comparisonFlags, before, after string) (profiles, earlier []behaviour.Profile, err error) {
	args := append([]string{before, after}, o.earlier...)
	err = a.WithProfileClient(ctx, o.ServiceFlags, args, func(c *client.Client) error {
		for _, arg := range args {
			p, err := localservice.ReadNamedProfile(ctx, c, arg)
			if err != nil {
				return err
			}
			profiles = append(profiles, p)
		}
		profiles, earlier = profiles[:2], profiles[2:]
		if !localservice.IsStored(before) {
			return nil
		}
		usual, err := readEarlier(ctx, c, profiles[0].Metadata, profiles[1].WindowStart, o.usual)
		for _, p := range usual {
			if !slices.ContainsFunc(earlier, func(e behaviour.Profile) bool { return e.ID == p.ID }) {
				earlier = append(earlier, p)
			}
		}
		return err
	})
	return profiles, earlier, err
}

// readEarlier returns stored profiles of the same scope with earlier windows of similar
// length: the last ones, and those of earlier days at the hour of another window.
func readEarlier(
	ctx context.Context,
	c *client.Client,
	m behaviour.Metadata,
	then time.Time,
	most int,
) (earlier []behaviour.Profile, err error) {
	length := m.WindowEnd.Sub(m.WindowStart)
	f := client.Filter{Cluster: &m.ClusterID, Namespace: &m.Namespace, TaskQueue: &m.TaskQueue, To: m.WindowStart}
	for each, err := range c.List(ctx, f, 0) {
		if err != nil {
			return nil, err
		}
		if len(earlier) >= most {
			break
		}
		if l := each.WindowEnd.Sub(each.WindowStart); each.WindowEnd.After(m.WindowStart) || l > 2*length || length > 2*l {
			continue
		}
		p, _, err := localservice.GetProfile(ctx, c, each.ID)
		if err != nil {
			return nil, err
		}
		earlier = append(earlier, p)
	}
	if most <= 0 {
		return earlier, nil
	}
	for _, start := range m.SameHour(then, behaviour.Days) {
		f.From, f.To = start, start.Add(length)
		for each, err := range c.List(ctx, f, 0) {
			if err != nil {
				return nil, err
			}
			if !m.IsLike(each, start) {
				continue
			}
			if !slices.ContainsFunc(earlier, func(p behaviour.Profile) bool { return p.ID == each.ID }) {
				p, _, err := localservice.GetProfile(ctx, c, each.ID)
				if err != nil {
					return nil, err
				}
				earlier = append(earlier, p)
			}
			break
		}
	}
	return earlier, nil
}

// parseThresholds parses METRIC=NUMBER[%].
func parseThresholds(args []string) (map[string]compare.Threshold, error) {
	all := map[string]compare.Threshold{}
	for _, arg := range args {
		name, text, found := strings.Cut(arg, "=")
		number, relative := strings.CutSuffix(text, "%")
		v, err := strconv.ParseFloat(number, 64)
		if !found || err != nil {
			return nil, command.NewUsageError(fmt.Sprintf("--threshold: expected METRIC=NUMBER or METRIC=NUMBER%%, found %q", arg),
				"for example: --threshold latency=30%")

		}
		t := all[name]
		if relative {
			v /= 100
			t.Relative = &v
		} else {
			t.Absolute = &v
		}
		all[name] = t
	}
	return all, nil
}
