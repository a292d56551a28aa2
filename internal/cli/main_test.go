package cli_test

import (
	"os"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
)

// A case is two compiles: half of rapid's usual number.
func TestMain(m *testing.M) { os.Exit(rapidtest.RunFewer(m, 2)) }
