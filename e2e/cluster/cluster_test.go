package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.temporal.io/server/api/adminservice/v1"
	"go.temporal.io/server/common/headers"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/temporal-dsql/temporal-dsql/e2e/product"
)

const (
	endpoint   = "abcdefghijklmnopqrstuvwxyz.dsql.eu-west-1.on.aws"
	searchHost = "vpc-search.eu-west-1.es.amazonaws.com"
	sqlHost    = "visibility.cluster.eu-west-1.rds.amazonaws.com"
	taskQueue  = "e2e"
)

// placeholders are what a user fills in, by the names that compile prints.
var placeholders = map[string]string{
	"CLUSTER_ENDPOINT": endpoint, "AWS_REGION": "eu-west-1", "TEMPORAL_IMAGE": "temporal-dsql:e2e",
	"TEMPORAL_ELASTICSEARCH_HOST": searchHost,
	"VISIBILITY_POSTGRES_SEEDS":   sqlHost, "VISIBILITY_POSTGRES_USER": "admin", "VISIBILITY_POSTGRES_PWD": secret,
	// the credentials of a role, which the server signs its requests to OpenSearch with
	"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": secret,
	"AWS_ACCOUNT_ID": "123456789012", "DSQL_CLUSTER_ID": "abcdefghijklmnopqrstuvwxyz", "ECS_CLUSTER": "temporal",
	"ECS_EXECUTION_ROLE_ARN": "arn:aws:iam::123456789012:role/execution", "ECS_TASK_ROLE_ARN": "arn:aws:iam::123456789012:role/task",
	"SECURITY_GROUP_ID": "sg-0123456789abcdef0", "SUBNET_ID": "subnet-0123456789abcdef0", "SERVICE_CONNECT_NAMESPACE": "temporal",
	"VISIBILITY_PASSWORD_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:visibility",
}

// a character that a template or a YAML file would trip over is part of the secret
const secret = `not: a 'real" {{secret}} # one`

// version is the server under test, as the product names it.
func version() string {
	return headers.ServerVersion[:strings.LastIndex(headers.ServerVersion, ".")]
}

// world is one database, one search stand-in and the network that they share
// with the containers.
type world struct {
	*Machine
	database *Database
	search   *SearchStandIn
	folder   string
}

// openWorld starts what a cluster needs. Everything ends with the test.
func openWorld(t *testing.T) *world {
	t.Helper()
	programs := os.Getenv("TEMPORAL_PROGRAMS")
	if programs == "" {
		t.Fatal("TEMPORAL_PROGRAMS does not name the folder of temporal-server and temporal-sql-tool: run.sh builds it")
	}
	// a socket's path is short, so no t.TempDir
	folder, err := os.MkdirTemp("", "cluster-")
	check(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	check(t, os.Chmod(folder, 0o755))

	network, err := OpenNetwork("tdsql", netip.MustParsePrefix("10.77.0.0/16"))
	check(t, err)
	t.Cleanup(func() { check(t, network.Close()) })

	certificate, key, err := Certificate(endpoint, searchHost, sqlHost)
	check(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	database, err := StartDatabase(ctx, filepath.Join(folder, "pg"), network.Gateway, certificate, key)
	check(t, err)
	t.Cleanup(database.Stop)
	tool := filepath.Join(programs, "temporal-sql-tool")
	check(t, database.CreateSchema(ctx, tool, "postgres", "temporal"))
	check(t, database.CreateSchema(ctx, tool, "temporal_visibility", "visibility"))

	listener, err := net.Listen("tcp", net.JoinHostPort(network.Gateway.String(), "443"))
	check(t, err)
	search, err := StartSearch(listener, certificate, key)
	check(t, err)
	t.Cleanup(search.Stop)

	hosts := map[string][]netip.Addr{}
	for _, name := range []string{endpoint, searchHost, sqlHost} {
		hosts[name] = []netip.Addr{network.Gateway}
	}
	return &world{
		Machine: &Machine{
			Network: network, Hosts: hosts, Folder: folder,
			Image: Image{Programs: programs, Authorities: certificate},
		},
		database: database, search: search, folder: folder,
	}
}

// writeDeployment writes a deployment, and returns its path.
func (w *world) writeDeployment(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(w.folder, "deployment.yaml")
	check(t, os.WriteFile(path, []byte(text), 0o644))
	return path
}

// compile compiles a preset into the world's folder, and puts PostgreSQL's plugin
// where the artefacts name DSQL's. Nothing else is changed.
func (w *world) compile(t *testing.T, target string, flags ...string) string {
	t.Helper()
	out := filepath.Join(w.folder, "artefacts")
	args := append([]string{"compile", target, "--temporal-version", version(), "--out", out}, flags...)
	cmd, err := product.Command(w.folder, args...)
	check(t, err)
	cmd.Dir = w.folder
	text, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, text)
	}
	replaced := 0
	check(t, filepath.WalkDir(out, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		changed := replacePlugin(string(content))
		if changed == string(content) {
			return nil
		}
		replaced++
		return os.WriteFile(path, []byte(changed), 0o644)
	}))
	if replaced == 0 {
		t.Fatal("no artefact names the plugin dsql")
	}
	return out
}

