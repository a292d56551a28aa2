package server

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/temporal"
	"go.temporal.io/server/temporaltest"
)

// address is where a server listens and the namespace that it has.
type address struct{ HostPort, Namespace string }

// serve runs a Temporal server on a dynamic-config file until the standard input
// ends. It prints the server's address when it is up.
func serve(file string) error {
	client, err := fileClient(file, make(chan any))
	if err != nil {
		return err
	}
	server := temporaltest.NewServer(
		temporaltest.WithBaseServerOptions(temporal.WithDynamicConfigClient(client)))
	up := address{server.GetFrontendHostPort(), server.GetDefaultNamespace()}
	if err := json.NewEncoder(os.Stdout).Encode(up); err != nil {
		return fmt.Errorf("say the address: %w", err)
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// fileClient reads the file as a production server does, until done closes.
func fileClient(file string, done chan any) (dynamicconfig.Client, error) {
	return dynamicconfig.NewFileBasedClient(
		&dynamicconfig.FileBasedClientConfig{Filepath: file, PollInterval: time.Minute},
		log.NewNoopLogger(), done)
}
