package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
	"github.com/temporal-dsql/temporal-dsql/internal/service/client"
)

// variables that say which service is asked, and who asks.
const (
	serverVariable    = "TEMPORAL_DSQL_SERVER"
	tokenVariable     = "TEMPORAL_DSQL_TOKEN"
	tokenFileVariable = "TEMPORAL_DSQL_TOKEN_FILE"
)

// A reach says where profiles are: with a service, or in the store of this
// machine, which is asked as a service in this process.
type reach struct {
	keeping
	recording
	server, tokenFile string
	assesses          bool // and what that takes is there too
}

func (r *reach) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&r.server, "server", "", "`URL` of a service to ask (default $"+serverVariable+"; without either, the store of this machine)")
	f.StringVar(&r.tokenFile, "token-file", "", "`FILE` with the token for it (default $"+tokenFileVariable+"; or the token itself in $"+tokenVariable+")")
	r.keeping.flags(cmd)
	_ = cmd.MarkFlagFilename("token-file")
}

// reached runs what asks the service or the store.
func (a *app) reached(ctx context.Context, r reach, ask func(*client.Client) error) (err error) {
	local := r.dataDir != "" || r.bucket != "" || r.database != "" || r.prometheus != "" || r.config != ""
	url := r.server
	if url == "" && !local {
		url = a.env(serverVariable)
	}
	if url != "" && local {
		return usageError{"--server names a service, which knows itself where profiles are kept and which Prometheus it asks", "leave --server out, or --data-dir, --bucket, --database, --prometheus-url and --config"}
	}
	options := client.Options{Server: url}
	if url == "" {
		engine, err := compile.New(a.dir)
		if err != nil {
			return err
		}
		here, err := a.here(ctx, engine, r.keeping, r.recording, api.NewMetrics(), r.assesses)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, here.Close()) }()
		s, err := api.New(api.Config{
			Store: here.store, Recorder: here.recorder, Watcher: here.watcher, Metrics: here.metrics, Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			return err
		}
		options.Handler = s.Handler()
	} else if options.Token, err = a.token(r.tokenFile); err != nil {
		return err
	}
	c, err := client.New(options)
	if errors.Is(err, client.ErrServer) {
		return usageError{fmt.Sprintf("%q is no URL of a service", url), "--server http://HOST:8686, or https://HOST"}
	}
	if err != nil {
		return err
	}
	return ask(c)
}

// A household makes, keeps and judges profiles in this process.
type household struct {
	kept     *store.Store
	store    *api.Store
	recorder *record.Recorder
	watcher  *assess.Watcher
	metrics  *api.Metrics
}

func (h *household) Close() error { return h.kept.Close() }

// here opens one; whether it assesses, or only tells of assessments, is told.
func (a *app) here(ctx context.Context, engine *compile.Engine, k keeping, r recording, metrics *api.Metrics, assesses bool) (h *household, err error) {
	h = &household{metrics: metrics}
	if h.kept, err = a.openStore(ctx, k, metrics.Retried); err != nil {
		return nil, err
	}
	kept := h.kept
	defer func() {
		if err != nil {
			err = errors.Join(err, kept.Close())
		}
	}()
	h.store = api.NewStore(h.kept, metrics, noop.NewTracerProvider())
	folder, err := a.folder(k)
	if err != nil {
		return nil, err
	}
	if h.recorder, err = a.recorder(engine, r, h.store, folder); err != nil {
		return nil, err
	}
	looking := assess.Options{Store: h.store, Recorder: h.recorder, Plans: r.plans(), Told: metrics.Assessed, Now: a.now}
	if assesses {
		judge := newJudging(a.dir)
		looking.Comparer, looking.Assessor = judge.comparer, judge
	}
	h.watcher = assess.New(looking)
	return h, nil
}

// token is what the file or the environment has.
func (a *app) token(file string) (string, error) {
	if file == "" {
		if token := strings.TrimSpace(a.env(tokenVariable)); token != "" {
			return token, nil
		}
		file = a.env(tokenFileVariable)
	}
	if file == "" {
		return "", nil
	}
	data, err := budget.SecretFile.ReadFile(file)
	if err != nil {
		return "", unreadable("read the token", err, "temporal-dsql token new makes one")
	}
	token := strings.TrimSpace(string(data))
	if token == "" || strings.ContainsAny(token, " \n") {
		return "", usageError{fmt.Sprintf("read the token: %s holds no token", file), "it is the token alone, on one line"}
	}
	return token, nil
}

// inFlags says in the words of the command line what a service's remedies say in
// those of its API.
var inFlags = strings.NewReplacer(
	"GET /profiles lists", "temporal-dsql profile list shows",
	"GET /assessments lists", "temporal-dsql assess list shows",
	"GET /profiles/{id} gives it", "temporal-dsql profile export writes it",
	"allow_partial keeps", "--allow-partial keeps",
)

// problem prints what a service finds wrong, and tells the exit code it means.
func (a *app) problem(p *client.Problem) int {
	fmt.Fprintf(a.stderr, "temporal-dsql: %s\n", p.Detail)
	if remedy := inFlags.Replace(p.Remedy); remedy != "" {
		fmt.Fprintf(a.stderr, "  hint: %s\n", remedy)
	}
	if p.Status < 500 {
		return exitUsage
	}
	if p.RequestID != "" {
		fmt.Fprintf(a.stderr, "  request: %s\n", p.RequestID)
	}
	return exitInternal
}

// ids completes the id of a profile: the newest ones, with what each is of.
func (a *app) ids(r *reach, most int) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) (found []string, _ cobra.ShellCompDirective) {
		if most > 0 && len(args) >= most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		err := a.reached(cmd.Context(), *r, func(c *client.Client) error {
			for m, err := range c.List(cmd.Context(), client.Filter{}, store.DefaultLimit) {
				if err != nil {
					return err
				}
				found = append(found, fmt.Sprintf("%s\t%s, %s %s", m.ID, m.Name, m.ClusterID, m.WindowStart.Format("2006-01-02 15:04")))
			}
			return nil
		})
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return found, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}
