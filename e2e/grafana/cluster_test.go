package grafana

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/uber-go/tally/v4"
	tallyprom "github.com/uber-go/tally/v4/prometheus"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdktally "go.temporal.io/sdk/contrib/tally"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/temporal-dsql/temporal-dsql/internal/prometheustest"
)

const (
	namespace = "default"
	taskQueue = "charges"

	// scrape is the interval of the scrapes.
	scrape = time.Second

	// grafanaOrigin is where the Grafana would be.
	grafanaOrigin = "https://grafana.example.com"
)

// A cluster is a Temporal server with its workers under load, the profile service
// beside it, and a Prometheus that scrapes all of them.
type cluster struct {
	id         string
	prometheus string
	service    string
	began      time.Time
}

// run starts a cluster whose server exports in a dialect, and whose samples have
// the labels that are given, as YAML. The profile service knows it by its id.
func run(t *testing.T, dialect, labels, id string) *cluster {
	t.Helper()
	dir := t.TempDir()
	dynamicConfig := compile(t, dir)
	frontend, exported, _ := temporalServer(t, dir, dialect, dynamicConfig)
	standIn, workers := prometheus.NewRegistry(), prometheus.NewRegistry()
	exportStandIns(t, standIn, dialect)
	workLoad(t, frontend, workers)

	serviceAt := free(t)
	var jobs strings.Builder
	for job, at := range map[string]string{
		"temporal": exported, "dsql-and-cadvisor": serve(t, standIn), "workers": serve(t, workers), "temporal-dsql": serviceAt,
	} {
		fmt.Fprintf(&jobs, "- job_name: %s\n  static_configs: [{targets: [%q], labels: %s}]\n", job, at, labels)
	}
	p, err := prometheustest.StartScraping(fmt.Sprintf("global: {scrape_interval: %s}\nscrape_configs:\n%s", scrape, &jobs))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	c := &cluster{id: id, prometheus: p.URL, service: "http://" + serviceAt, began: time.Now()}
	c.startService(t, dir, serviceAt, frontend, dynamicConfig)
	return c
}

// startService runs the profile service, which assesses the cluster by itself.
func (c *cluster) startService(t *testing.T, dir, at, frontend, dynamicConfig string) {
	t.Helper()
	config := filepath.Join(dir, "service.yaml")
	write(t, config, fmt.Sprintf(`
listen: %s
data_dir: data
prometheus: {url: %q, scrape_interval: %s}
cors: {origins: [%s]}
clusters:
  %s:
    namespaces: [%s]
    assess: {every: 10s, window: 20s}
    sources:
      files: [{path: %s, format: dynamic-config}]
      temporal: {address: %q}
      stated: {preset_name: starter}
`, at, c.prometheus, scrape, grafanaOrigin, c.id, namespace, dynamicConfig, frontend))
	cmd := exec.Command(binary(t), "serve", "--config", config)
	cmd.Dir = dir
	process(t, cmd, "http://"+at+"/readyz")
}

// ask asks the service for JSON.
func (c *cluster) ask(t *testing.T, method, path string, into any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, c.service+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode >= 300 {
		t.Fatalf("%s %s: %s", method, path, answer.Status)
	}
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

// binary is the temporal-dsql under test.
func binary(t *testing.T) string {
	t.Helper()
	path := os.Getenv("TEMPORAL_DSQL")
	if path == "" {
		t.Fatal("TEMPORAL_DSQL names no temporal-dsql: run e2e/run.sh, or build one and name it")
	}
	return path
}

// compile gives the dynamic config that the server runs with.
func compile(t *testing.T, dir string) string {
	t.Helper()
	// two things are not as shipped: backlogs are told of by the second, and not by the minute,
	// and most lists of workflows are refused
	out, err := exec.Command(
		binary(t), "compile", "starter", "--temporal-version", "1.32",
		"--override", "matching.backlogMetricsEmitInterval=1s",
		"--override", "frontend.namespaceRPS.visibility=1", "--override", "frontend.namespaceBurstRatio.visibility=1",
		"--out", filepath.Join(dir, "compiled"),
	).
		CombinedOutput()
	if err != nil {
		t.Fatalf("compile: %v\n%s", err, out)
	}
	return filepath.Join(dir, "compiled", "dynamic_config.yaml")
}

// programs is a folder for what tests build.
var programs string

func TestMain(m *testing.M) { os.Exit(built(m)) }

func built(m *testing.M) int {
	dir, err := os.MkdirTemp("", "temporal")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	programs = dir
	return m.Run()
}

// server is the program of e2e/temporal, built once.
var server = sync.OnceValues(func() (string, error) {
	program := filepath.Join(programs, "temporal")
	build := exec.Command("go", "build", "-o", program, "./temporal")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the Temporal server: %w\n%s", err, out)
	}
	return program, nil
})

