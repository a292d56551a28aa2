package server

import (
	"os"
	"os/exec"
	"testing"

	"go.temporal.io/sdk/client"

	"github.com/temporal-dsql/temporal-dsql/e2e/product"
)

const (
	taskQueue = "e2e"

	// serveVariable names the file that makes a test binary run serve.
	serveVariable = "E2E_SERVE"

	// temporaltest looks for one free port and takes the three after it as well:
	// now and then one of those is taken.
	attempts = 3
)

// startServer starts a server on the variant's file, in a process of its own,
// and stops it when the test ends.
func startServer(t *testing.T, a product.Artefacts) address {
	t.Helper()
	file := path(t, a, "dynamic_config.yaml")
	var err error
	for range attempts {
		serve := exec.Command(os.Args[0])
		serve.Env = append(os.Environ(), serveVariable+"="+file)
		var up address
		if err = start(t, serve, &up); err == nil {
			return up
		}
		t.Log(err)
	}
	t.Fatalf("start a server, %d times: %v", attempts, err)
	return address{}
}

// startWorker runs the worker program with one variant's generated options
// against a server, and stops it when the test ends. It returns the settings that
// the worker runs with; see goworker.
func startWorker(t *testing.T, program, variant string, server address) map[string]any {
	t.Helper()
	var settings map[string]any
	cmd := exec.Command(program, variant, server.HostPort, server.Namespace, taskQueue)
	if err := start(t, cmd, &settings); err != nil {
		t.Fatal(err)
	}
	return settings
}

func dial(t *testing.T, server address) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: server.HostPort, Namespace: server.Namespace})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}
