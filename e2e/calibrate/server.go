package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"text/template"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"
)

// services are those of a Temporal server. Each runs in its own process, with its own
// pool, proxy and metrics.
var services = []string{"frontend", "history", "matching", "worker"}

// ServerConfig is what differs between the servers that are measured.
type ServerConfig struct {
	Shards int `json:"shards"`
	// Pool is the number of connections of each service's pool.
	Pool    int     `json:"pool"`
	Latency Latency `json:"latency"`
	// Dynamic are dynamic-config keys with their values.
	Dynamic map[string]any `json:"dynamic,omitempty"`
}

// Server is a Temporal server on PostgreSQL, with a proxy between each service and
// the database.
type Server struct {
	Config   ServerConfig
	Version  string
	Database *Database
	Client   client.Client

	folder    string
	proxies   map[string]*Proxy
	metrics   map[string]string // addresses by service
	processes []*serverProcess
}

type serverProcess struct {
	service string
	cmd     *exec.Cmd
	log     bytes.Buffer
	done    chan struct{}
}

//go:embed server.yaml
var serverTemplate string

// namespace is that of all workflows.
const namespace = "calibrate"

// StartServer starts PostgreSQL and a server in a new folder.
func StartServer(ctx context.Context, programs string, config ServerConfig) (_ *Server, err error) {
	s := &Server{Config: config, proxies: map[string]*Proxy{}, metrics: map[string]string{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Stop())
		}
	}()
	if s.folder, err = makeFolder(); err != nil {
		return nil, err
	}
	if s.Database, err = StartDatabase(ctx, filepath.Join(s.folder, "postgres")); err != nil {
		return nil, err
	}
	if err := s.Database.CreateSchemas(ctx, filepath.Join(programs, "temporal-sql-tool")); err != nil {
		return nil, err
	}
	if err := s.startProcesses(filepath.Join(programs, "temporal-server")); err != nil {
		return nil, err
	}
	return s, s.connect(ctx)
}

// makeFolder creates a temporary folder that PostgreSQL's own user can enter.
func makeFolder() (string, error) {
	folder, err := os.MkdirTemp("", "calibrate")
	if err != nil {
		return "", err
	}
	return folder, os.Chmod(folder, 0o755) //nolint:gosec // it contains no secret
}

func (s *Server) startProcesses(program string) error {
	ports, err := freePorts(3 * len(services))
	if err != nil {
		return err
	}
	grpc, membership, metrics := map[string]int{}, map[string]int{}, map[string]int{}
	for i, service := range services {
		grpc[service], membership[service], metrics[service] = ports[3*i], ports[3*i+1], ports[3*i+2]
	}
	text, err := template.New("server.yaml").Parse(serverTemplate)
	if err != nil {
		return err
	}
	dynamic, err := s.writeDynamicConfig()
	if err != nil {
		return err
	}
	for _, service := range services {
		proxy, err := StartProxy(s.Database.Address)
		if err != nil {
			return err
		}
		proxy.SetLatency(s.Config.Latency)
		s.proxies[service] = proxy
		s.metrics[service] = net.JoinHostPort("127.0.0.1", strconv.Itoa(metrics[service]))
		var config bytes.Buffer
		if err := text.Execute(&config, map[string]any{
			"Shards": s.Config.Shards, "Pool": s.Config.Pool, "Database": proxy.Address(), "Metrics": s.metrics[service],
			"GRPC": grpc, "Membership": membership, "Dynamic": dynamic,
			"Main": mainDatabase, "Visibility": visibilityDatabase,
		}); err != nil {
			return err
		}
		// the server finds it by the name of its environment, in every line
		if err := os.WriteFile(filepath.Join(s.folder, service+".yaml"), config.Bytes(), 0o600); err != nil {
			return err
		}
		p := &serverProcess{service: service, done: make(chan struct{})}
		// a server outlives the context of its start
		p.cmd = exec.CommandContext(context.Background(), program,
			"--root", s.folder, "--config", ".", "--env", service, "--allow-no-auth", "start", "--service", service)
		p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
		if err := p.cmd.Start(); err != nil {
			return err
		}
		s.processes = append(s.processes, p)
		go func() {
			_ = p.cmd.Wait()
			close(p.done)
		}()
		// a second service that starts on an empty database loses the race to write its metadata
		if service == services[0] {
			if err := s.awaitMetadata(p); err != nil {
				return err
			}
		}
	}
	s.Client, err = client.NewLazyClient(client.Options{
		HostPort: net.JoinHostPort("127.0.0.1", strconv.Itoa(grpc["frontend"])), Namespace: namespace, Logger: quietLogger{},
	})
	return err
}

