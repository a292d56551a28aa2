package grafana

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/temporal-dsql/temporal-dsql/internal/prometheustest"
)

const (
	// pollTime is how long a poll for activities takes at least: the workers are far from the cluster.
	pollTime = 400 * time.Millisecond
	// startsPerSecond are more activities than one poller can fetch, and fewer than two can.
	startsPerSecond = 3
	// describesPerSecond are calls besides those of the workers.
	describesPerSecond = 100
	// heldSlots are held by activities that do not end, slots leaves too few beside them, and guard rails accept it.
	heldSlots, slots = 27, 33
)

// A real server under load conforms to the preset that fits it, drifts under each of three faults, and conforms again
// once the proposal against the fault is applied. A short test has one fault; make advice has all three.
func TestAdviceMendsFaults_R16(t *testing.T) {
	t.Parallel()
	c := startAdvised(t)
	c.await(t, "without a fault", c.isConforming)
	for _, fault := range []struct {
		name      string
		overrides map[string]any
		holds     bool   // whether activities hold slots
		restarts  bool   // the server reads a limit of requests once a minute only
		metric    string // that leaves its bounds
		proposal  string
	}{
		{
			name: "the frontend refuses requests", overrides: map[string]any{"frontend.namespaceRPS": describesPerSecond},
			restarts: true, metric: "errors.resource_exhausted_per_sec", proposal: "raised_limit",
		},
		{
			name: "activities wait for pollers", overrides: map[string]any{"sdk.activity_task_pollers": 1},
			metric: "latency.activity_schedule_to_start_p99", proposal: "more_pollers",
		},
		{
			name: "activities fill the slots", overrides: map[string]any{"sdk.max_concurrent_activities": slots},
			holds: true, metric: "resources.slots_busy.ActivityWorker", proposal: "more_slots",
		},
	} {
		t.Run(fault.name, func(t *testing.T) {
			if testing.Short() && !fault.restarts {
				t.Skip("the short test has one fault")
			}
			c.apply(t, fault.overrides, fault.restarts)
			if fault.holds {
				defer c.holdSlots(t)()
			}
			var proposed map[string]any
			c.await(t, "under the fault", func(s state) bool {
				if s.Label == "drifted" && s.isFailing(fault.metric) {
					proposed = c.recommend(t, s.profile)[fault.proposal]
				}
				return len(proposed) > 0
			})
			mended := maps.Clone(fault.overrides)
			maps.Copy(mended, proposed)
			c.apply(t, mended, fault.restarts)
			if fault.holds {
				c.awaitHeld(t)
			}
			c.await(t, fmt.Sprintf("with %v", proposed), c.isConforming)
		})
	}
}

// advised is a cluster whose configuration the test changes.
type advised struct {
	dir, frontend, prometheus string
	except                    []string
	client                    client.Client
	worker                    worker.Worker
	restart                   func() // ends the server and runs it once more
	holder                    slotHolder
	changed                   time.Time // when the configuration and the held slots were last changed
}

