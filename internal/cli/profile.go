package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
	"github.com/temporal-dsql/temporal-dsql/internal/service/client"
)

func (a *app) profileCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "profile", Short: "Make, list and keep behaviour profiles",
		Long: `A behaviour profile is a window of time of a running cluster: its telemetry, its
configuration without secrets, and the versions that ran. These commands ask a
service (--server, or $TEMPORAL_DSQL_SERVER), or without one the store of this
machine under $XDG_DATA_HOME.

Times are now, -2h, -1d12h, RFC 3339, or a day and time of this machine's zone.`,
		Example: `  temporal-dsql profile create "before the upgrade" --cluster prod --from -2h --prometheus-url http://localhost:9090
  temporal-dsql profile list --cluster prod
  temporal-dsql profile get 0193a5f2-7d4e-7c31-9d0a-5b3f0e2a1c44`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.profileCompare(), a.profileCreate(), a.profileList(), a.profileGet(), a.profileBaseline(), a.profileDelete(), a.profileExport(), a.profileImport(), a.profileReport(), a.profileSweep(), a.profileTables())
	return cmd
}

func (a *app) profileCreate() *cobra.Command {
	var r reach
	var f format
	var q client.Request
	var from, to, compiled string
	var config []string
	cmd := &cobra.Command{
		Use: "create NAME", Short: "Make a profile of a window of time",
		Long: `Create collects the telemetry of a window from Prometheus and keeps it with the
configuration. A service knows which Prometheus and which configuration a cluster
has; the store of this machine takes --prometheus-url. Files given with --config
go along with the request: what they set wins.`,
		Example: `  temporal-dsql profile create "before the upgrade" --cluster prod --from -2h --server https://profiles.example.com
  temporal-dsql profile create load-test --cluster staging --from 2026-11-24T10:00:00Z --to 2026-11-24T11:00:00Z \
    --prometheus-url http://localhost:9090 --profile build/staging/profile.json --config dynamic_config.yaml --label nightly`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if q.Name = args[0]; q.ClusterID == "" {
				return usageError{"profile create names no cluster", "--cluster ID"}
			}
			if err := a.window(&q, from, to); err != nil {
				return err
			}
			if compiled != "" {
				config = append(config, compiled)
			}
			for i, name := range config {
				given, err := readGiven(cmd.Context(), name)
				if err != nil {
					return err
				}
				if compiled != "" && i == len(config)-1 {
					given.Format = snapshot.Profile
				}
				q.Config = append(q.Config, given)
			}
			return a.reached(cmd.Context(), r, func(c *client.Client) error {
				m, err := a.create(cmd.Context(), c, q)
				var problem *client.Problem
				if errors.As(err, &problem) && problem.Status == http.StatusServiceUnavailable && r.server == "" && r.prometheus == "" && a.env(serverVariable) == "" {
					return usageError{problem.Detail, "--prometheus-url http://HOST:9090 names it, or --server a service that knows one"}
				}
				if err != nil {
					return err
				}
				a.warnOfNothing(cmd.Context(), c, m.ID)
				return a.print(f, m, func(w io.Writer, _ report.Style) { fmt.Fprintln(w, m.ID) })
			})
		},
	}
	r.flags(cmd)
	r.recording.flags(cmd)
	f.flag(cmd)
	fl := cmd.Flags()
	fl.StringVarP(&q.ClusterID, "cluster", "c", "", "`ID` of the cluster (required)")
	fl.StringVarP(&q.Namespace, "namespace", "n", "", "narrow the telemetry to a namespace")
	fl.StringVarP(&q.TaskQueue, "task-queue", "t", "", "narrow the telemetry to a task queue")
	fl.StringVarP(&q.Label, "label", "l", "", "label to find it again by")
	fl.StringVar(&from, "from", "-1h", "start of the window")
	fl.StringVar(&to, "to", "now", "end of the window")
	fl.BoolVar(&q.AllowPartial, "allow-partial", false, "keep what is there where queries fail")
	fl.StringArrayVar(&config, "config", nil, "`FILE` that the cluster is configured by, as lint reads it; may be repeated")
	fl.StringVar(&compiled, "profile", "", "profile.json or profile.yaml `FILE` that the cluster was compiled from")
	fl.StringVar(&q.ServerVersion, "temporal-version", "", "version of the Temporal server that ran")
	fl.StringVar(&q.PluginVersion, "plugin-version", "", "generation of the DSQL plugin that ran")
	fl.StringVar(&q.WorkerCodeSHA, "worker-sha", "", "commit that the workers were built from")
	fl.StringVar(&q.Preset, "preset", "", "preset that the cluster is tied to")
	_ = cmd.RegisterFlagCompletionFunc("preset", a.presetNames())
	return cmd
}