// temporalServer runs one on SQLite, and gives the addresses of its frontend and of
// its metrics, and what ends it and runs it once more.
func temporalServer(t *testing.T, dir, dialect, dynamicConfig string) (frontend, exported string, again func()) {
	t.Helper()
	program, err := server()
	if err != nil {
		t.Fatal(err)
	}
	exported = free(t)
	port := func() string { return strings.TrimPrefix(free(t), "127.0.0.1:") }
	var services strings.Builder
	for _, name := range []string{"frontend", "history", "matching", "worker"} {
		at := port()
		if name == "frontend" {
			frontend = "127.0.0.1:" + at
		}
		fmt.Fprintf(&services, "  %s: {rpc: {grpcPort: %s, membershipPort: %s, bindOnLocalHost: true}}\n", name, at, port())
	}
	config := filepath.Join(dir, "temporal.yaml")
	write(t, config, fmt.Sprintf(`
log: {stdout: true, level: error}
persistence:
  defaultStore: default
  visibilityStore: visibility
  numHistoryShards: 4
  datastores:
    default: {sql: {pluginName: sqlite, databaseName: default, connectAddr: localhost, connectProtocol: tcp,
      connectAttributes: {mode: memory, cache: private, setup: "true"}, maxConns: 1, maxIdleConns: 1}}
    visibility: {sql: {pluginName: sqlite, databaseName: visibility, connectAddr: localhost, connectProtocol: tcp,
      connectAttributes: {mode: memory, cache: private, setup: "true"}, maxConns: 1, maxIdleConns: 1}}
global:
  membership: {maxJoinDuration: 30s, broadcastAddress: 127.0.0.1}
  metrics: {prometheus: {framework: %s, timerType: histogram, listenAddress: %q}}
services:
%sclusterMetadata:
  enableGlobalNamespace: false
  failoverVersionIncrement: 10
  masterClusterName: active
  currentClusterName: active
  clusterInformation: {active: {enabled: true, initialFailoverVersion: 1, rpcName: frontend, rpcAddress: %q}}
dcRedirectionPolicy: {policy: noop}
dynamicConfigClient: {filepath: %q, pollInterval: 10s}
`, dialect, exported, &services, frontend, dynamicConfig))
	start := func() (stop func()) { return process(t, exec.Command(program, config), "http://"+exported+"/metrics") }
	stop := start()
	return frontend, exported, func() { stop(); stop = start() }
}

// process runs a program until it is stopped or the test ends, and waits until it answers.
func process(t *testing.T, cmd *exec.Cmd, ready string) (stop func()) {
	t.Helper()
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	stop = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(30 * time.Second):
			_ = cmd.Process.Kill()
			t.Errorf("%s does not end", cmd.Path)
		}
	})
	t.Cleanup(func() {
		stop()
		if t.Failed() {
			t.Logf("%s: %s", cmd.Path, tail(said.String()))
		}
	})
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		select {
		case <-ended:
			t.Fatalf("%s ended: %s\n%s", cmd.Path, cmd.ProcessState, said.String())
		default:
		}
		if answer, err := http.Get(ready); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return stop
			}
		}
	}
	t.Fatalf("%s does not answer at %s", cmd.Path, ready)
	return nil
}