// replacePlugin also finds the name inside a configuration that is a JSON string.
func replacePlugin(text string) string {
	for _, quoted := range []string{`pluginName: dsql`, `pluginName: "dsql"`, `pluginName: \"dsql\"`} {
		text = strings.ReplaceAll(text, quoted, "pluginName: postgres12_pgx")
	}
	return text
}

// cluster is a set of containers that run.
type cluster struct {
	*world
	processes []*Process
	frontend  string
}

// start starts the containers. They end with the test, which prints their logs if it fails.
func (w *world) start(t *testing.T, containers []Container) *cluster {
	t.Helper()
	processes, err := w.Start(containers)
	c := &cluster{world: w, processes: processes}
	t.Cleanup(func() {
		var group sync.WaitGroup
		for _, p := range processes {
			group.Go(p.Stop)
		}
		group.Wait()
		if t.Failed() {
			t.Logf("PostgreSQL's log:\n%s", w.database.Log())
			c.printLogs(t)
		}
	})
	check(t, err)
	for _, p := range processes {
		if strings.HasSuffix(p.Group, "frontend") {
			c.frontend = net.JoinHostPort(p.Address.String(), "7233")
		}
	}
	if c.frontend == "" {
		t.Fatal("no container is a frontend")
	}
	return c
}

// printLogs prints what each container complained about last, or the end of its log.
func (c *cluster) printLogs(t *testing.T) {
	for _, p := range c.processes {
		all := strings.Split(strings.TrimSpace(p.Log()), "\n")
		var lines []string
		for _, line := range all {
			if strings.Contains(line, `"level":"error"`) || strings.Contains(line, `"level":"fatal"`) {
				lines = append(lines, line)
			}
		}
		if len(lines) == 0 {
			lines = all
		}
		lines = lines[max(0, len(lines)-3):]
		for i, line := range lines {
			lines[i] = fmt.Sprintf("%.400s", line)
		}
		t.Logf("%s (%s), from its log:\n%s", p.Host, p.Address, strings.Join(lines, "\n"))
	}
}

