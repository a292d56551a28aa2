// Package worker assesses clusters as Temporal workflows under Temporal Schedules:
// one schedule a cluster, and what internal/profile/assess does as activities. It is the
// only package that knows Temporal's SDK.
package worker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/assess"
)

// Options of a worker.
type Options struct {
	// Address of a Temporal frontend: HOST:PORT; the Namespace that schedules and
	// workflows are in, and the TaskQueue that they are for
	Address, Namespace, TaskQueue string
	// TLS is nil where the connection has none; APIKey gives the key, nil is none
	TLS    *tls.Config
	APIKey func() (string, error)

	Watcher Watcher
	// Plans are the clusters that are assessed, each by a schedule.
	Plans []assess.Plan
	// Concurrency is how many activities run at once.
	Concurrency int
	// Drain is how long activities may take at the end.
	Drain time.Duration
	Log   *slog.Logger
	// Metrics are those of the SDK; nil is nobody's
	Metrics prometheus.Registerer
	// Now is the clock; time.Now where there is none.
	Now func() time.Time
}

// Defaults of a worker.
const (
	DefaultAddress   = "127.0.0.1:7233"
	DefaultNamespace = "default"
	DefaultTaskQueue = "temporal-dsql"
	dialing          = 15 * time.Second
)

// A ConnectionError is of a Temporal server that cannot be worked with.
type ConnectionError struct {
	Address string
	Err     error
}

func (e *ConnectionError) Error() string {
	return fmt.Sprintf("work for Temporal at %s: %v", e.Address, e.Err)
}

func (e *ConnectionError) Unwrap() error { return e.Err }

// Run makes the schedules agree with the plans, and works until the context ends.
// It tells when it is ready.
func Run(ctx context.Context, o Options, ready func() error) error {
	if o.Now == nil {
		o.Now = time.Now
	}
	connecting, cancel := context.WithTimeout(ctx, dialing)
	defer cancel()
	metrics, closing := metricsOf(o.Metrics, o.Log)
	defer func() { _ = closing.Close() }()
	opened := client.Options{
		HostPort: o.Address, Namespace: o.Namespace, Logger: sdklog.NewStructuredLogger(o.Log.With("component", "temporal")), MetricsHandler: metrics,
		ConnectionOptions: client.ConnectionOptions{TLS: o.TLS},
	}
	if o.APIKey != nil {
		opened.Credentials = client.NewAPIKeyDynamicCredentials(func(context.Context) (string, error) { return o.APIKey() })
	}
	c, err := client.DialContext(connecting, opened)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return &ConnectionError{o.Address, err}
	}
	defer c.Close()
	fatal := make(chan error, 1)
	w := sdk.New(c, o.TaskQueue, sdk.Options{
		MaxConcurrentActivityExecutionSize: o.Concurrency, WorkerStopTimeout: o.Drain, DisableRegistrationAliasing: true,
		OnFatalError: func(err error) {
			select {
			case fatal <- err:
			default:
			}
		},
	})
	register(w, &activities{o.Watcher, o.Now})
	if err := w.Start(); err != nil {
		return &ConnectionError{o.Address, err}
	}
	defer w.Stop()
	if len(o.Plans) == 0 {
		o.Log.Warn("no cluster is to be assessed", "hint", "clusters.ID.assess in the configuration file")
	}
	if err := (schedules{c.ScheduleClient(), o.TaskQueue, o.Log}).agree(ctx, o.Plans); err != nil {
		return &ConnectionError{o.Address, err}
	}
	if err := ready(); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		o.Log.Info("draining", "for", o.Drain.String())
		return nil
	case err := <-fatal:
		return &ConnectionError{o.Address, errors.Join(errors.New("the worker was stopped"), err)}
	}
}

// registry is what workflows and activities are registered with: a worker, or
// what takes its place in tests.
type registry interface {
	RegisterWorkflowWithOptions(w any, o workflow.RegisterOptions)
	RegisterActivityWithOptions(a any, o activity.RegisterOptions)
}

func register(to registry, a *activities) {
	to.RegisterWorkflowWithOptions(assessCluster, workflow.RegisterOptions{Name: workflowName})
	for name, does := range map[string]any{collectName: a.collect, judgeName: a.judge, storeName: a.store} {
		to.RegisterActivityWithOptions(does, activity.RegisterOptions{Name: name})
	}
}