// startAdvised starts a cluster with the preset starter under a small load.
func startAdvised(t *testing.T) *advised {
	t.Helper()
	c := &advised{dir: t.TempDir()}
	c.compile(t, nil)
	var exported string
	c.frontend, exported, c.restart = temporalServer(t, c.dir, "tally", filepath.Join(c.dir, "compiled", "dynamic_config.yaml"))
	workers := prometheus.NewRegistry()
	far := grpc.WithChainUnaryInterceptor(func(
		ctx context.Context, method string, in, out any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption,
	) error {
		if strings.HasSuffix(method, "/PollActivityTaskQueue") {
			select {
			case <-ctx.Done():
			case <-time.After(pollTime):
			}
		}
		return invoke(ctx, method, in, out, conn, options...)
	})
	c.changed = time.Now()
	c.client = dial(t, c.frontend, workers, far)
	c.startWorker(t)
	c.startLoad(t)
	p, err := prometheustest.StartScraping(fmt.Sprintf(
		"global: {scrape_interval: %s}\nscrape_configs:\n- job_name: all\n  static_configs: [{targets: [%q, %q]}]\n",
		scrape, exported, serve(t, workers)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	c.prometheus = p.URL
	// SQLite has no pools of the plugin
	var preset struct {
		Promises []struct{ Metric string }
	}
	c.run(t, &preset, "describe-preset", "starter")
	var all []struct{ Name, Source string }
	c.run(t, &all, "list-metrics")
	for _, m := range all {
		if m.Source == "plugin" && slices.Contains(preset.Promises, struct{ Metric string }{m.Name}) {
			c.except = append(c.except, "--except", m.Name)
		}
	}
	return c
}

// run runs temporal-dsql and decodes its JSON, whatever its verdict.
func (c *advised) run(t *testing.T, into any, args ...string) {
	t.Helper()
	out, err := exec.Command(binary(t), append(args, "-o", "json")...).Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || len(out) == 0) {
		t.Fatalf("%v: %v: %s", args, err, exit.Stderr)
	}
	if err := json.Unmarshal(out, into); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
}

// compile writes the configuration with overrides.
func (c *advised) compile(t *testing.T, overrides map[string]any) {
	t.Helper()
	args := []string{
		"compile", "starter", "--temporal-version", "1.32", "--out", filepath.Join(c.dir, "compiled"),
		"--override", "matching.backlogMetricsEmitInterval=1s", "--override", "sdk.poller_mode=fixed",
		// as many as there are
		"--override", "frontend.replicas=1", "--override", "history.replicas=1", "--override", "matching.replicas=1",
		"--override", "sdk.worker_count=1",
	}
	for key, value := range overrides {
		args = append(args, "--override", fmt.Sprintf("%s=%v", key, value))
	}
	if out, err := exec.Command(binary(t), args...).CombinedOutput(); err != nil {
		t.Fatalf("compile: %v\n%s", err, out)
	}
}

// apply compiles the configuration, and starts the workers with it, and the server where it reads it too late.
func (c *advised) apply(t *testing.T, overrides map[string]any, restarts bool) {
	t.Helper()
	c.compile(t, overrides)
	if restarts {
		c.restart()
		registerNamespace(t, c.frontend)
	}
	c.worker.Stop()
	c.startWorker(t)
	c.changed = time.Now()
}

// isConforming reports whether a window after the last change conforms.
func (c *advised) isConforming(s state) bool {
	return s.Label == "conforming" && s.start.After(c.changed)
}

// startWorker starts a worker with the options of the configuration.
func (c *advised) startWorker(t *testing.T) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(c.dir, "compiled", "profile.json"))
	if err != nil {
		t.Fatal(err)
	}
	var compiled struct {
		Tuning []struct {
			Key   string
			Value any
		} `json:"tuning_params"`
	}
	if err := json.Unmarshal(data, &compiled); err != nil {
		t.Fatal(err)
	}
	number := func(key string) int {
		for _, p := range compiled.Tuning {
			if value, is := p.Value.(float64); is && p.Key == key {
				return int(value)
			}
		}
		t.Fatalf("%s is not in the compiled profile", key)
		return 0
	}
	c.worker = worker.New(c.client, taskQueue, worker.Options{
		MaxConcurrentActivityExecutionSize:      number("sdk.max_concurrent_activities"),
		MaxConcurrentWorkflowTaskExecutionSize:  number("sdk.max_concurrent_workflow_tasks"),
		MaxConcurrentLocalActivityExecutionSize: number("sdk.max_concurrent_local_activities"),
		MaxConcurrentActivityTaskPollers:        number("sdk.activity_task_pollers"),
		MaxConcurrentWorkflowTaskPollers:        number("sdk.workflow_task_pollers"),
		DisableEagerActivities:                  true,
		WorkerStopTimeout:                       5 * time.Second,
	})
	c.worker.RegisterWorkflow(ship)
	c.worker.RegisterWorkflow(store)
	c.worker.RegisterActivity(pack)
	c.worker.RegisterActivity(&c.holder)
	if err := c.worker.Start(); err != nil {
		t.Fatal(err)
	}
}

// startLoad starts workflows and asks for the state of the task queue until the test ends.
func (c *advised) startLoad(t *testing.T) {
	t.Helper()
	conn, err := grpc.NewClient(c.frontend, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	every := func(interval time.Duration, call func(context.Context)) {
		all.Go(func() {
			ticks := time.NewTicker(interval)
			defer ticks.Stop()
			for ctx.Err() == nil {
				<-ticks.C
				all.Go(func() {
					// a call that fails does not come back later, as a second load
					limited, cancel := context.WithTimeout(ctx, 2*time.Second)
					defer cancel()
					call(limited)
				})
			}
		})
	}
	every(time.Second/startsPerSecond, func(ctx context.Context) {
		_, _ = c.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: taskQueue, WorkflowRunTimeout: time.Minute}, ship)
	})
	service := workflowservice.NewWorkflowServiceClient(conn)
	every(time.Second/describesPerSecond, func(ctx context.Context) {
		_, _ = service.DescribeTaskQueue(ctx, &workflowservice.DescribeTaskQueueRequest{
			Namespace: namespace, TaskQueue: &taskqueue.TaskQueue{Name: taskQueue}, TaskQueueType: enums.TASK_QUEUE_TYPE_WORKFLOW,
		})
	})
	t.Cleanup(func() {
		cancel()
		all.Wait()
		c.worker.Stop()
		c.client.Close()
		_ = conn.Close()
	})
}

