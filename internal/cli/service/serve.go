package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/localservice"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/service/access"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
	"github.com/temporal-dsql/temporal-dsql/internal/service/config"
	"github.com/temporal-dsql/temporal-dsql/internal/service/evaluator"
	"github.com/temporal-dsql/temporal-dsql/internal/service/monitoring"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages"
)

const (
	defaultListen = "127.0.0.1:8686"
	// Go's default for GOGC
	steadyGC = 100
)

// serveOptions are the options of serve.
type serveOptions struct {
	localservice.StoreFlags
	localservice.RecorderFlags
	listen   string
	tokens   string
	issuer   string
	audience string
	origins  []string
	drain    time.Duration
	level    slog.Level
	limits   config.Limits
}

func (a *app) serveCommand() *cobra.Command {
	s := serveOptions{}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the profile service",
		Long: `Serve runs the HTTP API and the web UI of behaviour profiles; /openapi.json describes
the API. By default, profiles are stored under $XDG_DATA_HOME, and the service listens
on this machine only, without tokens. Creating profiles requires a Prometheus. The
service assesses clusters on the schedule of the configuration file.

Other listen addresses require --tokens or --oidc-issuer. Traces are sent to
OTEL_EXPORTER_OTLP_ENDPOINT. The log is JSON on stderr.`,
		Example: `  temporal-dsql serve --prometheus-url http://localhost:9090
  temporal-dsql serve --listen 0.0.0.0:8686 --tokens tokens --prometheus-url http://prometheus:9090
  temporal-dsql serve --config service.yaml
  temporal-dsql serve --bucket s3://profiles --database dsql://abc.dsql.eu-west-1.on.aws --prometheus-url http://prometheus:9090`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runServe(cmd, s) },
	}
	s.StoreFlags.Register(cmd)
	s.RecorderFlags.Register(cmd)
	s.RegisterConfig(cmd)
	flags := cmd.Flags()
	flags.StringVar(&s.listen, "listen", defaultListen, "listen address; port 0 selects a free port")
	flags.StringVar(&s.tokens, "tokens", "", "token file; reloaded when it changes (see token new)")
	flags.StringVar(&s.issuer, "oidc-issuer", "", "OpenID Connect issuer whose tokens are accepted")
	flags.StringVar(&s.audience, "oidc-audience", "", "required audience of these tokens")
	flags.StringSliceVar(&s.origins, "cors-origin", nil, "origin whose pages can call the API: https://HOST; can be repeated")
	flags.DurationVar(&s.drain, "drain", api.DefaultDrain, "how long to wait for requests in flight when shutting down")
	flags.TextVar(&s.level, "log-level", slog.LevelInfo, "log `LEVEL`: debug, info, warn or error")
	_ = cmd.MarkFlagFilename("tokens")
	return cmd
}

// runServe serves until the context ends.
func (a *app) runServe(cmd *cobra.Command, o serveOptions) (err error) {
	ctx := cmd.Context()
	a.setServerGC()
	logger := monitoring.NewLog(a.Stderr, o.level)
	engine, err := compile.New(a.Dir)
	if err != nil {
		return err
	}
	if err := o.readConfig(cmd, engine); err != nil {
		return err
	}
	control, err := a.newAccess(o, logger)
	if err != nil {
		return err
	}
	versions, err := engine.Versions()
	if err != nil {
		return err
	}
	traces, sent, err := monitoring.NewTraces(ctx, a.Env, versions.Compiler)
	if err != nil {
		return command.NewUsageError(err.Error(), "unset the variable, or set OTEL_TRACES_EXPORTER=none")
	}
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), api.DefaultDrain)
		defer cancel()
		err = errors.Join(err, sent(last))
	}()
	metrics := monitoring.NewMetrics()
	inner, err := a.OpenStore(ctx, o.StoreFlags, metrics.CountRetry)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, inner.Close()) }()
	profiles := monitoring.NewStore(inner, metrics, traces)
	folder, err := a.DataFolder(o.StoreFlags)
	if err != nil {
		return err
	}
	o.Transport = monitoring.InstrumentTransport(budget.NewTransport(), metrics, traces)
	pool := evaluator.New(a.Dir, a.Now)
	defer pool.Close()
	recorder, err := a.NewRecorder(engine, pool, o.RecorderFlags, profiles, folder)
	if err != nil {
		return err
	}
	assessors := localservice.NewJudges(pool)
	watcher := assess.New(assess.Options{
		Store: profiles, Recorder: recorder, Comparer: assessors.BorrowComparer, Assessor: assessors, Plans: o.AssessmentPlans(),
		OnAssessed: metrics.RecordAssessment, Now: a.Now,
	})
	webUI, err := pages.New(pages.Config{Store: profiles, Recorder: recorder, Watcher: watcher, Access: control, Engines: pool,
		Version: versions.Compiler, Now: a.Now})
	if err != nil {
		return err
	}
	s, err := api.New(api.Config{
		Store: profiles, Recorder: recorder, Comparer: assessors, Assessor: assessors, Watcher: watcher, Metrics: metrics, Log: logger,
		Traces: traces,
		Access: control, Pages: webUI,
		Origins: o.origins, Drain: o.drain, Version: versions.Compiler, MaxBody: o.limits.Body, Concurrent: o.limits.Concurrent,
	})
	if err != nil {
		return command.NewUsageError(err.Error(), "")
	}
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", o.listen, err)
	}
	if _, err := fmt.Fprintf(a.Stdout, "serving at http://%s\n", listener.Addr()); err != nil {
		return errors.Join(fmt.Errorf("%w: %w", command.ErrIO, err), listener.Close())
	}
	logger.Info("serving", "address", listener.Addr().String(), "version", versions.Compiler, "makes_profiles", o.CanCreate())
	// starting needs a multiple of the memory of serving
	debug.FreeOSMemory()
	watching, cancel := context.WithCancel(ctx)
	var background sync.WaitGroup
	background.Go(func() { watcher.Run(watching, logger) })
	background.Go(func() { sweepPeriodically(watching, inner, store.SweepInterval, logger) })
	// wait before the store is closed
	defer background.Wait()
	defer cancel()
	return s.Serve(ctx, listener)
}

