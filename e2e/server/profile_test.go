package server

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/server/common/headers"

	"github.com/temporal-dsql/temporal-dsql/e2e/product"
)

// TestAProfileKnowsItsServer makes a behaviour profile of a cluster whose frontend
// is a real one: the profile has the version and the shards that the frontend
// tells, and the configuration that the server reads.
func TestAProfileKnowsItsServer(t *testing.T) {
	a := compiled[0]
	server := startServer(t, a)
	told, err := dial(t, server).WorkflowService().GetClusterInfo(t.Context(), &workflowservice.GetClusterInfoRequest{})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "service.json")
	text := fmt.Sprintf(`{"data_dir": "data", "prometheus": {"url": %q}, "clusters": {"real": {"sources": {
		"files": [{"path": %q, "format": "dynamic-config"}], "temporal": {"address": %q}}}}}`,
		startPrometheus(t), path(t, a, "dynamic_config.yaml"), server.HostPort)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	serve, err := product.Command(dir, "serve", "--config", config, "--listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := listening(t, serve, serve.StdoutPipe, regexp.MustCompile(`^serving at (\S+)`))
	run := func(args ...string) []byte {
		t.Helper()
		cmd := exec.Command(serve.Path, args...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		// (this Prometheus scrapes nothing, of which a profile is said to have no data)
		if said := stderr.String(); err != nil ||
			said != "" && !strings.HasPrefix(said, "temporal-dsql: no metric has data in this window\n") {
			t.Fatalf("%v: %v\n%s", args, err, said)
		}
		return out
	}
	id := strings.TrimSpace(string(run("profile", "create", "first", "--cluster", "real", "--from", "-10m", "--server", url)))
	var profile struct {
		Version string `json:"temporal_server_version"`
		Config  struct {
			DynamicConfig map[string]any            `json:"dynamic_config"`
			Parameters    map[string]map[string]any `json:"parameters"`
			Sources       []string                  `json:"sources"`
		} `json:"config_snapshot"`
	}
	if err := json.Unmarshal(run("profile", "export", id, "--server", url), &profile); err != nil {
		t.Fatal(err)
	}
	if profile.Version != headers.ServerVersion || profile.Version != told.ServerVersion {
		t.Errorf("the profile is of Temporal %q, and %s runs", profile.Version, headers.ServerVersion)
	}
	if got := profile.Config.Parameters["history.shards"][""]; got != float64(told.HistoryShardCount) {
		t.Errorf("the profile has %v shards, and the cluster %d", got, told.HistoryShardCount)
	}
	if len(profile.Config.DynamicConfig) < 10 || len(profile.Config.Sources) != 2 {
		t.Errorf("%d keys of %q", len(profile.Config.DynamicConfig), profile.Config.Sources)
	}
	// nobody is there any more: that is an error, which names the frontend
	broken := filepath.Join(dir, "broken.json")
	if err := os.WriteFile(broken, bytes.ReplaceAll([]byte(text), []byte(server.HostPort), []byte("127.0.0.1:1")), 0o600); err != nil {
		t.Fatal(err)
	}
	other, err := product.Command(dir, "serve", "--config", broken, "--listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url = listening(t, other, other.StdoutPipe, regexp.MustCompile(`^serving at (\S+)`))
	out, err := exec.Command(serve.Path, "profile", "create", "second", "--cluster", "real", "--from", "-10m", "--server", url).
		CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte("read Temporal frontend 127.0.0.1:1: ")) {
		t.Errorf("with no frontend: %v, %s", err, out)
	}
}

// startPrometheus runs one that has nothing: what nobody exports is no_data.
func startPrometheus(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(config, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(
		"prometheus",
		"--config.file="+config,
		"--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address=127.0.0.1:0",
	)
	return "http://" + listening(t, cmd, cmd.StderrPipe, regexp.MustCompile(`msg="Listening on".* address=(\S+)`))
}

// listening starts a server and gives what it says of its address; it stops when
// the test ends.
func listening(t *testing.T, cmd *exec.Cmd, said func() (io.ReadCloser, error), address *regexp.Regexp) string {
	t.Helper()
	out, err := said()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	found := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if m := address.FindStringSubmatch(lines.Text()); m != nil {
				select {
				case found <- m[1]:
				default:
				}
			}
		}
	}()
	select {
	case at := <-found:
		return at
	case <-time.After(time.Minute):
		t.Fatalf("%s does not listen", cmd.Path)
		return ""
	}
}
