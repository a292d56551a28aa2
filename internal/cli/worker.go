package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/record"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/worker"
	"github.com/temporal-dsql/temporal-dsql/internal/running/snapshot"
	"github.com/temporal-dsql/temporal-dsql/internal/service/api"
)

const defaultProbes = "127.0.0.1:8687"

// working is what the worker command is told.
type working struct {
	serving
	temporal  snapshot.Temporal
	tls       snapshot.TLS
	encrypted bool
	namespace string
	taskQueue string
}

func (a *app) workerCommand() *cobra.Command {
	o := working{}
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Assess clusters by Temporal Schedules: one a cluster",
		Long: `Work for a Temporal server: assess the clusters of the configuration file, as
serve does on its own interval, but as workflows under Temporal Schedules. There
is one schedule for each cluster with assess in the file; they are made, changed
and removed until they are as it says. Which window is assessed follows from the
time that the schedule meant, and each is kept once, however many work or serve.

The Temporal server is any but the ones that are assessed, or one of them. The
store is that of the service: share --data-dir on one machine, or a bucket and a
database. SIGTERM ends it: what is under way is finished.

/livez, /readyz and /metrics are at --listen; any address but this machine's takes
--tokens. The log goes to stderr, as JSON.`,
		Example: `  temporal-dsql worker --config service.yaml
  temporal-dsql worker --config service.yaml --address temporal.example.com:7233 --temporal-namespace ops --tls \
    --tls-cert-file worker.pem --tls-key-file worker.key
  temporal-dsql worker --config service.yaml --address eu-west-1.aws.api.temporal.io:7233 --temporal-namespace ops.acct \
    --api-key-file key`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.work(cmd, o) },
	}
	o.keeping.flags(cmd)
	o.recording.flags(cmd)
	o.configFlag(cmd)
	f := cmd.Flags()
	f.StringVar(&o.temporal.Address, "address", "", "gRPC address of a Temporal frontend: `HOST:PORT` (default $TEMPORAL_ADDRESS, else "+worker.DefaultAddress+")")
	f.StringVar(&o.namespace, "temporal-namespace", "", "namespace of schedules and workflows (default $TEMPORAL_NAMESPACE, else "+worker.DefaultNamespace+")")
	f.StringVar(&o.taskQueue, "task-queue", worker.DefaultTaskQueue, "task queue to work for; schedules carry its name")
	f.BoolVar(&o.encrypted, "tls", false, "connect with TLS; so do the other --tls flags and --api-key-file")
	f.StringVar(&o.tls.CAFile, "tls-ca-file", "", "`FILE` with certificates to trust (default those of the system)")
	f.StringVar(&o.tls.CertFile, "tls-cert-file", "", "`FILE` with our own certificate, and")
	f.StringVar(&o.tls.KeyFile, "tls-key-file", "", "`FILE` with its key")
	f.StringVar(&o.tls.ServerName, "tls-server-name", "", "name in the server's certificate (default the address' host)")
	f.StringVar(&o.temporal.APIKeyFile, "api-key-file", "", "`FILE` with an API key, read anew for each request")
	f.StringVar(&o.listen, "listen", defaultProbes, "address of /livez, /readyz and /metrics; port 0 takes a free one")
	f.StringVar(&o.tokens, "tokens", "", "file of those who may ask for /metrics; see token new")
	f.DurationVar(&o.drain, "drain", api.DefaultDrain, "how long what is under way may take at the end")
	f.TextVar(&o.level, "log-level", slog.LevelInfo, "debug, info, warn or error")
	for _, name := range []string{"tls-ca-file", "tls-cert-file", "tls-key-file", "api-key-file", "tokens"} {
		_ = cmd.MarkFlagFilename(name)
	}
	return cmd
}

// recalled is how often a worker looks what others have assessed.
const recalled = 15 * time.Second

