package main

import (
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
)

// commandName is the name of the command.
const commandName = "temporal-dsql"

// commands that this test binary runs, by the name it is called with
var commands = map[string]func(){commandName: runCommand}

func TestMain(m *testing.M) {
	if command := commands[filepath.Base(os.Args[0])]; command != nil {
		command()
		os.Exit(0)
	}
	if os.Getenv(workerVariable) != "" {
		if err := serveRequests(); err != nil {
			log.Fatal("worker: ", err)
		}
		return
	}
	os.Exit(runTests(m))
}

// runTests runs the tests with the command on the path.
func runTests(m *testing.M) int {
	self, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	bin, err := os.MkdirTemp("", "temporal-dsql-bin-")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(bin) }()
	if err := os.Symlink(self, filepath.Join(bin, commandName)); err != nil {
		log.Print(err)
		return 1
	}
	if err := os.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH")); err != nil {
		log.Print(err)
		return 1
	}
	code := m.Run()
	if err := stopWorkers(); err != nil {
		log.Print("stop workers: ", err)
		return 1
	}
	return code
}

// TestScripts runs the command line as users do; each script is one concern.
func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	known, err := compile.Embedded().Versions()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			env.Values[lentWorker{}] = &lentWorker{}
			env.Setenv("REPO", root)
			env.Setenv("SERVERS", strings.Join(known.TemporalServers, ", "))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			commandName:  inWorker,
			"exits":      exits,
			"observe":    observe,
			"shift":      shift,
			"prometheus": prometheus,
			"cloudwatch": cloudwatch,
			"serving":    serving,
			"id":         id,
		},
	})
}
