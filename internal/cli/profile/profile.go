package profile

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
	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/localservice"
	"github.com/temporal-dsql/temporal-dsql/internal/config/report"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configfile"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
	"github.com/temporal-dsql/temporal-dsql/internal/service/client"
	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

func (a *app) profileCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "profile", Short: "Create, list and compare behaviour profiles",
		Long: `A behaviour profile describes a time window of a running cluster: telemetry,
configuration without secrets, and versions. These commands call a service (--server
or $TEMPORAL_DSQL_SERVER), or else use the local store under $XDG_DATA_HOME.

Times are now, -2h, -1d12h, RFC 3339, or a date and time in the local zone.`,
		Example: `  temporal-dsql profile create "before the upgrade" --cluster prod --from -2h --prometheus-url http://localhost:9090
  temporal-dsql profile list --cluster prod
  temporal-dsql profile get 0193a5f2-7d4e-7c31-9d0a-5b3f0e2a1c44`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		a.profileCompareCommand(), a.profileCreateCommand(), a.profileListCommand(), a.profileGetCommand(), a.profileBaselineCommand(),
		a.profileDeleteCommand(),
		a.profileExportCommand(), a.profileImportCommand(), a.profileReportCommand(), a.profileSweepCommand(), a.profileTablesCommand(),
	)
	return cmd
}

func (a *app) profileCreateCommand() *cobra.Command {
	var r localservice.ServiceFlags
	var f command.FormatFlag
	var q client.ProfileInput
	var from, to, compiled string
	var config []string
	cmd := &cobra.Command{
		Use: "create NAME", Short: "Create a profile of a time window",
		Long: `Create collects the telemetry of a window from Prometheus and stores it with the
configuration. A service knows the Prometheus and the configuration of each cluster; the
local store needs --prometheus-url. Files of --config are sent with the request and
take precedence.`,
		Example: `  temporal-dsql profile create "before the upgrade" --cluster prod --from -2h --server https://profiles.example.com
  temporal-dsql profile create load-test --cluster staging --from 2026-11-24T10:00:00Z --to 2026-11-24T11:00:00Z \
    --prometheus-url http://localhost:9090 --profile build/staging/profile.json --config dynamic_config.yaml --label nightly`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if q.Name = args[0]; strings.TrimSpace(q.Name) == "" {
				return command.NewUsageError("profile create: NAME is empty", "name the profile, for example \"before the upgrade\"")
			}
			if q.ClusterID == "" {
				return command.NewUsageError("profile create: missing --cluster", "add --cluster ID")
			}
			if err := a.parseWindow(&q, from, to); err != nil {
				return err
			}
			if compiled != "" {
				config = append(config, compiled)
			}
			for i, name := range config {
				file, err := readInlineFile(cmd.Context(), name)
				if err != nil {
					return err
				}
				if compiled != "" && i == len(config)-1 {
					file.Format = snapshot.Profile
				}
				q.Config = append(q.Config, file)
			}
			return a.WithClient(cmd.Context(), r, func(c *client.Client) error {
				m, err := a.createProfile(cmd.Context(), c, q)
				var problem *client.Problem
				if errors.As(err, &problem) && problem.Status == http.StatusServiceUnavailable && r.Server == "" && r.Prometheus == "" &&
					a.Env(localservice.ServerVariable) == "" {
					return command.NewUsageError(problem.Detail, "add --prometheus-url http://HOST:9090, or call a service with --server")
				}
				if err != nil {
					return err
				}
				a.warnIfEmpty(cmd.Context(), c, m.ID)
				return a.PrintDocument(f, m, func(w io.Writer, _ report.Style) { fmt.Fprintln(w, m.ID) })
			})
		},
	}
	r.Register(cmd)
	r.RecorderFlags.Register(cmd)
	f.Register(cmd)
	fl := cmd.Flags()
	fl.StringVarP(&q.ClusterID, "cluster", "c", "", "`ID` of the cluster (required)")
	fl.StringVarP(&q.Namespace, "namespace", "n", "", "only telemetry of this namespace")
	fl.StringVarP(&q.TaskQueue, "task-queue", "t", "", "only telemetry of this task queue")
	fl.StringVarP(&q.Label, "label", "l", "", "label, for later filtering")
	fl.StringVar(&from, "from", "-1h", "start of the window")
	fl.StringVar(&to, "to", "now", "end of the window")
	fl.BoolVar(&q.AllowPartial, "allow-partial", false, "create the profile even if queries fail")
	fl.StringArrayVar(&config, "config", nil, "configuration `FILE` of the cluster, in a format of lint; can be repeated")
	fl.StringVar(&compiled, "profile", "", "profile.json or profile.yaml `FILE` of the cluster's compile")
	fl.StringVar(&q.ServerVersion, "temporal-version", "", "version of the Temporal server")
	fl.StringVar(&q.PluginVersion, "plugin-version", "", "generation of the DSQL plugin")
	fl.StringVar(&q.WorkerCodeSHA, "worker-sha", "", "commit of the workers' code")
	fl.StringVar(&q.Preset, "preset", "", "preset of the cluster")
	return cmd
}