// window reads the times of a request.
func (a *app) window(q *client.Request, from, to string) (err error) {
	now := a.now().Truncate(time.Second)
	if q.WindowStart, err = client.Time(from, now); err != nil {
		return usageError{"--from: " + err.Error(), ""}
	}
	if q.WindowEnd, err = client.Time(to, now); err != nil {
		return usageError{"--to: " + err.Error(), ""}
	}
	return nil
}

// create makes a profile, and shows on a terminal how far it is.
func (a *app) create(ctx context.Context, c *client.Client, q client.Request) (behaviour.Metadata, error) {
	bar := newBar(a.stderr, a.env)
	defer bar.clear()
	return c.Create(ctx, q, bar.told())
}

// warnOfNothing says so where a profile was kept in which no metric has data. Who
// may make profiles and not read them is not told.
func (a *app) warnOfNothing(ctx context.Context, c *client.Client, id string) {
	if p, _, err := keptProfile(ctx, c, id); err == nil && p.Telemetry.Empty() {
		fmt.Fprintf(a.stderr, "temporal-dsql: no metric has data in this window\n  hint: temporal-dsql profile get %s tells what was looked for: is it the right Prometheus, cluster and time?\n", id)
	}
}

func readGiven(ctx context.Context, name string) (g snapshot.Given, err error) {
	data, err := budget.ConfigFile.ReadFile(name)
	if err != nil {
		return g, unreadable("read configuration", err, "name a file")
	}
	// an error is told here, at its line, before anything is sent
	if !strings.HasSuffix(name, ".json") {
		if _, err := (deployed.Reading{}).Text(ctx, name, data); err != nil {
			return g, err
		}
	}
	return snapshot.Given{Name: filepath.Base(name), Content: string(data)}, nil
}

func (a *app) profileList() *cobra.Command {
	var r reach
	var f format
	var cluster, namespace, taskQueue, label, from, to string
	var baseline bool
	var limit int
	cmd := &cobra.Command{
		Use: "list", Short: "List profiles, those with the newest windows first",
		Example: `  temporal-dsql profile list --cluster prod --from -7d
  temporal-dsql profile list --baseline -o json
  temporal-dsql profile list --namespace "" # of whole clusters only`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var filter client.Filter
			given := cmd.Flags().Changed
			for _, x := range []struct {
				flag string
				from *string
				to   **string
			}{{"cluster", &cluster, &filter.Cluster}, {"namespace", &namespace, &filter.Namespace}, {"task-queue", &taskQueue, &filter.TaskQueue}, {"label", &label, &filter.Label}} {
				if given(x.flag) {
					*x.to = x.from
				}
			}
			if given("baseline") {
				filter.Baseline = &baseline
			}
			for _, x := range []struct {
				flag, text string
				to         *time.Time
			}{{"from", from, &filter.From}, {"to", to, &filter.To}} {
				if !given(x.flag) {
					continue
				}
				at, err := client.Time(x.text, a.now())
				if err != nil {
					return usageError{"--" + x.flag + ": " + err.Error(), ""}
				}
				*x.to = at
			}
			if limit < 0 {
				return usageError{"--limit is below 0", "0 lists all"}
			}
			all := []behaviour.Metadata{}
			err := a.reached(cmd.Context(), r, func(c *client.Client) error {
				for m, err := range c.List(cmd.Context(), filter, limit) {
					if err != nil {
						return err
					}
					all = append(all, m)
				}
				return nil
			})
			if err != nil {
				return err
			}
			return a.print(f, all, func(w io.Writer, style report.Style) { listText(w, style, all) })
		},
	}
	r.flags(cmd)
	f.flag(cmd)
	fl := cmd.Flags()
	fl.StringVarP(&cluster, "cluster", "c", "", "of one cluster")
	fl.StringVarP(&namespace, "namespace", "n", "", "of one namespace; empty for whole clusters")
	fl.StringVarP(&taskQueue, "task-queue", "t", "", "of one task queue; empty for all of them")
	fl.StringVarP(&label, "label", "l", "", "with a label; empty for without one")
	fl.StringVar(&from, "from", "", "whose windows end after a time")
	fl.StringVar(&to, "to", "", "whose windows start before a time")
	fl.BoolVar(&baseline, "baseline", false, "only baselines; --baseline=false only others")
	fl.IntVar(&limit, "limit", store.DefaultLimit, "at most so many; 0 is all")
	return cmd
}