// work works until the context ends.
func (a *app) work(cmd *cobra.Command, o working) (err error) {
	ctx := cmd.Context()
	a.steady()
	if o.config == "" {
		return usageError{"worker is told of no cluster", "--config FILE names them: clusters.ID.assess: {every: 15m, window: 1h}"}
	}
	logger := slog.New(slog.NewJSONHandler(a.stderr, &slog.HandlerOptions{Level: o.level}))
	engine, err := compile.New(a.dir)
	if err != nil {
		return err
	}
	c, err := configured(cmd, engine, &o.keeping, &o.recording)
	if err != nil {
		return err
	}
	options, err := o.options(a.env)
	if err != nil {
		return err
	}
	o.tokens = cmp.Or(o.tokens, c.Tokens)
	access, err := a.access(o.serving, logger)
	if err != nil {
		return err
	}
	versions, err := engine.Versions()
	if err != nil {
		return err
	}
	metrics := api.NewMetrics()
	o.transport = api.Upstream(http.DefaultTransport, metrics, noop.NewTracerProvider())
	here, err := a.here(ctx, engine, o.keeping, o.recording, metrics, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, here.Close()) }()
	probes, err := api.NewProbes(api.Config{Store: here.store, Metrics: metrics, Log: logger, Access: access, Drain: o.drain, Version: versions.Compiler})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return fmt.Errorf("tell how the worker is at %s: %w", o.listen, err)
	}
	options.Watcher, options.Plans, options.Log, options.Metrics, options.Now = here.watcher, o.plans(), logger, metrics.Registerer(), a.now
	options.Concurrency, options.Drain = cmp.Or(o.concurrency, record.DefaultConcurrency), o.drain

	running, stop := context.WithCancel(ctx)
	var beside sync.WaitGroup
	beside.Go(func() { recall(running, here.watcher, logger) })
	told := make(chan error, 1)
	beside.Go(func() { told <- probes.Serve(running, listener) })
	err = worker.Run(ctx, options, func() error {
		logger.Info("working", "address", options.Address, "namespace", options.Namespace, "task_queue", options.TaskQueue, "clusters", len(options.Plans), "probes", listener.Addr().String())
		debug.FreeOSMemory()
		if _, err := fmt.Fprintf(a.stdout, "working for %s at %s, probes at http://%s\n", options.TaskQueue, options.Address, listener.Addr()); err != nil {
			return fmt.Errorf("%w: %w", errIO, err)
		}
		return nil
	})
	// the store is closed after all that uses it
	stop()
	beside.Wait()
	return errors.Join(err, <-told)
}

// recall shows as gauges what this worker and others have found.
func recall(ctx context.Context, w *assess.Watcher, logger *slog.Logger) {
	for tick := time.NewTicker(recalled); ; {
		if err := w.Recall(ctx); err != nil && ctx.Err() == nil {
			logger.Error("read the last assessments", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
	}
}

// options of the connection.
func (o working) options(env func(string) string) (worker.Options, error) {
	at := o.temporal
	at.Address = cmp.Or(at.Address, env("TEMPORAL_ADDRESS"), worker.DefaultAddress)
	if o.encrypted || o.tls != (snapshot.TLS{}) || at.APIKeyFile != "" {
		at.TLS = &o.tls
	}
	made := worker.Options{Address: at.Address, Namespace: cmp.Or(o.namespace, env("TEMPORAL_NAMESPACE"), worker.DefaultNamespace), TaskQueue: o.taskQueue}
	if host, port, err := net.SplitHostPort(at.Address); err != nil || host == "" || port == "" {
		return made, usageError{fmt.Sprintf("%q is no address of a Temporal frontend", at.Address), "--address HOST:7233"}
	}
	if o.taskQueue == "" {
		return made, usageError{"the worker has no task queue", "--task-queue " + worker.DefaultTaskQueue}
	}
	var err error
	if made.TLS, err = at.TLSConfig(); err != nil {
		return made, usageError{"read the certificates: " + err.Error(), "--tls-ca-file, --tls-cert-file and --tls-key-file name files in PEM"}
	}
	if at.APIKeyFile == "" {
		return made, nil
	}
	if _, err := at.APIKey(); err != nil {
		return made, usageError{"read the API key: " + err.Error(), "--api-key-file names a file with the key alone"}
	}
	made.APIKey = at.APIKey
	return made, nil
}