// awaitMetadata waits until the first process has written the cluster's metadata.
func (s *Server) awaitMetadata(p *serverProcess) error {
	until := time.After(time.Minute)
	for {
		db, err := s.Database.openMain()
		if err != nil {
			return err
		}
		var rows int
		err = db.QueryRow("SELECT count(*) FROM cluster_metadata_info").Scan(&rows)
		_ = db.Close()
		if err == nil && rows > 0 {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended: %s", p.service, lastLines(p.log.String()))
		case <-until:
			return fmt.Errorf("%s wrote no cluster metadata: %s", p.service, lastLines(p.log.String()))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (s *Server) writeDynamicConfig() (string, error) {
	var b strings.Builder
	// on by default since 1.32
	b.WriteString("system.enableActivityEagerExecution:\n  - value: true\n")
	for key, value := range s.Config.Dynamic {
		fmt.Fprintf(&b, "%s:\n  - value: %v\n", key, value)
	}
	path := filepath.Join(s.folder, "dynamic_config.yaml")
	return path, os.WriteFile(path, []byte(b.String()), 0o600)
}

// connect registers the namespace and waits until it can be used.
func (s *Server) connect(ctx context.Context) error {
	service := s.Client.WorkflowService()
	register := func() error {
		_, err := service.RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
			Namespace: namespace, WorkflowExecutionRetentionPeriod: durationpb.New(72 * time.Hour),
		})
		return err
	}
	if err := s.retry(ctx, "register the namespace", register); err != nil {
		return err
	}
	count := func() error {
		info, err := service.GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{})
		if err != nil {
			return err
		}
		s.Version = info.GetServerVersion()
		_, err = service.CountWorkflowExecutions(ctx, &workflowservice.CountWorkflowExecutionsRequest{Namespace: namespace})
		return err
	}
	return s.retry(ctx, "use the namespace", count)
}

func (s *Server) retry(ctx context.Context, what string, try func() error) error {
	for {
		err := try()
		if err == nil {
			return nil
		}
		for _, p := range s.processes {
			select {
			case <-p.done:
				return fmt.Errorf("%s: %s ended: %s", what, p.service, lastLines(p.log.String()))
			default:
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w: %w", what, ctx.Err(), err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// setLatency changes what all proxies add.
func (s *Server) setLatency(latency Latency) {
	s.Config.Latency = latency
	for _, proxy := range s.proxies {
		proxy.SetLatency(latency)
	}
}

// Samples are the values of one metric by its labels.
type Samples []Sample

// Sample is one series: a counter's value, or a histogram's count.
type Sample struct {
	Name   string
	Labels map[string]string
	Value  float64
}

// Scrape reads the metrics of all services.
func (s *Server) Scrape(ctx context.Context) (Samples, error) {
	var samples Samples
	for _, service := range services {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.metrics[service]+"/metrics", nil)
		if err != nil {
			return nil, err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return nil, fmt.Errorf("metrics of %s: %w", service, err)
		}
		parser := expfmt.NewTextParser(model.UTF8Validation)
		families, err := parser.TextToMetricFamilies(response.Body)
		_ = response.Body.Close()
		if err != nil {
			return nil, fmt.Errorf("metrics of %s: %w", service, err)
		}
		for name, family := range families {
			for _, metric := range family.GetMetric() {
				sample := Sample{Name: name, Labels: map[string]string{}}
				for _, label := range metric.GetLabel() {
					sample.Labels[label.GetName()] = label.GetValue()
				}
				switch {
				case metric.GetCounter() != nil:
					sample.Value = metric.GetCounter().GetValue()
				case metric.GetHistogram() != nil:
					sample.Value = float64(metric.GetHistogram().GetSampleCount())
				default:
					continue
				}
				samples = append(samples, sample)
			}
		}
	}
	return samples, nil
}

// Sum adds the samples of a metric, by the value of a label. Without a label the key is "".
func (s Samples) Sum(metric, label string) map[string]float64 {
	sums := map[string]float64{}
	for _, sample := range s {
		if sample.Name == metric {
			sums[sample.Labels[label]] += sample.Value
		}
	}
	return sums
}

// Stop ends the server and the database, and removes their files.
func (s *Server) Stop() error {
	if s.Client != nil {
		s.Client.Close()
	}
	for _, p := range s.processes {
		_ = p.cmd.Process.Kill()
		<-p.done
	}
	for _, proxy := range s.proxies {
		proxy.Stop()
	}
	if s.Database != nil {
		s.Database.Stop()
	}
	return os.RemoveAll(s.folder)
}

// quietLogger drops what the SDK logs.
type quietLogger struct{}

func (quietLogger) Debug(string, ...any) {}
func (quietLogger) Info(string, ...any)  {}
func (quietLogger) Warn(string, ...any)  {}
func (quietLogger) Error(string, ...any) {}