// holdSlots runs activities that hold a slot each, until it is stopped.
func (c *advised) holdSlots(t *testing.T) (stop func()) {
	t.Helper()
	runs := []client.WorkflowRun{}
	for range heldSlots {
		run, err := c.client.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: taskQueue}, store)
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, run)
	}
	c.awaitHeld(t)
	return func() {
		for _, run := range runs {
			if err := c.client.TerminateWorkflow(t.Context(), run.GetID(), run.GetRunID(), "the test ends"); err != nil {
				t.Error(err)
			}
		}
	}
}

// awaitHeld waits until all activities hold their slots.
func (c *advised) awaitHeld(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(patience); c.holder.running.Load() != heldSlots; time.Sleep(scrape) {
		if time.Now().After(end) {
			t.Fatalf("%d activities hold slots, not %d", c.holder.running.Load(), heldSlots)
		}
	}
	c.changed = time.Now()
}

// state is the conformance of a window.
type state struct {
	profile string
	start   time.Time
	Label   string
	Results []struct{ Metric, Result, Detail string } `json:"metric_results"`
}

func (s state) isFailing(metric string) bool {
	return slices.ContainsFunc(s.Results, func(r struct{ Metric, Result, Detail string }) bool {
		return r.Metric == metric && r.Result == "fail"
	})
}

func (s state) String() string {
	text := s.Label
	for _, r := range s.Results {
		if r.Result != "pass" {
			text += fmt.Sprintf("\n%s %s: %s", r.Metric, r.Result, r.Detail)
		}
	}
	return text
}

const (
	// window is how long the cluster is observed.
	window = 12 * time.Second
	// patience is how long a busy machine can take to show a change.
	patience = 3 * time.Minute
)

// await observes the cluster until a window is as it should be.
func (c *advised) await(t *testing.T, when string, isReached func(state) bool) {
	t.Helper()
	var seen state
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(scrape) {
		if seen = c.assess(t); isReached(seen) {
			return
		}
	}
	t.Fatalf("%s it is %s\nproposed is %v", when, seen, c.recommend(t, seen.profile))
}

// assess records the last window, and returns its conformance.
func (c *advised) assess(t *testing.T) state {
	t.Helper()
	start := time.Now().Add(-window)
	var p struct{ ID string }
	c.run(t, &p, "profile", "create", "a window", "--cluster", "c", "--prometheus-url", c.prometheus, "--scrape-interval", scrape.String(),
		"--from", start.UTC().Format(time.RFC3339), "--data-dir", c.dir,
		"--profile", filepath.Join(c.dir, "compiled", "profile.json"))
	s := state{profile: p.ID, start: start}
	c.run(t, &s, append([]string{"conformance", p.ID, "--data-dir", c.dir}, c.except...)...)
	return s
}

// recommend returns the overrides of each proposal for a profile, by its name.
func (c *advised) recommend(t *testing.T, profile string) map[string]map[string]any {
	t.Helper()
	var advice struct {
		Recommendations []struct {
			Name      string
			Overrides map[string]any
		}
	}
	c.run(t, &advice, append([]string{"recommend", profile, "--data-dir", c.dir}, c.except...)...)
	proposed := map[string]map[string]any{}
	for _, r := range advice.Recommendations {
		proposed[r.Name[strings.LastIndex(r.Name, ".")+1:]] = r.Overrides
	}
	return proposed
}

// ship is a workflow with an activity.
func ship(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
	return workflow.ExecuteActivity(ctx, pack).Get(ctx, nil)
}

func pack(context.Context) error { return nil }

// store is a workflow with an activity that holds its slot.
func store(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Hour, HeartbeatTimeout: 10 * time.Second, RetryPolicy: &temporal.RetryPolicy{BackoffCoefficient: 1},
	})
	return workflow.ExecuteActivity(ctx, (*slotHolder).Hold).Get(ctx, nil)
}

// slotHolder counts the activities that hold a slot.
type slotHolder struct{ running atomic.Int64 }

// Hold ends with its worker, or with its workflow.
func (h *slotHolder) Hold(ctx context.Context) error {
	h.running.Add(1)
	defer h.running.Add(-1)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-activity.GetWorkerStopChannel(ctx):
			return errors.New("the worker stops")
		case <-time.After(time.Second):
			activity.RecordHeartbeat(ctx)
		}
	}
}
