package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/localservice"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/worker"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
	"github.com/temporal-dsql/temporal-dsql/internal/service/monitoring"
)

const defaultProbes = "127.0.0.1:8687"

// workerOptions are the options of worker.
type workerOptions struct {
	serveOptions
	temporal  snapshot.Temporal
	tls       snapshot.TLS
	encrypted bool
	namespace string
	taskQueue string
}

func (a *app) workerCommand() *cobra.Command {
	o := workerOptions{}
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Assess clusters on Temporal Schedules",
		Long: `Worker assesses the clusters of the configuration file with workflows on a Temporal
server, instead of the timer of serve. It creates, updates and deletes one schedule
per cluster with assess in the file. The scheduled time determines the window, and
each window is stored once, even with several workers and services.

Any Temporal server can run the workflows, including one that is assessed. Worker and
service use the same store: share --data-dir on one machine, or a bucket and a
database. SIGTERM stops the worker after the current assessments.

/livez, /readyz and /metrics are served at --listen; addresses other than loopback
require --tokens. The log is JSON on stderr.`,
		Example: `  temporal-dsql worker --config service.yaml
  temporal-dsql worker --config service.yaml --address temporal.example.com:7233 --temporal-namespace ops --tls \
    --tls-cert-file worker.pem --tls-key-file worker.key
  temporal-dsql worker --config service.yaml --address eu-west-1.aws.api.temporal.io:7233 --temporal-namespace ops.acct \
    --api-key-file key`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runWorker(cmd, o) },
	}
	o.StoreFlags.Register(cmd)
	o.RecorderFlags.Register(cmd)
	o.RegisterConfig(cmd)
	f := cmd.Flags()
	f.StringVar(&o.temporal.Address, "address", "",
		"gRPC address of a Temporal frontend: `HOST:PORT` (default $TEMPORAL_ADDRESS, else "+worker.DefaultAddress+")")
	f.StringVar(&o.namespace, "temporal-namespace", "",
		"namespace of the schedules and workflows (default $TEMPORAL_NAMESPACE, else "+worker.DefaultNamespace+")")
	f.StringVar(&o.taskQueue, "task-queue", worker.DefaultTaskQueue, "task queue of the workflows, also the prefix of schedule ids")
	f.BoolVar(&o.encrypted, "tls", false, "connect with TLS; implied by the other --tls flags and --api-key-file")
	f.StringVar(&o.tls.CAFile, "tls-ca-file", "", "`FILE` of trusted certificates (default: the system's)")
	f.StringVar(&o.tls.CertFile, "tls-cert-file", "", "`FILE` of the client certificate")
	f.StringVar(&o.tls.KeyFile, "tls-key-file", "", "`FILE` of the client certificate's key")
	f.StringVar(&o.tls.ServerName, "tls-server-name", "", "name in the server's certificate (default: the host of --address)")
	f.StringVar(&o.temporal.APIKeyFile, "api-key-file", "", "`FILE` with an API key, read for each request")
	f.StringVar(&o.listen, "listen", defaultProbes, "listen address of /livez, /readyz and /metrics; port 0 selects a free port")
	f.StringVar(&o.tokens, "tokens", "", "token file for /metrics (see token new)")
	f.DurationVar(&o.drain, "drain", api.DefaultDrain, "how long to wait for running assessments when shutting down")
	f.TextVar(&o.level, "log-level", slog.LevelInfo, "log `LEVEL`: debug, info, warn or error")
	for _, name := range []string{"tls-ca-file", "tls-cert-file", "tls-key-file", "api-key-file", "tokens"} {
		_ = cmd.MarkFlagFilename(name)
	}
	return cmd
}

// recallInterval is how often a worker reads the assessments of other workers.
const recallInterval = 15 * time.Second

