// Command goworker is a Temporal worker whose options come from a generated
// worker_options.go. The server tests copy this module, add the generated
// packages to it and build it: so the generated code is compiled against the
// real SDK, and a real worker runs with it.
//
//	goworker VARIANT ADDRESS NAMESPACE TASK_QUEUE
//
// It prints its settings as a line of JSON when it polls, and stops at the end of
// its standard input.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
)

// variant is the generated package of one preset x modifier.
type variant struct {
	options func() (worker.Options, error)
	apply   func()
}

// variants is filled in by a generated file.
var variants = map[string]variant{}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "goworker:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 4 {
		return fmt.Errorf("want VARIANT ADDRESS NAMESPACE TASK_QUEUE, got %q", args)
	}
	v, ok := variants[args[0]]
	if !ok {
		return fmt.Errorf("find variant %s among %d", args[0], len(variants))
	}
	c, err := client.Dial(client.Options{
		HostPort: args[1], Namespace: args[2], Logger: quiet{}, WorkerHeartbeatInterval: time.Second,
	})
	if err != nil {
		return err
	}
	defer c.Close()

	v.apply()
	options, err := v.options()
	if err != nil {
		return err
	}
	w := worker.New(c, args[3], options)
	w.RegisterWorkflow(Greet)
	w.RegisterActivity(Compose)
	if err := w.Start(); err != nil {
		return err
	}
	defer w.Stop()

	if err := json.NewEncoder(os.Stdout).Encode(settingsOf(options)); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}
