package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/compare"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/judge"
	"github.com/temporal-dsql/temporal-dsql/internal/service/client"
)

// A comparing is what the compare command is told.
type comparing struct {
	windows
	floors []string
	failOn string
	format format
}

// windows are where two profiles are, and those before them that tell what is usual.
type windows struct {
	reach
	earlier []string
	usual   int
}

func (w *windows) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&w.earlier, "earlier", nil, "`PROFILE` of an earlier window, a file or an id; may be repeated")
	f.IntVar(&w.usual, "usual", assess.Earlier, "how many kept profiles before A tell what is usual, where A is kept")
	w.reach.flags(cmd)
}

func (a *app) profileCompare() *cobra.Command {
	o := comparing{}
	cmd := &cobra.Command{
		Use:   "compare A B",
		Short: "Tell what differs between two behaviour profiles, what is worst first",
		Long: `Compare tells of every metric whether it improved or regressed from profile A to
profile B, whether that matters, and with what evidence; and which settings and
versions differ. Missing data is no_data, and too few samples are inconclusive:
neither is unchanged.

A and B are files (the document that GET /profiles/{id} gives), - for stdin, or
ids of profiles that are kept. Earlier profiles of the same cluster, namespace
and task queue tell what is usual: five or more make a metric that comes and
goes no regression. Of kept profiles they are found; others are given.

The smallest difference that matters is each metric's own (see list-metrics).
--threshold takes its place, of a metric or of a category: latency=30% is relative,
latency.persistence_latency_p99=10 absolute, in the metric's unit.`,
		Example: `  temporal-dsql profile compare before.json after.json
  temporal-dsql profile compare before.json after.json --threshold errors=25% --fail-on critical
  temporal-dsql profile compare 0199a5f2-0000-7000-8000-000000000001 0199a5f2-0000-7000-8000-000000000002 -o json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 2 && args[0] != "" && args[1] != "" {
				return nil
			}
			return usageError{"compare needs two behaviour profiles: their files, - for stdin, or their ids", "temporal-dsql profile compare before.json after.json"}
		},
		RunE: a.leaving(func(cmd *cobra.Command, args []string) error { return a.compare(cmd.Context(), o, args[0], args[1]) }),
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.floors, "threshold", nil, "`METRIC=NUMBER[%]` smallest difference that matters; may be repeated")
	f.StringVar(&o.failOn, "fail-on", "", "exit 1 where a metric regressed with this severity or a worse one: warning or critical")
	_ = cmd.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions([]string{judge.Warning, judge.Critical}, cobra.ShellCompDirectiveNoFileComp))
	o.flags(cmd)
	o.format.flag(cmd)
	return cmd
}

func (a *app) compare(ctx context.Context, o comparing, before, after string) error {
	if o.failOn != "" && o.failOn != judge.Warning && o.failOn != judge.Critical {
		return usageError{fmt.Sprintf("--fail-on is %q", o.failOn), "--fail-on warning or --fail-on critical"}
	}
	floors, err := thresholds(o.floors)
	if err != nil {
		return err
	}
	profiles, earlier, err := a.gather(ctx, o.windows, before, after)
	if err != nil {
		return err
	}
	engine, err := compile.New(a.dir)
	if err != nil {
		return err
	}
	comparer, err := compare.New(engine)
	if err != nil {
		return err
	}
	c, err := comparer.Compare(profiles[0], profiles[1], compare.Request{Earlier: earlier, Floors: floors})
	if err != nil {
		return err
	}
	if err := a.print(o.format, c, c.Text); err != nil {
		return err
	}
	if slices.ContainsFunc(c.TelemetryDiffs, func(d compare.TelemetryDiff) bool {
		return d.Direction == judge.Regressed && (d.Severity == judge.Critical || d.Severity == o.failOn) && o.failOn != ""
	}) {
		return judged{exitRefused}
	}
	return nil
}

// gather reads two profiles, and those before them: the ones that are given, and
// where the first one is kept also its own.
func (a *app) gather(ctx context.Context, o windows, before, after string) (profiles, earlier []behaviour.Profile, err error) {
	args := append([]string{before, after}, o.earlier...)
	err = a.reading(ctx, o.reach, args, func(c *client.Client) error {
		for _, arg := range args {
			p, err := named(ctx, c, arg)
			if err != nil {
				return err
			}
			profiles = append(profiles, p)
		}
		profiles, earlier = profiles[:2], profiles[2:]
		if !isKept(before) {
			return nil
		}
		usual, err := usualOf(ctx, c, profiles[0].Metadata, o.usual)
		for _, p := range usual {
			if !slices.ContainsFunc(earlier, func(e behaviour.Profile) bool { return e.ID == p.ID }) {
				earlier = append(earlier, p)
			}
		}
		return err
	})
	return profiles, earlier, err
}

// usualOf are kept profiles of the same scope, of windows before and about as long.
func usualOf(ctx context.Context, c *client.Client, m behaviour.Metadata, most int) (earlier []behaviour.Profile, err error) {
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
		p, _, err := keptProfile(ctx, c, each.ID)
		if err != nil {
			return nil, err
		}
		earlier = append(earlier, p)
	}
	return earlier, nil
}

// thresholds reads METRIC=NUMBER[%].
func thresholds(args []string) (map[string]compare.Threshold, error) {
	all := map[string]compare.Threshold{}
	for _, arg := range args {
		name, text, found := strings.Cut(arg, "=")
		number, relative := strings.CutSuffix(text, "%")
		v, err := strconv.ParseFloat(number, 64)
		if !found || err != nil {
			return nil, usageError{fmt.Sprintf("--threshold %q is not METRIC=NUMBER, nor METRIC=NUMBER%%", arg), "--threshold latency=30%"}
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
