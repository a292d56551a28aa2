package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	dsql "github.com/temporal-dsql/temporal-dsql"
	"github.com/temporal-dsql/temporal-dsql/internal/cli"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile/compiletest"
	"github.com/temporal-dsql/temporal-dsql/internal/config/policy"
)

// A process of the command spends most of its time on loading schema and policies. Scripts therefore run
// commands in workers: processes that keep both, and run one command line after the other, each with its own
// folder, environment and input. exec still starts a process.

// A request is one command line for a worker.
type request struct {
	Args, Env []string
	Dir       string
}

// A response is what a command printed, and its exit code.
type response struct {
	Stdout, Stderr string
	Code           int
}

// workerVariable makes a process of this test binary a worker.
const workerVariable = "TEMPORAL_DSQL_TEST_WORKER"

// gcPercent is GOGC of a worker, most of whose memory is what engines keep.
const gcPercent = 400

// memoryLimit is the memory, in bytes, above which a worker collects garbage more often: commands that evaluate
// end with an error at [budget.EvaluationMemory].
const memoryLimit = 3 << 30

// serveRequests answers requests from standard input until it ends.
func serveRequests() error {
	compiletest.ShareEngines()
	policy.ShareGuardRails(dsql.Files)
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(memoryLimit)
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var r request
		if err := in.Decode(&r); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		said, err := r.run()
		if err != nil {
			return err
		}
		if err := out.Encode(said); err != nil {
			return err
		}
	}
}

// run runs a command line in this process.
func (r request) run() (said response, err error) {
	os.Clearenv()
	for _, variable := range r.Env {
		name, value, _ := strings.Cut(variable, "=")
		if err := os.Setenv(name, value); err != nil {
			return said, err
		}
	}
	// commands collect garbage in their own way unless the environment says how
	if err := os.Setenv("GOGC", strconv.Itoa(gcPercent)); err != nil {
		return said, err
	}
	if err := os.Chdir(r.Dir); err != nil {
		return said, err
	}
	var files [3]*os.File // standard input, which is empty, output and error
	for i := range files {
		if files[i], err = os.CreateTemp("", "temporal-dsql-"); err != nil {
			return said, err
		}
		defer func() { err = errors.Join(err, files[i].Close()) }()
		if err := os.Remove(files[i].Name()); err != nil {
			return said, err
		}
	}
	stdin, stdout, stderr := os.Stdin, os.Stdout, os.Stderr
	os.Stdin, os.Stdout, os.Stderr = files[0], files[1], files[2]
	said.Code = cli.Run(context.Background(), r.Args, files[1], files[2], os.Getenv)
	os.Stdin, os.Stdout, os.Stderr = stdin, stdout, stderr
	for i, into := range map[int]*string{1: &said.Stdout, 2: &said.Stderr} {
		if _, err := files[i].Seek(0, io.SeekStart); err != nil {
			return said, err
		}
		text, err := io.ReadAll(files[i])
		if err != nil {
			return said, err
		}
		*into = string(text)
	}
	return said, os.Chdir("/") // a script removes its folder
}

// workers are as many workers as scripts run at once, started when they are first needed. A script keeps its worker,
// which keeps the engine of the script's module.
var workers = sync.OnceValue(func() chan *worker {
	all := make(chan *worker, runtime.GOMAXPROCS(0))
	for range cap(all) {
		all <- &worker{}
	}
	return all
})

// A worker is a process that runs command lines, started with the first.
type worker struct {
	in   *json.Encoder
	out  *json.Decoder
	stop func() error
}

// lentWorker is the worker of a script, nil before its first command.
type lentWorker struct{ *worker }

// workerOf returns the worker of a script, until its end.
func workerOf(ts *testscript.TestScript) *worker {
	lent := ts.Value(lentWorker{}).(*lentWorker)
	if lent.worker == nil {
		lent.worker = <-workers()
		ts.Defer(func() { workers() <- lent.worker })
	}
	return lent.worker
}

// socketVariable names the socket of the worker that a process of the command leaves its command line to.
const socketVariable = "TEMPORAL_DSQL_TEST_SOCKET"

// listenForCommands lends a test a worker, and returns the variable by which processes of the command use it.
func listenForCommands(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "temporal-dsql-") // the path of a socket has to be short
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "worker")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	w := <-workers()
	done := make(chan error, 1)
	go func() { done <- w.answer(listener) }()
	t.Cleanup(func() {
		_ = listener.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
		workers() <- w
		_ = os.RemoveAll(dir)
	})
	return socketVariable + "=" + socket
}

