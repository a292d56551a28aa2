// Package worker runs package assess as Temporal workflows under Temporal Schedules, one for each cluster. It is the
// only package that uses Temporal's SDK.
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
	// Address of a Temporal frontend (HOST:PORT), Namespace of schedules and workflows, and their TaskQueue
	Address, Namespace, TaskQueue string
	// TLS is nil for plain connections; APIKey is nil without one
	TLS    *tls.Config
	APIKey func() (string, error)

	Watcher Watcher
	// Plans are the clusters to assess, one schedule each.
	Plans []assess.Plan
	// Concurrency is the number of concurrent activities.
	Concurrency int
	// Drain is how long activities can take during shutdown.
	Drain time.Duration
	Log   *slog.Logger
	// Metrics receives the SDK's metrics; nil means none
	Metrics prometheus.Registerer
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Defaults of a worker.
const (
	DefaultAddress   = "127.0.0.1:7233"
	DefaultNamespace = "default"
	DefaultTaskQueue = "temporal-dsql"
	dialTimeout      = 15 * time.Second
)

// ConnectionError reports a Temporal server that the worker cannot use.
type ConnectionError struct {
	Address string
	Err     error
}

func (e *ConnectionError) Error() string {
	return fmt.Sprintf("Temporal at %s: %v", e.Address, e.Err)
}

func (e *ConnectionError) Unwrap() error { return e.Err }

// Run syncs the schedules with the plans, calls ready, and works until the context ends.
func Run(ctx context.Context, o Options, ready func() error) error {
	if o.Now == nil {
		o.Now = time.Now
	}
	connecting, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	metrics, closing := metricsOf(o.Metrics, o.Log)
	defer func() { _ = closing.Close() }()
	opened := client.Options{
		HostPort:          o.Address,
		Namespace:         o.Namespace,
		Logger:            sdklog.NewStructuredLogger(o.Log.With("component", "temporal")),
		MetricsHandler:    metrics,
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
	registerAll(w, &activities{o.Watcher, o.Now})
	if err := w.Start(); err != nil {
		return &ConnectionError{o.Address, err}
	}
	defer w.Stop()
	if len(o.Plans) == 0 {
		o.Log.Warn("no cluster to assess", "remedy", "set clusters.ID.assess in the configuration file")
	}
	if err := (scheduleSet{c.ScheduleClient(), o.TaskQueue, o.Log}).syncPlans(ctx, o.Plans); err != nil {
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
		return &ConnectionError{o.Address, errors.Join(errors.New("the worker stopped"), err)}
	}
}

// registrar registers workflows and activities: a worker, or a test environment.
type registrar interface {
	RegisterWorkflowWithOptions(w any, o workflow.RegisterOptions)
	RegisterActivityWithOptions(a any, o activity.RegisterOptions)
}

func registerAll(to registrar, a *activities) {
	to.RegisterWorkflowWithOptions(assessCluster, workflow.RegisterOptions{Name: workflowName})
	for name, does := range map[string]any{collectName: a.collectProfile, judgeName: a.assessProfile, storeName: a.storeAssessment} {
		to.RegisterActivityWithOptions(does, activity.RegisterOptions{Name: name})
	}
}