// parseWindow parses the window of a request.
func (a *app) parseWindow(q *client.ProfileInput, from, to string) (err error) {
	now := a.Now().Truncate(time.Second)
	if q.WindowStart, err = client.ParseTime(from, now); err != nil {
		return newTimeError("from", err)
	}
	if q.WindowEnd, err = client.ParseTime(to, now); err != nil {
		return newTimeError("to", err)
	}
	return nil
}

// newTimeError returns the error of a flag whose time client.ParseTime cannot read.
func newTimeError(flag string, err error) error {
	return command.NewUsageError("--"+flag+": "+err.Error(), "use "+client.TimeForms)
}

// createProfile creates a profile and shows its progress on a terminal.
func (a *app) createProfile(ctx context.Context, c *client.Client, q client.ProfileInput) (behaviour.Metadata, error) {
	bar := newProgressBar(a.Stderr, a.Env)
	defer bar.eraseLine()
	return c.Create(ctx, q, bar.callback())
}

// warnIfEmpty warns if no metric of a profile has data. Without permission to read profiles
// it is silent.
func (a *app) warnIfEmpty(ctx context.Context, c *client.Client, id string) {
	if p, _, err := localservice.GetProfile(ctx, c, id); err == nil && p.Telemetry.IsEmpty() {
		fmt.Fprintf(a.Stderr, "temporal-dsql: no metric has data in this window\n  remedy: check the Prometheus, the cluster and the "+
			"time; temporal-dsql profile get %s names the metrics that it looked for, and with -o json the queries\n", id)
	}
}

func readInlineFile(ctx context.Context, name string) (g snapshot.InlineFile, err error) {
	data, err := budget.ConfigFile.ReadFile(name)
	if err != nil {
		return g, command.WrapReadError("read configuration", err, "name a file")
	}
	// report errors with their line before sending anything
	if !strings.HasSuffix(name, ".json") {
		if _, err := (configfile.Reader{}).Text(ctx, name, data); err != nil {
			return g, err
		}
	}
	return snapshot.InlineFile{Name: filepath.Base(name), Content: string(data)}, nil
}

func (a *app) profileListCommand() *cobra.Command {
	var r localservice.ServiceFlags
	var f command.FormatFlag
	var cluster, namespace, taskQueue, label, from, to string
	var baseline bool
	var limit int
	cmd := &cobra.Command{
		Use: "list", Short: "List profiles, newest windows first",
		Example: `  temporal-dsql profile list --cluster prod --from -7d
  temporal-dsql profile list --baseline -o json
  temporal-dsql profile list --namespace "" # whole clusters only`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var filter client.Filter
			isSet := cmd.Flags().Changed
			for _, x := range []struct {
				flag string
				from *string
				to   **string
			}{{"cluster", &cluster, &filter.Cluster}, {"namespace", &namespace, &filter.Namespace}, {"task-queue", &taskQueue, &filter.TaskQueue},
				{"label", &label, &filter.Label}} {
				if isSet(x.flag) {
					*x.to = x.from
				}
			}
			if isSet("baseline") {
				filter.Baseline = &baseline
			}
			for _, x := range []struct {
				flag, text string
				to         *time.Time
			}{{"from", from, &filter.From}, {"to", to, &filter.To}} {
				if !isSet(x.flag) {
					continue
				}
				at, err := client.ParseTime(x.text, a.Now())
				if err != nil {
					return newTimeError(x.flag, err)
				}
				*x.to = at
			}
			if limit < 0 {
				return command.NewUsageError("--limit: must not be negative", "use 0 to list all")
			}
			all := []behaviour.Metadata{}
			err := a.WithClient(cmd.Context(), r, func(c *client.Client) error {
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
			return a.PrintDocument(f, all, func(w io.Writer, style report.Style) { writeProfiles(w, style, all) })
		},
	}
	r.Register(cmd)
	f.Register(cmd)
	fl := cmd.Flags()
	fl.StringVarP(&cluster, "cluster", "c", "", "only this cluster")
	fl.StringVarP(&namespace, "namespace", "n", "", "only this namespace; empty for whole clusters")
	fl.StringVarP(&taskQueue, "task-queue", "t", "", "only this task queue; empty for profiles of all task queues")
	fl.StringVarP(&label, "label", "l", "", "only this label; empty for profiles without a label")
	fl.StringVar(&from, "from", "", "only windows that end after this time")
	fl.StringVar(&to, "to", "", "only windows that start before this time")
	fl.BoolVar(&baseline, "baseline", false, "only baselines; --baseline=false for other profiles")
	fl.IntVar(&limit, "limit", store.DefaultLimit, "maximum number of results; 0 lists all")
	return cmd
}

func (a *app) profileGetCommand() *cobra.Command {
	var r localservice.ServiceFlags
	var f command.FormatFlag
	cmd := &cobra.Command{
		Use: "get ID", Short: "Show a profile with telemetry and versions",
		Example: "  temporal-dsql profile get 0193a5f2-7d4e-7c31-9d0a-5b3f0e2a1c44\n  temporal-dsql profile get " +
			"0193a5f2-7d4e-7c31-9d0a-5b3f0e2a1c44 -o json | jq .config_snapshot",
		Args: cobra.ExactArgs(1), ValidArgsFunction: a.CompleteProfileIDs(&r, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.WithClient(cmd.Context(), r, func(c *client.Client) error {
				p, document, err := localservice.GetProfile(cmd.Context(), c, args[0])
				if err != nil {
					return err
				}
				return a.PrintDocument(f, json.RawMessage(document), func(w io.Writer, style report.Style) { writeProfile(w, style, p) })
			})
		},
	}
	r.Register(cmd)
	f.Register(cmd)
	return cmd
}

func (a *app) profileBaselineCommand() *cobra.Command {
	var r localservice.ServiceFlags
	var f command.FormatFlag
	var instead string
	cmd := &cobra.Command{
		Use: "baseline ID", Short: "Set a profile as the baseline of its cluster and namespace",
		Example: "  temporal-dsql profile baseline 0193a5f2-7d4e-7c31-9d0a-5b3f0e2a1c44",
		Args:    cobra.ExactArgs(1), ValidArgsFunction: a.CompleteProfileIDs(&r, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.WithClient(cmd.Context(), r, func(c *client.Client) error {
				b, err := c.SetBaseline(cmd.Context(), args[0], instead)
				if err != nil {
					return err
				}
				return a.PrintDocument(f, b, func(w io.Writer, _ report.Style) {
					fmt.Fprintf(w, "%s is the baseline of %s\n", b.ProfileID, formatScope(b.ClusterID, b.Namespace, ""))
					if b.Previous != "" && b.Previous != b.ProfileID {
						fmt.Fprintf(w, "previous baseline: %s\n", b.Previous)
					}
				})
			})
		},
	}
	r.Register(cmd)
	f.Register(cmd)
	cmd.Flags().StringVar(&instead, "instead-of", "", "only if this profile is the current baseline")
	return cmd
}

func (a *app) profileDeleteCommand() *cobra.Command {
	var r localservice.ServiceFlags
	cmd := &cobra.Command{
		Use: "delete ID…", Short: "Delete profiles (baselines cannot be deleted)",
		Example: "  temporal-dsql profile delete 0193a5f2-7d4e-7c31-9d0a-5b3f0e2a1c44",
		Args:    cobra.MinimumNArgs(1), ValidArgsFunction: a.CompleteProfileIDs(&r, 0),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.WithClient(cmd.Context(), r, func(c *client.Client) error {
				for _, id := range args {
					if err := c.Delete(cmd.Context(), id); err != nil {
						return err
					}
					fmt.Fprintf(a.Stdout, "deleted %s\n", id)
				}
				return nil
			})
		},
	}
	r.Register(cmd)
	return cmd
}