// setServerGC enables normal garbage collection, which Main delays for short commands.
func (a *app) setServerGC() {
	limit := budget.ServiceMemory.Most
	if container := command.ContainerMemory(); container > 0 {
		limit = min(limit, container/5*4)
	}
	a.PaceGC(steadyGC, limit)
}

// newAccess returns the access control, and an error if the address is not local and there
// is none.
func (a *app) newAccess(o serveOptions, logger *slog.Logger) (control access.Control, err error) {
	if o.tokens != "" {
		tokens, err := access.OpenTokens(o.tokens, logger)
		if err != nil {
			return nil, command.NewFileError(
				"read tokens", err, "create a token and its line of the file with temporal-dsql token new NAME",
			)
		}
		control = append(control, tokens)
	}
	if o.issuer != "" || o.audience != "" {
		issuer, err := access.NewOIDC(o.issuer, o.audience)
		if err != nil {
			return nil, command.NewUsageError(err.Error(), "set --oidc-issuer URL and --oidc-audience NAME")
		}
		control = append(control, issuer)
	}
	local, err := access.IsLoopbackAddress(o.listen)
	if err != nil {
		return nil, command.NewUsageError(fmt.Sprintf("cannot listen on %q: %v", o.listen, err), "use --listen HOST:PORT")
	}
	if len(control) == 0 && !local {
		return nil, command.NewUsageError(
			fmt.Sprintf("%s is not a loopback address, and access control is off", o.listen),
			"set --tokens FILE, or --oidc-issuer URL and --oidc-audience NAME, or listen on 127.0.0.1")

	}
	return control, nil
}

// readConfig applies the configuration file to the options whose flags are not set.
func (s *serveOptions) readConfig(cmd *cobra.Command, engine *compile.Engine) error {
	c, err := localservice.ReadConfigFile(cmd, engine, &s.StoreFlags, &s.RecorderFlags)
	if c == nil || err != nil {
		return err
	}
	isSet := cmd.Flags().Changed
	for _, x := range []struct {
		flag string
		to   *string
		says string
	}{{"listen", &s.listen, c.Listen}, {"tokens", &s.tokens, c.Tokens}} {
		if !isSet(x.flag) && x.says != "" {
			*x.to = x.says
		}
	}
	if c.OIDC != nil && !isSet("oidc-issuer") {
		s.issuer, s.audience = c.OIDC.Issuer, c.OIDC.Audience
	}
	if !isSet("cors-origin") {
		s.origins = c.CORS.Origins
	}
	if c.Limits.Drain != 0 && !isSet("drain") {
		s.drain = time.Duration(c.Limits.Drain)
	}
	s.limits = c.Limits
	for _, p := range s.AssessmentPlans() {
		if s.Prometheus == "" && s.Clusters[p.ClusterID].Prometheus.URL == "" {
			return command.NewUsageError(
				fmt.Sprintf("%s: clusters.%s.assess: no Prometheus for this cluster", s.Config, p.ClusterID),
				"set prometheus.url in the file, for the service or the cluster, or --prometheus-url")

		}
	}
	return nil
}
