package cli_test

import (
	"errors"
	"log"
	"os"
	"path/filepath"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
)

// A case is two compiles: half of rapid's usual number.
func TestMain(m *testing.M) {
	code, err := runOutside(m)
	if err != nil {
		log.Fatal(err)
	}
	os.Exit(code)
}

// repository is the folder of the repository.
var repository string

// runOutside runs the tests in a folder outside the repository, as users run commands: its module is not theirs.
func runOutside(m *testing.M) (code int, err error) {
	if repository, err = filepath.Abs("../.."); err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "temporal-dsql-cli-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chdir(dir); err != nil {
		return 0, err
	}
	return rapidtest.RunFewer(m, 2), nil
}