// eventually retries until there is no error, for two minutes at most: a busy
// machine starts a cluster slowly. A container that ends is final.
func (c *cluster) eventually(t *testing.T, what string, try func(context.Context) error) {
	t.Helper()
	deadline, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for {
		for _, p := range c.processes {
			select {
			case <-p.Ended():
				t.Fatalf("%s ended while waiting until %s:\n%s", p.Host, what, p.Log())
			default:
			}
		}
		ctx, cancelTry := context.WithTimeout(deadline, 10*time.Second)
		err := try(ctx)
		cancelTry()
		if err == nil {
			return
		}
		if deadline.Err() != nil {
			t.Fatalf("two minutes passed and it is not true that %s: %v", what, err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// members returns who is in each service's ring, as the frontend sees it.
func (c *cluster) members(ctx context.Context) (map[string][]string, int32, error) {
	connection, err := grpc.NewClient(c.frontend, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, 0, err
	}
	defer connection.Close()
	answer, err := adminservice.NewAdminServiceClient(connection).DescribeCluster(ctx, &adminservice.DescribeClusterRequest{})
	if err != nil {
		return nil, 0, err
	}
	rings := map[string][]string{}
	for _, ring := range answer.MembershipInfo.Rings {
		for _, member := range ring.Members {
			rings[ring.Role] = append(rings[ring.Role], member.Identity)
		}
		slices.Sort(rings[ring.Role])
	}
	return rings, answer.HistoryShardCount, nil
}

// waitForMembers returns the rings once they have as many members as there are containers.
func (c *cluster) waitForMembers(t *testing.T) (rings map[string][]string, shards int32) {
	t.Helper()
	c.eventually(t, "every container is a member of a ring", func(ctx context.Context) error {
		var err error
		if rings, shards, err = c.members(ctx); err != nil {
			return err
		}
		count := 0
		for _, ring := range rings {
			count += len(ring)
		}
		if count != len(c.processes) {
			return fmt.Errorf("%d members, expected %d: %v", count, len(c.processes), rings)
		}
		return nil
	})
	return rings, shards
}

// ports that the official images serve, by service.
var grpcPorts = map[string]int{"frontend": 7233, "history": 7234, "matching": 7235, "worker": 7239}

// checkCluster compares the running cluster with its profile: every container is a
// member of its service, the shards are ours, and each port and check answers.
func (c *cluster) checkCluster(t *testing.T, profile product.Profile) {
	t.Helper()
	want := map[string][]string{}
	for _, p := range c.processes {
		for service, port := range grpcPorts {
			if strings.HasSuffix(p.Group, service) {
				want[service] = append(want[service], net.JoinHostPort(p.Address.String(), strconv.Itoa(port)))
			}
		}
	}
	for service := range grpcPorts {
		slices.Sort(want[service])
		if replicas, _ := profile.Value(service + ".replicas"); fmt.Sprint(len(want[service])) != fmt.Sprint(replicas) {
			t.Errorf("%d containers of %s, expected %v", len(want[service]), service, replicas)
		}
	}
	rings, shards := c.waitForMembers(t)
	for service, hosts := range want {
		if !slices.Equal(rings[service], hosts) {
			t.Errorf("members of %s: %v, expected %v", service, rings[service], hosts)
		}
	}
	if want, _ := profile.Value("history.shards"); fmt.Sprint(shards) != fmt.Sprint(want) {
		t.Errorf("the server has %d shards, expected %v", shards, want)
	}
	for _, p := range c.processes {
		if p.Health.Command == nil {
			t.Errorf("%s has no health check", p.Host)
			continue
		}
		c.eventually(t, p.Host+" is healthy", func(ctx context.Context) error { return c.Check(ctx, p) })
		c.eventually(t, p.Host+" exports metrics", func(ctx context.Context) error {
			request, err := http.NewRequestWithContext(
				ctx,
				http.MethodGet,
				"http://"+net.JoinHostPort(p.Address.String(), "9090")+"/metrics",
				nil,
			)
			if err != nil {
				return err
			}
			answer, err := http.DefaultClient.Do(request)
			if err != nil {
				return err
			}
			defer answer.Body.Close()
			text, err := io.ReadAll(answer.Body)
			if err != nil {
				return err
			}
			if !strings.Contains(string(text), "persistence_requests") {
				return errors.New("no metric persistence_requests")
			}
			return nil
		})
		for _, port := range p.Ports {
			connection, err := net.DialTimeout("tcp", net.JoinHostPort(p.Address.String(), strconv.Itoa(port)), 5*time.Second)
			if err != nil {
				t.Errorf("%s does not listen on port %d, which the artefact states: %v", p.Host, port, err)
				continue
			}
			connection.Close()
		}
	}
}

// runWorkflows runs workflows with an activity and a timer through the frontend,
// and returns the most connections that each container had meanwhile.
func (c *cluster) runWorkflows(t *testing.T, count int) map[string]int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	namespaces, err := client.NewNamespaceClient(c.clientOptions())
	check(t, err)
	defer namespaces.Close()
	err = namespaces.Register(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: "default", WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	})
	check(t, err)
	var temporal client.Client
	// each frontend learns of a namespace by itself
	c.eventually(t, "the namespace is known", func(ctx context.Context) error {
		var err error
		if temporal, err = client.DialContext(ctx, c.clientOptions()); err != nil {
			return err
		}
		_, err = temporal.DescribeTaskQueue(ctx, taskQueue, 1)
		return err
	})
	defer temporal.Close()
	w := worker.New(temporal, taskQueue, worker.Options{})
	w.RegisterWorkflowWithOptions(greetLater, workflow.RegisterOptions{Name: "Greet"})
	w.RegisterActivityWithOptions(greet, activity.RegisterOptions{Name: "greet"})
	check(t, w.Start())
	defer w.Stop()

	var done atomic.Bool
	// the connections that two samples in a row have seen: one that is closing is still listed
	// while its successor opens
	most, before := map[string]int{}, map[string]int{}
	var sampling sync.WaitGroup
	sampling.Go(func() {
		for !done.Load() && ctx.Err() == nil {
			counts, err := c.database.Connections(ctx, "postgres")
			if err != nil {
				t.Error(err)
				return
			}
			for address, count := range counts {
				most[address] = max(most[address], min(count, before[address]))
			}
			before = counts
			time.Sleep(20 * time.Millisecond)
		}
	})
	var running sync.WaitGroup
	for number := range count {
		running.Go(func() {
			run, err := startGreeting(ctx, temporal, number)
			if err != nil {
				t.Error(err)
				return
			}
			var greeting string
			if err := run.Get(ctx, &greeting); err != nil {
				t.Error(err)
				return
			}
			if want := "Hello, " + strconv.Itoa(number); greeting != want {
				t.Errorf("workflow returned %q, expected %q", greeting, want)
			}
		})
	}
	running.Wait()
	done.Store(true)
	sampling.Wait()
	return most
}

// startGreeting starts a workflow. A frontend that does not know the new namespace yet, or that waits
// for shards that are still starting, is asked again.
func startGreeting(ctx context.Context, temporal client.Client, number int) (client.WorkflowRun, error) {
	options := client.StartWorkflowOptions{ID: "greeting-" + strconv.Itoa(number), TaskQueue: taskQueue}
	for {
		run, err := temporal.ExecuteWorkflow(ctx, options, "Greet", strconv.Itoa(number))
		var unknown *serviceerror.NamespaceNotFound
		var late *serviceerror.DeadlineExceeded
		isTransient := errors.As(err, &unknown) || errors.As(err, &late) || errors.Is(err, context.DeadlineExceeded)
		if !isTransient || ctx.Err() != nil {
			return run, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// clientOptions connect to the frontend, without the SDK's own log.
func (c *cluster) clientOptions() client.Options {
	return client.Options{HostPort: c.frontend, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))}
}

// checkPool compares the connections of each container with the pool of the profile.
func (c *cluster) checkPool(t *testing.T, profile product.Profile, most map[string]int) {
	t.Helper()
	full := false
	for _, p := range c.processes {
		service := p.Group[strings.LastIndexAny(p.Group, "-_")+1:]
		value, _ := profile.ServiceValue(service, "persistence.maxConns")
		pool, ok := value.(float64)
		if !ok {
			t.Fatalf("persistence.maxConns of %s is %v", service, value)
		}
		connections := most[p.Address.String()]
		if connections == 0 || connections > int(pool) {
			t.Errorf("%s had %d connections, expected 1 to %v", p.Host, connections, pool)
		}
		full = full || service == "history" && connections == int(pool)
	}
	if !full {
		t.Errorf("no history container filled its pool: %v", most)
	}
}

// checkDynamicConfig sends a payload larger than the profile allows.
func (c *cluster) checkDynamicConfig(t *testing.T, profile product.Profile) {
	t.Helper()
	value, _ := profile.Value("limit.blobSize.error")
	limit, ok := value.(float64)
	if !ok {
		t.Fatalf("limit.blobSize.error is %v", value)
	}
	temporal, err := client.Dial(c.clientOptions())
	check(t, err)
	defer temporal.Close()
	_, err = temporal.ExecuteWorkflow(
		t.Context(),
		client.StartWorkflowOptions{TaskQueue: "nobody"},
		"Greet",
		strings.Repeat("x", int(limit)+1024),
	)
	var refused *serviceerror.InvalidArgument
	if !errors.As(err, &refused) {
		t.Errorf("a payload over limit.blobSize.error of %v: %v, expected InvalidArgument", limit, err)
	}
}

func greetLater(ctx workflow.Context, name string) (string, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	if err := workflow.Sleep(ctx, 100*time.Millisecond); err != nil {
		return "", err
	}
	var greeting string
	err := workflow.ExecuteActivity(ctx, "greet", name).Get(ctx, &greeting)
	return greeting, err
}

func greet(_ context.Context, name string) (string, error) { return "Hello, " + name, nil }

func check(t *testing.T, err error) {
	t.Helper()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Fatalf("%v: %s", err, exit.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// environment is what a user's shell exports for the placeholders.
func environment() []string {
	var variables []string
	for name, value := range placeholders {
		variables = append(variables, name+"="+value)
	}
	return variables
}
