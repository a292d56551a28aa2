package cli_test

import (
	"log"
	"os"
	"path/filepath"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
)

// A case is two compiles: half of rapid's usual number.
func TestMain(m *testing.M) { os.Exit(runOutside(m)) }

// repository is the folder of the repository.
var repository string

// runOutside runs the tests in a folder outside the repository, as users run commands: its module is not theirs.
func runOutside(m *testing.M) int {
	var err error
	if repository, err = filepath.Abs("../.."); err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "temporal-dsql-cli-")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.Chdir(dir); err != nil {
		log.Fatal(err)
	}
	return rapidtest.RunFewer(m, 2)
}
