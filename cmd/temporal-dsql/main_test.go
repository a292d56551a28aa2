package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
)

// commands that this test binary stands for, by the name it is called with
var commands = map[string]func(){"temporal-dsql": main}

func TestMain(m *testing.M) { testscript.Main(m, commands) }

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
			env.Setenv("REPO", root)
			env.Setenv("SERVERS", strings.Join(known.TemporalServers, ", "))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "observe": observe, "shift": shift, "prometheus": prometheus, "serving": serving, "id": id},
	})
}