func tail(text string) string {
	const most = 3000
	return text[max(0, len(text)-most):]
}

// free is an address that nobody listens at.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// serve exports metrics, and gives the address.
func serve(t *testing.T, metrics *prometheus.Registry) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: promhttp.HandlerFor(metrics, promhttp.HandlerOpts{})}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return l.Addr().String()
}

// workLoad runs a worker, which exports its metrics, and starts workflows until the
// test ends: most complete, some fail, some wait on a queue that nobody polls.
func workLoad(t *testing.T, frontend string, metrics *prometheus.Registry) {
	t.Helper()
	c := dial(t, frontend, metrics)
	w := worker.New(c, taskQueue, worker.Options{})
	w.RegisterWorkflow(charge)
	w.RegisterActivity(collect)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			queue := taskQueue
			if i%20 == 7 {
				queue = "nobody"
			}
			_, _ = c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: queue}, charge, i%10 == 3)
			// a database is asked for what it does not have, now and then
			if i%10 == 5 {
				_, _ = c.DescribeWorkflowExecution(ctx, "no such workflow", "")
			}
			// and lists workflows more often than it may
			_, _ = c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Namespace: namespace})
			time.Sleep(50 * time.Millisecond)
		}
	})
	t.Cleanup(func() {
		cancel()
		all.Wait()
		w.Stop()
		c.Close()
	})
}

// dial returns a client of a frontend that is up, with the namespace registered. Its metrics go to a registry.
func dial(t *testing.T, frontend string, metrics *prometheus.Registry, options ...grpc.DialOption) client.Client {
	t.Helper()
	reporter := tallyprom.NewReporter(tallyprom.Options{Registerer: metrics, DefaultTimerType: tallyprom.HistogramTimerType})
	root, closer := tally.NewRootScope(
		tally.ScopeOptions{
			CachedReporter:  reporter,
			Separator:       tallyprom.DefaultSeparator,
			SanitizeOptions: &sdktally.PrometheusSanitizeOptions,
		},
		scrape,
	)
	handler := sdktally.NewMetricsHandler(sdktally.NewPrometheusNamingScope(root))
	var c client.Client
	var err error
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if c, err = client.Dial(
			client.Options{
				HostPort: frontend, Namespace: namespace, MetricsHandler: handler, Logger: quiet{},
				ConnectionOptions: client.ConnectionOptions{DialOptions: options},
			},
		); err != nil {
			continue
		}
		if _, err = c.CheckHealth(t.Context(), nil); err == nil {
			break
		}
		c.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	registerNamespace(t, frontend)
	t.Cleanup(func() { _ = closer.Close() })
	return c
}

// registerNamespace does what an operator does once, and waits until it is known
// everywhere.
func registerNamespace(t *testing.T, frontend string) {
	t.Helper()
	c, err := client.NewNamespaceClient(client.Options{HostPort: frontend, Logger: quiet{}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.Register(
		t.Context(),
		&workflowservice.RegisterNamespaceRequest{Namespace: namespace, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour)},
	)
	if there := new(serviceerror.NamespaceAlreadyExists); err != nil && !errors.As(err, &there) {
		t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if _, err = c.Describe(t.Context(), namespace); err == nil {
			return
		}
	}
	t.Fatal(err)
}

// charge is a workflow with an activity and a timer.
func charge(ctx workflow.Context, fails bool) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
	if err := workflow.ExecuteActivity(ctx, collect).Get(ctx, nil); err != nil {
		return err
	}
	if fails {
		return temporal.NewNonRetryableApplicationError("no money", "declined", nil)
	}
	return workflow.Sleep(ctx, 10*time.Millisecond)
}

func collect(context.Context) error {
	time.Sleep(20 * time.Millisecond)
	return nil
}

type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
