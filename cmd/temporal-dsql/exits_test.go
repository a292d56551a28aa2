package main

import (
	"errors"
	"os/exec"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

// exits runs a command and wants one exit code: exits CODE temporal-dsql ARGUMENTS… in a
// worker, exits CODE exec COMMAND… as a process.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || args[1] != commandName && args[1] != "exec" {
		ts.Fatalf("usage: exits CODE temporal-dsql ARGUMENTS…, or exits CODE exec COMMAND…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	var got int
	if args[1] == commandName {
		got = runInWorker(ts, args[2:]).Code
	} else {
		got = runProcess(ts, args[2:])
	}
	if got != want {
		ts.Fatalf("%v exits with %d, not %d", args[1:], got, want)
	}
}

// runProcess runs a process and returns its exit code.
func runProcess(ts *testscript.TestScript, args []string) int {
	err := ts.Exec(args[0], args[1:]...)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return exit.ExitCode()
	case err != nil:
		ts.Fatalf("run %s: %v", args[0], err)
	}
	return 0
}