func (a *app) profileGet() *cobra.Command {
	var r reach
	var f format
	cmd := &cobra.Command{
		Use: "get ID", Short: "Show a profile: its telemetry, and what ran",
		Example: "  temporal-dsql profile get 0193a5f2-7d4e-7c31-9d0a-5b3f0e2a1c44\n  temporal-dsql profile get 0193a5f2-7d4e-7c31-9d0a-5b3f0e2a1c44 -o json | jq .config_snapshot",
		Args:    cobra.ExactArgs(1), ValidArgsFunction: a.ids(&r, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.reached(cmd.Context(), r, func(c *client.Client) error {
				p, document, err := keptProfile(cmd.Context(), c, args[0])
				if err != nil {
					return err
				}
				return a.print(f, json.RawMessage(document), func(w io.Writer, style report.Style) { profileText(w, style, p) })
			})
		},
	}
	r.flags(cmd)
	f.flag(cmd)
	return cmd
}

func (a *app) profileBaseline() *cobra.Command {
	var r reach
	var f format
	var instead string
	cmd := &cobra.Command{
		Use: "baseline ID", Short: "Make a profile what its cluster and namespace is held to",
		Example: "  temporal-dsql profile baseline 0193a5f2-7d4e-7c31-9d0a-5b3f0e2a1c44",
		Args:    cobra.ExactArgs(1), ValidArgsFunction: a.ids(&r, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.reached(cmd.Context(), r, func(c *client.Client) error {
				b, err := c.SetBaseline(cmd.Context(), args[0], instead)
				if err != nil {
					return err
				}
				return a.print(f, b, func(w io.Writer, _ report.Style) {
					fmt.Fprintf(w, "%s is the baseline of %s\n", b.ProfileID, scopeText(b.ClusterID, b.Namespace, ""))
					if b.Previous != "" && b.Previous != b.ProfileID {
						fmt.Fprintf(w, "it was %s\n", b.Previous)
					}
				})
			})
		},
	}
	r.flags(cmd)
	f.flag(cmd)
	cmd.Flags().StringVar(&instead, "instead-of", "", "only where this profile is the baseline now")
	return cmd
}

func (a *app) profileDelete() *cobra.Command {
	var r reach
	cmd := &cobra.Command{
		Use: "delete ID…", Short: "Delete profiles that are no baselines",
		Example: "  temporal-dsql profile delete 0193a5f2-7d4e-7c31-9d0a-5b3f0e2a1c44",
		Args:    cobra.MinimumNArgs(1), ValidArgsFunction: a.ids(&r, 0),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.reached(cmd.Context(), r, func(c *client.Client) error {
				for _, id := range args {
					if err := c.Delete(cmd.Context(), id); err != nil {
						return err
					}
					fmt.Fprintf(a.stdout, "deleted %s\n", id)
				}
				return nil
			})
		},
	}
	r.flags(cmd)
	return cmd
}

func (a *app) profileExport() *cobra.Command {
	var r reach
	var out string
	cmd := &cobra.Command{
		Use: "export ID", Short: "Write a profile, byte for byte as it is kept",
		Example: "  temporal-dsql profile export 0193a5f2-7d4e-7c31-9d0a-5b3f0e2a1c44 --out before.json",
		Args:    cobra.ExactArgs(1), ValidArgsFunction: a.ids(&r, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.reached(cmd.Context(), r, func(c *client.Client) error {
				data, err := c.Get(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if out != "" {
					return cannotWrite(replace(out, data))
				}
				if _, err := a.stdout.Write(data); err != nil {
					return fmt.Errorf("%w: %w", errIO, err)
				}
				return nil
			})
		},
	}
	r.flags(cmd)
	cmd.Flags().StringVar(&out, "out", "", "`FILE` to write (default: standard output)")
	return cmd
}

func (a *app) profileImport() *cobra.Command {
	var r reach
	cmd := &cobra.Command{
		Use: "import FILE…", Short: "Keep profiles that were exported elsewhere, with their ids",
		Example: "  temporal-dsql profile import before.json --server https://profiles.example.com",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.reached(cmd.Context(), r, func(c *client.Client) error {
				for _, name := range args {
					data, err := budget.ProfileBytes.ReadFile(name)
					if err != nil {
						return unreadable("read profile", err, "name a file that profile export wrote")
					}
					if !json.Valid(bytes.TrimSpace(data)) {
						return usageError{"read profile: " + name + " is no JSON", "name a file that profile export wrote"}
					}
					m, err := c.Import(cmd.Context(), data)
					if err != nil {
						return err
					}
					fmt.Fprintln(a.stdout, m.ID)
				}
				return nil
			})
		},
	}
	r.flags(cmd)
	return cmd
}
