package pages

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/prometheustest"
)

// A service is temporal-dsql serve, for the time of a test.
type service struct {
	URL string
	cmd *exec.Cmd
}

// binary is the program under test.
func binary(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("TEMPORAL_DSQL"); path != "" {
		return path
	}
	t.Fatal("TEMPORAL_DSQL names no temporal-dsql: run e2e/run.sh, or build one and name it")
	return ""
}

// prometheus has the history, for all tests.
var prometheus string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	p, err := prometheustest.Start(history())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	prometheus = p.URL
	code := m.Run()
	if err := p.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// serve starts the service on a folder of its own.
func serve(t testing.TB, flags ...string) *service {
	t.Helper()
	s := &service{
		cmd: exec.Command(
			binary(t),
			append(
				[]string{
					"serve",
					"--listen",
					"127.0.0.1:0",
					"--data-dir",
					t.TempDir(),
					"--log-level",
					"error",
					"--prometheus-url",
					prometheus,
				},
				flags...)...),
	}
	s.cmd.Dir = t.TempDir()
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.cmd.Process.Signal(os.Interrupt)
		if err := s.cmd.Wait(); err != nil {
			t.Errorf("serve ended: %v", err)
		}
	})
	first, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	s.URL = strings.TrimSpace(strings.TrimPrefix(first, "serving at "))
	return s
}

// post asks the API.
func (s *service) post(t testing.TB, path string, body any, into any) {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Post(s.URL+path, "application/json", bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var said bytes.Buffer
	if _, err := said.ReadFrom(answer.Body); err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode >= 300 {
		t.Fatalf("POST %s: %s: %s", path, answer.Status, said.String())
	}
	if into != nil {
		if err := json.Unmarshal(said.Bytes(), into); err != nil {
			t.Fatal(err)
		}
	}
}

// make makes a profile of a window.
func (s *service) make(t testing.TB, name, label string, window [2]time.Time, more map[string]any) string {
	t.Helper()
	request := map[string]any{
		"name":                    name,
		"label":                   label,
		"cluster_id":              "eu-west-1",
		"namespace":               "payments",
		"time_window_start":       window[0],
		"time_window_end":         window[1],
		"temporal_server_version": "1.31.3",
		"dsql_plugin_version":     "2",
		"worker_code_sha":         "4f2d9c1",
	}
	for k, v := range more {
		request[k] = v
	}
	var made struct {
		ID string `json:"id"`
	}
	s.post(t, "/profiles", request, &made)
	return made.ID
}

// settings are what the cluster runs with: what temporal-dsql compiles.
func settings(t testing.TB, overrides ...string) []map[string]any {
	t.Helper()
	dir := t.TempDir()
	args := []string{"compile", "mid-scale", "--sdk", "none", "--platform", "none", "--out", dir}
	for _, o := range overrides {
		args = append(args, "--override", o)
	}
	cmd := exec.Command(binary(t), args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var given []map[string]any
	for name, format := range map[string]string{"dynamic_config.yaml": "dynamic-config", "dsql.env": "env", "profile.json": "profile"} {
		data, err := os.ReadFile(fmt.Sprintf("%s/%s", dir, name))
		if err != nil {
			t.Fatal(err)
		}
		given = append(given, map[string]any{"name": name, "format": format, "content": string(data)})
	}
	return given
}
