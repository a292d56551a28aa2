// Package localservice reaches behaviour profiles: those of a service, or those of the local store, which a service in
// this process serves.
package localservice

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
	"github.com/temporal-dsql/temporal-dsql/internal/service/client"
	"github.com/temporal-dsql/temporal-dsql/internal/service/evaluator"
	"github.com/temporal-dsql/temporal-dsql/internal/service/monitoring"
)

// Environment variables of the client.
const (
	ServerVariable    = "TEMPORAL_DSQL_SERVER"
	tokenVariable     = "TEMPORAL_DSQL_TOKEN"
	tokenFileVariable = "TEMPORAL_DSQL_TOKEN_FILE"
)

// App holds what the commands share, and reaches profiles.
type App struct{ *command.App }

// ServiceFlags say where profiles are: in a service, or in the local store, which a service
// in this process serves.
type ServiceFlags struct {
	StoreFlags
	RecorderFlags
	Server, TokenFile string
	CanAssess         bool // with comparer and assessor
}

// Register adds the flags to a command.
func (r *ServiceFlags) Register(cmd *cobra.Command) {
	r.RegisterServer(cmd)
	r.StoreFlags.Register(cmd)
}

// RegisterServer registers the flags of a service elsewhere.
func (r *ServiceFlags) RegisterServer(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&r.Server, "server", "", "`URL` of a service (default $"+ServerVariable+", else the local store)")
	f.StringVar(&r.TokenFile, "token-file", "", "`FILE` with the service's token (default $"+tokenFileVariable+"; or set the token in $"+
		tokenVariable+")")
	_ = cmd.MarkFlagFilename("token-file")
}

// WithClient runs use with a client of the service or the local store.
func (a *App) WithClient(ctx context.Context, r ServiceFlags, use func(*client.Client) error) (err error) {
	local := r.DataDir != "" || r.Bucket != "" || r.Database != "" || r.Prometheus != "" || r.Config != ""
	url := r.Server
	if url == "" && !local {
		url = a.Env(ServerVariable)
	}
	if url != "" && local {
		return command.NewUsageError("--server cannot be used with flags of the local store",
			"omit --server, or omit --data-dir, --bucket, --database, --prometheus-url and --config")

	}
	options := client.Options{Server: url}
	if url == "" {
		engine, err := compile.New(a.Dir)
		if err != nil {
			return err
		}
		service, err := a.OpenLocal(ctx, engine, r.StoreFlags, r.RecorderFlags, monitoring.NewMetrics(), r.CanAssess)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, service.Close()) }()
		s, err := api.New(api.Config{
			Store:    service.Store,
			Recorder: service.Recorder,
			Watcher:  service.Watcher,
			Metrics:  service.Metrics,
			Log:      slog.New(slog.DiscardHandler),
		})
		if err != nil {
			return err
		}
		options.Handler = s.Handler()
	} else if options.Token, err = a.ReadToken(r.TokenFile); err != nil {
		return err
	}
	c, err := client.New(options)
	if errors.Is(err, client.ErrServer) {
		return command.NewUsageError(fmt.Sprintf("%q is not a valid service URL", url), "use http://HOST:8686 or https://HOST")
	}
	if err != nil {
		return err
	}
	return use(c)
}

// Service bundles store, recorder and watcher for use in this process.
type Service struct {
	inner    *store.Store
	Store    *monitoring.Store
	Recorder *record.Recorder
	Watcher  *assess.Watcher
	Metrics  *monitoring.Metrics
}

// Close closes the store.
func (h *Service) Close() error { return h.inner.Close() }

// OpenLocal opens the local service; canAssess enables new assessments.
func (a *App) OpenLocal(ctx context.Context, engine *compile.Engine, k StoreFlags, r RecorderFlags, metrics *monitoring.Metrics,
	canAssess bool) (h *Service, err error) {
	h = &Service{Metrics: metrics}
	if h.inner, err = a.OpenStore(ctx, k, metrics.CountRetry); err != nil {
		return nil, err
	}
	inner := h.inner
	defer func() {
		if err != nil {
			err = errors.Join(err, inner.Close())
		}
	}()
	h.Store = monitoring.NewStore(h.inner, metrics, noop.NewTracerProvider())
	folder, err := a.DataFolder(k)
	if err != nil {
		return nil, err
	}
	pool := evaluator.New(a.Dir, a.Now)
	if h.Recorder, err = a.NewRecorder(engine, pool, r, h.Store, folder); err != nil {
		return nil, err
	}
	options := assess.Options{
		Store:      h.Store,
		Recorder:   h.Recorder,
		Plans:      r.AssessmentPlans(),
		OnAssessed: metrics.RecordAssessment,
		Now:        a.Now,
	}
	if canAssess {
		assessors := NewJudges(pool)
		options.Comparer, options.Assessor = assessors.BorrowComparer, assessors
	}
	h.Watcher = assess.New(options)
	return h, nil
}

// ReadToken reads the token from the file or the environment.
func (a *App) ReadToken(file string) (string, error) {
	if file == "" {
		if token := strings.TrimSpace(a.Env(tokenVariable)); token != "" {
			return token, nil
		}
		file = a.Env(tokenFileVariable)
	}
	if file == "" {
		return "", nil
	}
	data, err := budget.SecretFile.ReadFile(file)
	if err != nil {
		return "", command.WrapReadError("read token", err, "create a token with temporal-dsql token new")
	}
	token := strings.TrimSpace(string(data))
	if token == "" || strings.ContainsAny(token, " \n") {
		return "", command.NewUsageError(
			fmt.Sprintf("read token: %s does not contain a token", file),
			"write only the token into the file, on one line")

	}
	return token, nil
}

// CompleteProfileIDs completes the ids of the newest profiles.
func (a *App) CompleteProfileIDs(r *ServiceFlags, most int) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) (found []string, _ cobra.ShellCompDirective) {
		if most > 0 && len(args) >= most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		err := a.WithClient(cmd.Context(), *r, func(c *client.Client) error {
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