func (a *app) profileExportCommand() *cobra.Command {
	var r localservice.ServiceFlags
	var out string
	cmd := &cobra.Command{
		Use: "export ID", Short: "Export a stored profile byte for byte",
		Example: "  temporal-dsql profile export 0193a5f2-7d4e-7c31-9d0a-5b3f0e2a1c44 --out before.json",
		Args:    cobra.ExactArgs(1), ValidArgsFunction: a.CompleteProfileIDs(&r, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.WithClient(cmd.Context(), r, func(c *client.Client) error {
				data, err := c.Get(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if out != "" {
					return a.reportWritten(out, data, command.ReplaceFile(out, data))
				}
				if _, err := a.Stdout.Write(words.EscapeInvisible(data)); err != nil {
					return fmt.Errorf("%w: %w", command.ErrIO, err)
				}
				return nil
			})
		},
	}
	r.Register(cmd)
	cmd.Flags().StringVar(&out, "out", "", "`FILE` to write (default: standard output)")
	return cmd
}

// reportWritten prints on stderr how much was written to a file, unless writing failed.
func (a *app) reportWritten(file string, data []byte, err error) error {
	if err != nil {
		return command.WrapWriteError(err)
	}
	fmt.Fprintf(a.Stderr, "temporal-dsql: written: %s, %s\n", file, words.Count(len(data), "byte"))
	return nil
}

func (a *app) profileImportCommand() *cobra.Command {
	var r localservice.ServiceFlags
	cmd := &cobra.Command{
		Use: "import FILE…", Short: "Import exported profiles with their ids",
		Example: "  temporal-dsql profile import before.json --server https://profiles.example.com",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.WithClient(cmd.Context(), r, func(c *client.Client) error {
				for _, name := range args {
					data, err := budget.ProfileBytes.ReadFile(name)
					if err != nil {
						return command.WrapReadError("read profile", err, "name a file from temporal-dsql profile export")
					}
					if !json.Valid(bytes.TrimSpace(data)) {
						return command.NewUsageError("read profile: "+name+" is not JSON", "name a file from temporal-dsql profile export")
					}
					m, err := c.Import(cmd.Context(), data)
					if err != nil {
						return client.NameSubject(name, err)
					}
					fmt.Fprintln(a.Stdout, m.ID)
				}
				return nil
			})
		},
	}
	r.Register(cmd)
	return cmd
}
