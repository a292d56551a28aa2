package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
	"github.com/temporal-dsql/temporal-dsql/internal/service/config"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages"
)

const (
	defaultListen = "127.0.0.1:8686"
	// ordinary garbage collection, as where GOGC is not set
	steadyGC = 100
)

// serving is what the serve command is told.
type serving struct {
	keeping
	recording
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
	s := serving{}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve behaviour profiles: make them, keep them, list them",
		Long: `Serve the HTTP API of behaviour profiles; /openapi.json describes it. With no
flags profiles are kept under $XDG_DATA_HOME, and the service listens on this
machine only, where nobody is asked for a token. It makes profiles of the
Prometheus that it is given; without one it serves those that there are. What the
configuration file says is to be assessed, it assesses by itself.

Any other address takes --tokens or --oidc-issuer. Traces are sent where
OTEL_EXPORTER_OTLP_ENDPOINT says. The log goes to stderr, as JSON.`,
		Example: `  temporal-dsql serve --prometheus-url http://localhost:9090
  temporal-dsql serve --listen 0.0.0.0:8686 --tokens tokens --prometheus-url http://prometheus:9090
  temporal-dsql serve --config service.yaml
  temporal-dsql serve --bucket s3://profiles --database dsql://abc.dsql.eu-west-1.on.aws --prometheus-url http://prometheus:9090`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd, s) },
	}
	s.keeping.flags(cmd)
	s.recording.flags(cmd)
	s.configFlag(cmd)
	flags := cmd.Flags()
	flags.StringVar(&s.listen, "listen", defaultListen, "address to serve at; port 0 takes a free one")
	flags.StringVar(&s.tokens, "tokens", "", "file of those who may, read anew when it changes; see token new")
	flags.StringVar(&s.issuer, "oidc-issuer", "", "URL of an OpenID Connect issuer whose tokens (JWT) may")
	flags.StringVar(&s.audience, "oidc-audience", "", "audience that such a token must be for")
	flags.StringSliceVar(&s.origins, "cors-origin", nil, "origin whose pages may ask: https://HOST; may be repeated")
	flags.DurationVar(&s.drain, "drain", api.DefaultDrain, "how long requests under way may take at the end")
	flags.TextVar(&s.level, "log-level", slog.LevelInfo, "debug, info, warn or error")
	_ = cmd.MarkFlagFilename("tokens")
	return cmd
}

// serve serves until the context ends.
func (a *app) serve(cmd *cobra.Command, o serving) (err error) {
	ctx := cmd.Context()
	a.steady()
	logger := slog.New(slog.NewJSONHandler(a.stderr, &slog.HandlerOptions{Level: o.level}))
	engine, err := compile.New(a.dir)
	if err != nil {
		return err
	}
	if err := o.configure(cmd, engine); err != nil {
		return err
	}
	access, err := a.access(o, logger)
	if err != nil {
		return err
	}
	versions, err := engine.Versions()
	if err != nil {
		return err
	}
	traces, sent, err := api.NewTraces(ctx, a.env, versions.Compiler)
	if err != nil {
		return usageError{err.Error(), "unset it, or set OTEL_TRACES_EXPORTER=none"}
	}
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), api.DefaultDrain)
		defer cancel()
		err = errors.Join(err, sent(last))
	}()
	metrics := api.NewMetrics()
	kept, err := a.openStore(ctx, o.keeping, metrics.Retried)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kept.Close()) }()
	watched := api.NewStore(kept, metrics, traces)
	folder, err := a.folder(o.keeping)
	if err != nil {
		return err
	}
	o.transport = api.Upstream(http.DefaultTransport, metrics, traces)
	recorder, err := a.recorder(engine, o.recording, watched, folder)
	if err != nil {
		return err
	}
	shown, err := pages.New(pages.Config{Store: watched, Recorder: recorder, Access: access, Module: a.dir, Version: versions.Compiler, Now: a.now})
	if err != nil {
		return err
	}
	judge := newJudging(a.dir)
	watcher := assess.New(assess.Options{
		Store: watched, Recorder: recorder, Comparer: judge.comparer, Assessor: judge, Plans: o.plans(), Told: metrics.Assessed, Now: a.now,
	})
	s, err := api.New(api.Config{
		Store: watched, Recorder: recorder, Comparer: judge, Assessor: judge, Watcher: watcher, Metrics: metrics, Log: logger, Traces: traces, Access: access, Pages: shown,
		Origins: o.origins, Drain: o.drain, Version: versions.Compiler, MaxBody: o.limits.Body, Concurrent: o.limits.Concurrent,
	})
	if err != nil {
		return usageError{err.Error(), ""}
	}
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return fmt.Errorf("serve at %s: %w", o.listen, err)
	}
	if _, err := fmt.Fprintf(a.stdout, "serving at http://%s\n", listener.Addr()); err != nil {
		return errors.Join(fmt.Errorf("%w: %w", errIO, err), listener.Close())
	}
	logger.Info("serving", "address", listener.Addr().String(), "version", versions.Compiler, "makes_profiles", o.makes())
	// what the start has left is a multiple of what serving takes
	debug.FreeOSMemory()
	watching, cancel := context.WithCancel(ctx)
	var beside sync.WaitGroup
	beside.Go(func() { watcher.Run(watching, logger) })
	beside.Go(func() { sweep(watching, kept, sweepEvery, logger) })
	// before the store is closed
	defer beside.Wait()
	defer cancel()
	return s.Serve(ctx, listener)
}

// steady collects garbage as usual: Main leaves it where it is, for commands that
// end soon.
func (a *app) steady() {
	if a.env("GOGC") == "" && a.env("GOMEMLIMIT") == "" {
		debug.SetGCPercent(steadyGC)
		debug.SetMemoryLimit(math.MaxInt64)
	}
}

// access says who may; it refuses to serve more than this machine without asking.
func (a *app) access(o serving, logger *slog.Logger) (access api.Access, err error) {
	if o.tokens != "" {
		tokens, err := api.OpenTokens(o.tokens, logger)
		if err != nil {
			return nil, usageError{"read the tokens: " + err.Error(), "temporal-dsql token new NAME makes one, and prints the line of the file"}
		}
		access = append(access, tokens)
	}
	if o.issuer != "" || o.audience != "" {
		issuer, err := api.NewOIDC(o.issuer, o.audience)
		if err != nil {
			return nil, usageError{err.Error(), "--oidc-issuer URL --oidc-audience NAME"}
		}
		access = append(access, issuer)
	}
	local, err := api.Local(o.listen)
	if err != nil {
		return nil, usageError{fmt.Sprintf("cannot listen at %q: %v", o.listen, err), "--listen HOST:PORT"}
	}
	if len(access) == 0 && !local {
		return nil, usageError{
			fmt.Sprintf("%s can be reached from elsewhere, and nobody would be asked who they are", o.listen),
			"--tokens FILE, or --oidc-issuer URL --oidc-audience NAME; or listen on 127.0.0.1",
		}
	}
	return access, nil
}