// answer runs what processes ask for, one after the other, until the listener is closed.
func (w *worker) answer(listener net.Listener) error {
	defer func() { _ = listener.Close() }()
	for {
		process, err := listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			return err
		}
		if err := w.answerProcess(process); err != nil {
			return err
		}
	}
}

func (w *worker) answerProcess(process net.Conn) error {
	defer func() { _ = process.Close() }()
	var r request
	if err := json.NewDecoder(process).Decode(&r); err != nil {
		return err
	}
	said, err := w.run(r)
	if err != nil {
		return err
	}
	return json.NewEncoder(process).Encode(said)
}

// runCommand is the command as a process: it leaves the work to a worker where there is one.
func runCommand() {
	socket := os.Getenv(socketVariable)
	if socket == "" {
		main()
	}
	said, err := askWorker(socket)
	if err != nil {
		log.Fatal("ask worker: ", err)
	}
	fmt.Fprint(os.Stdout, said.Stdout)
	fmt.Fprint(os.Stderr, said.Stderr)
	os.Exit(said.Code)
}

// askWorker sends the command line of this process to a worker.
func askWorker(socket string) (said response, err error) {
	dir, err := os.Getwd()
	if err != nil {
		return said, err
	}
	worker, err := net.Dial("unix", socket)
	if err != nil {
		return said, err
	}
	if err := json.NewEncoder(worker).Encode(request{os.Args[1:], os.Environ(), dir}); err != nil {
		return said, err
	}
	return said, json.NewDecoder(worker).Decode(&said)
}

// stopWorkers ends the processes of all workers, none of which runs a command.
func stopWorkers() error {
	var all []error
	for range cap(workers()) {
		if w := <-workers(); w.in != nil {
			all = append(all, w.stop())
		}
	}
	return errors.Join(all...)
}

// start starts the process.
func (w *worker) start() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), workerVariable+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	w.in, w.out = json.NewEncoder(in), json.NewDecoder(out)
	w.stop = func() error { return errors.Join(in.Close(), cmd.Wait()) }
	return cmd.Start()
}

// run runs a command line in the worker.
func (w *worker) run(r request) (said response, err error) {
	if w.in == nil {
		if err := w.start(); err != nil {
			return said, fmt.Errorf("start worker: %w", err)
		}
	}
	if err := w.in.Encode(r); err != nil {
		return said, fmt.Errorf("ask worker: %w", err)
	}
	if err := w.out.Decode(&said); err != nil {
		w.in = nil // it has ended
		return said, fmt.Errorf("run %q in worker: %w", r.Args, err)
	}
	return said, nil
}

// inWorker runs the command in a worker: temporal-dsql ARGUMENTS…
func inWorker(ts *testscript.TestScript, neg bool, args []string) {
	said := runInWorker(ts, args)
	if neg == (said.Code == 0) {
		ts.Fatalf("temporal-dsql %q exits with %d", args, said.Code)
	}
}

// runInWorker runs the command with the folder and the environment of a script.
func runInWorker(ts *testscript.TestScript, args []string) response {
	r := request{Args: args, Dir: ts.MkAbs(".")}
	r.Env = append(r.Env, "PWD="+r.Dir)
	for _, name := range scriptVariables() {
		if value := ts.Getenv(name); value != "" {
			r.Env = append(r.Env, name+"="+value)
		}
	}
	said, err := workerOf(ts).run(r)
	ts.Check(err)
	_, _ = io.WriteString(ts.Stdout(), said.Stdout)
	_, _ = io.WriteString(ts.Stderr(), said.Stderr)
	return said
}

// scriptVariables are the names of the environment variables that scripts have and set.
var scriptVariables = sync.OnceValue(func() []string {
	names := map[string]bool{"WORK": true, "PATH": true, "HOME": true, "TMPDIR": true, "REPO": true}
	for _, name := range cloudwatchVariables {
		names[name] = true
	}
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil {
		panic(err)
	}
	for _, name := range scripts {
		text, err := os.ReadFile(name)
		if err != nil {
			panic(err)
		}
		for _, set := range variableSet.FindAllStringSubmatch(string(text), -1) {
			names[set[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
})

var variableSet = regexp.MustCompile(`(?m)^env (\w+)=`)