// runWorker runs the worker until the context ends.
func (a *app) runWorker(cmd *cobra.Command, o workerOptions) (err error) {
	ctx := cmd.Context()
	a.setServerGC()
	if o.Config == "" {
		return command.NewUsageError("worker: missing --config", "add --config FILE with clusters.ID.assess: {every: 15m, window: 1h}")
	}
	logger := monitoring.NewLog(a.Stderr, o.level)
	engine, err := compile.New(a.Dir)
	if err != nil {
		return err
	}
	c, err := localservice.ReadConfigFile(cmd, engine, &o.StoreFlags, &o.RecorderFlags)
	if err != nil {
		return err
	}
	options, err := o.connectionOptions(a.Env)
	if err != nil {
		return err
	}
	o.tokens = cmp.Or(o.tokens, c.Tokens)
	control, err := a.newAccess(o.serveOptions, logger)
	if err != nil {
		return err
	}
	versions, err := engine.Versions()
	if err != nil {
		return err
	}
	metrics := monitoring.NewMetrics()
	o.Transport = monitoring.InstrumentTransport(budget.NewTransport(), metrics, noop.NewTracerProvider())
	service, err := a.OpenLocal(ctx, engine, o.StoreFlags, o.RecorderFlags, metrics, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, service.Close()) }()
	probes, err := api.NewProbes(api.Config{Store: service.Store, Metrics: metrics, Log: logger, Access: control, Drain: o.drain,
		Version: versions.Compiler})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", o.listen, err)
	}
	options.Watcher, options.Plans, options.Log, options.Metrics, options.Now = service.Watcher, o.AssessmentPlans(), logger,
		metrics.Registerer(), a.Now
	options.Concurrency, options.Drain = cmp.Or(o.Concurrency, int(budget.CreationsAtOnce.Most)), o.drain

	running, stop := context.WithCancel(ctx)
	var background sync.WaitGroup
	background.Go(func() { recallPeriodically(running, service.Watcher, logger) })
	probesDone := make(chan error, 1)
	background.Go(func() { probesDone <- probes.Serve(running, listener) })
	err = worker.Run(ctx, options, func() error {
		logger.Info("working", "address", options.Address, "namespace", options.Namespace, "task_queue", options.TaskQueue, "clusters",
			len(options.Plans), "probes", listener.Addr().String())
		debug.FreeOSMemory()
		if _, err := fmt.Fprintf(a.Stdout, "worker of task queue %s at %s, probes at http://%s\n", options.TaskQueue, options.Address,
			listener.Addr()); err != nil {
			return fmt.Errorf("%w: %w", command.ErrIO, err)
		}
		return nil
	})
	// the store is closed last
	stop()
	background.Wait()
	return errors.Join(err, <-probesDone)
}

// recallPeriodically exports the assessments of all workers as gauges.
func recallPeriodically(ctx context.Context, w *assess.Watcher, logger *slog.Logger) {
	for tick := time.NewTicker(recallInterval); ; {
		if err := w.Recall(ctx); err != nil && ctx.Err() == nil {
			logger.Error("read the latest assessments", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
	}
}

// connectionOptions returns the options of the connection to Temporal.
func (o workerOptions) connectionOptions(env func(string) string) (worker.Options, error) {
	at := o.temporal
	at.Address = cmp.Or(at.Address, env("TEMPORAL_ADDRESS"), worker.DefaultAddress)
	if o.encrypted || o.tls != (snapshot.TLS{}) || at.APIKeyFile != "" {
		at.TLS = &o.tls
	}
	made := worker.Options{Address: at.Address, Namespace: cmp.Or(o.namespace, env("TEMPORAL_NAMESPACE"), worker.DefaultNamespace),
		TaskQueue: o.taskQueue}
	if host, port, err := net.SplitHostPort(at.Address); err != nil || host == "" || port == "" {
		return made, command.NewUsageError(
			fmt.Sprintf("%q is not a valid address of a Temporal frontend", at.Address),
			"use --address HOST:7233",
		)
	}
	if o.taskQueue == "" {
		return made, command.NewUsageError("--task-queue: must not be empty", "for example: --task-queue "+worker.DefaultTaskQueue)
	}
	var err error
	if made.TLS, err = at.TLSConfig(); err != nil {
		return made, command.NewFileError(
			"read certificates", err, "use PEM files for --tls-ca-file, --tls-cert-file and --tls-key-file",
		)
	}
	if at.APIKeyFile == "" {
		return made, nil
	}
	if _, err := at.APIKey(); err != nil {
		return made, command.NewFileError("read API key", err, "use a file that contains only the key for --api-key-file")
	}
	made.APIKey = at.APIKey
	return made, nil
}
