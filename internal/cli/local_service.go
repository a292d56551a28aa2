package cli

import (
	"cmp"
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
	"github.com/temporal-dsql/temporal-dsql/internal/service/evaluator"
)

// Environment variables of the client.
const (
	serverVariable    = "TEMPORAL_DSQL_SERVER"
	tokenVariable     = "TEMPORAL_DSQL_TOKEN"
	tokenFileVariable = "TEMPORAL_DSQL_TOKEN_FILE"
)

// serviceFlags say where profiles are: in a service, or in the local store, which a service
// in this process serves.
type serviceFlags struct {
	storeFlags
	recorderFlags
	server, tokenFile string
	canAssess         bool // with comparer and assessor
}

func (r *serviceFlags) register(cmd *cobra.Command) {
	r.registerServer(cmd)
	r.storeFlags.register(cmd)
}

// registerServer registers the flags of a service elsewhere.
func (r *serviceFlags) registerServer(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&r.server, "server", "", "`URL` of a service (default $"+serverVariable+", else the local store)")
	f.StringVar(&r.tokenFile, "token-file", "", "`FILE` with the service's token (default $"+tokenFileVariable+"; or set the token in $"+
		tokenVariable+")")
	_ = cmd.MarkFlagFilename("token-file")
}

// withClient runs use with a client of the service or the local store.
func (a *app) withClient(ctx context.Context, r serviceFlags, use func(*client.Client) error) (err error) {
	local := r.dataDir != "" || r.bucket != "" || r.database != "" || r.prometheus != "" || r.config != ""
	url := r.server
	if url == "" && !local {
		url = a.env(serverVariable)
	}
	if url != "" && local {
		return usageError{"--server cannot be used with flags of the local store",
			"omit --server, or omit --data-dir, --bucket, --database, --prometheus-url and --config"}
	}
	options := client.Options{Server: url}
	if url == "" {
		engine, err := compile.New(a.dir)
		if err != nil {
			return err
		}
		service, err := a.openLocal(ctx, engine, r.storeFlags, r.recorderFlags, api.NewMetrics(), r.canAssess)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, service.Close()) }()
		s, err := api.New(api.Config{
			Store:    service.store,
			Recorder: service.recorder,
			Watcher:  service.watcher,
			Metrics:  service.metrics,
			Log:      slog.New(slog.DiscardHandler),
		})
		if err != nil {
			return err
		}
		options.Handler = s.Handler()
	} else if options.Token, err = a.readToken(r.tokenFile); err != nil {
		return err
	}
	c, err := client.New(options)
	if errors.Is(err, client.ErrServer) {
		return usageError{fmt.Sprintf("%q is not a valid service URL", url), "use http://HOST:8686 or https://HOST"}
	}
	if err != nil {
		return err
	}
	return use(c)
}

// localService bundles store, recorder and watcher for use in this process.
type localService struct {
	inner    *store.Store
	store    *api.Store
	recorder *record.Recorder
	watcher  *assess.Watcher
	metrics  *api.Metrics
}

// Close closes the store.
func (h *localService) Close() error { return h.inner.Close() }

// openLocal opens the local service; canAssess enables new assessments.
func (a *app) openLocal(ctx context.Context, engine *compile.Engine, k storeFlags, r recorderFlags, metrics *api.Metrics,
	canAssess bool) (h *localService, err error) {
	h = &localService{metrics: metrics}
	if h.inner, err = a.openStore(ctx, k, metrics.CountRetry); err != nil {
		return nil, err
	}
	inner := h.inner
	defer func() {
		if err != nil {
			err = errors.Join(err, inner.Close())
		}
	}()
	h.store = api.NewStore(h.inner, metrics, noop.NewTracerProvider())
	folder, err := a.dataFolder(k)
	if err != nil {
		return nil, err
	}
	pool := evaluator.New(a.dir, a.now)
	if h.recorder, err = a.newRecorder(engine, pool, r, h.store, folder); err != nil {
		return nil, err
	}
	options := assess.Options{
		Store:      h.store,
		Recorder:   h.recorder,
		Plans:      r.assessmentPlans(),
		OnAssessed: metrics.RecordAssessment,
		Now:        a.now,
	}
	if canAssess {
		assessors := &judges{pool}
		options.Comparer, options.Assessor = assessors.borrowComparer, assessors
	}
	h.watcher = assess.New(options)
	return h, nil
}

// readToken reads the token from the file or the environment.
func (a *app) readToken(file string) (string, error) {
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
		return "", wrapReadError("read token", err, "create a token with temporal-dsql token new")
	}
	token := strings.TrimSpace(string(data))
	if token == "" || strings.ContainsAny(token, " \n") {
		return "", usageError{
			fmt.Sprintf("read token: %s does not contain a token", file),
			"write only the token into the file, on one line",
		}
	}
	return token, nil
}

// reportProblem prints a problem of the service and returns the exit code.
func (a *app) reportProblem(p *client.Problem) int {
	fmt.Fprintf(a.stderr, "temporal-dsql: %s\n", p.Detail)
	a.printRemedy(cmp.Or(p.RemedyCode.CommandLine(), p.Remedy))
	if p.Status < 500 {
		return exitUsage
	}
	if p.RequestID != "" {
		fmt.Fprintf(a.stderr, "  request: %s\n", p.RequestID)
	}
	return exitInternal
}

// completeProfileIDs completes the ids of the newest profiles.
func (a *app) completeProfileIDs(r *serviceFlags, most int) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) (found []string, _ cobra.ShellCompDirective) {
		if most > 0 && len(args) >= most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		err := a.withClient(cmd.Context(), *r, func(c *client.Client) error {
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
