// Package prometheustest runs a real Prometheus for tests, with prepared samples or with a
// scrape configuration.
package prometheustest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Server is a running Prometheus with its own data folder.
type Server struct {
	URL    string
	dir    string
	cmd    *exec.Cmd
	exited chan error
}

// startTimeout limits the start of a Prometheus.
const startTimeout = 30 * time.Second

var listenPattern = regexp.MustCompile(`msg="Listening on".* address=(\S+)`)

// Start runs a Prometheus on a free port of 127.0.0.1 with samples in the OpenMetrics text
// format. It scrapes nothing.
func Start(openmetrics string) (*Server, error) { return startServer("", openmetrics) }

// StartScraping runs an empty Prometheus with a scrape configuration.
func StartScraping(configuration string) (*Server, error) { return startServer(configuration, "") }

func startServer(configuration, openmetrics string) (*Server, error) {
	for _, tool := range []string{"prometheus", "promtool"} {
		if _, err := exec.LookPath(tool); err != nil {
			return nil, fmt.Errorf("%w: run make test, which builds it if it is missing", err)
		}
	}
	dir, err := os.MkdirTemp("", "prometheus")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, exited: make(chan error, 1)}
	if err := s.start(configuration, openmetrics); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// start makes the data of the Prometheus and runs it until it is ready.
func (s *Server) start(configuration, openmetrics string) error {
	history, config, data := filepath.Join(s.dir, "history.txt"), filepath.Join(s.dir, "prometheus.yml"), filepath.Join(s.dir, "data")
	if err := errors.Join(os.WriteFile(history, []byte(openmetrics), 0o600), os.WriteFile(config, []byte(configuration), 0o600),
		os.Mkdir(data, 0o700)); err != nil {
		return err
	}
	if openmetrics != "" {
		if out, err := exec.Command("promtool", "tsdb", "create-blocks-from", "--quiet", "openmetrics", history,
			data).CombinedOutput(); err != nil {
			return fmt.Errorf("create blocks: %w: %s", err, out)
		}
	}
	s.cmd = exec.Command("prometheus", "--config.file="+config, "--storage.tsdb.path="+data, "--storage.tsdb.retention.time=100y",
		"--web.listen-address=127.0.0.1:0")
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		s.cmd = nil
		return err
	}
	address := make(chan string, 1)
	var output strings.Builder
	go func() {
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			if m := listenPattern.FindStringSubmatch(lines.Text()); m != nil {
				address <- m[1]
				_, _ = io.Copy(io.Discard, stderr)
				break
			}
			fmt.Fprintln(&output, lines.Text())
		}
		s.exited <- s.cmd.Wait()
	}()
	select {
	case at := <-address:
		s.URL = "http://" + at
	case err := <-s.exited:
		s.cmd = nil
		return fmt.Errorf("prometheus exited: %w: %s", err, output.String())
	case <-time.After(startTimeout):
		return errors.New("prometheus does not listen")
	}
	return s.waitReady()
}

// waitReady waits until the Prometheus answers queries.
func (s *Server) waitReady() error {
	last := errors.New("not asked")
	for until := time.Now().Add(startTimeout); time.Now().Before(until); time.Sleep(10 * time.Millisecond) {
		answer, err := http.Get(s.URL + "/-/ready")
		if err != nil {
			last = err
			continue
		}
		_ = answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return nil
		}
		last = errors.New(answer.Status)
	}
	return fmt.Errorf("prometheus does not become ready: %w", last)
}

// Signal sends the Prometheus a signal that ends or stops it, and waits until it has.
func (s *Server) Signal(signal os.Signal) error {
	if err := s.cmd.Process.Signal(signal); err != nil {
		return err
	}
	return waitStopped(s.cmd.Process.Pid)
}

// Stop stops the Prometheus and removes its data.
func (s *Server) Stop() error {
	var err error
	if s.cmd != nil {
		if err = s.cmd.Process.Kill(); errors.Is(err, os.ErrProcessDone) {
			err = nil
		}
		var killed *exec.ExitError
		if ended := <-s.exited; !errors.As(ended, &killed) {
			err = errors.Join(err, ended)
		}
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

// Main runs the tests of a package with one Prometheus and returns the exit code, for
// TestMain. It calls use before the first test.
func Main(m *testing.M, openmetrics string, use func(*Server) error) (code int) {
	s, err := Start(openmetrics)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err = use(s); err == nil {
		code = m.Run()
	}
	if err := errors.Join(err, s.Stop()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}
