package policy_test

import (
	"os"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/rapidtest"
)

// Most cases are compiles: half of rapid's usual number.
func TestMain(m *testing.M) { os.Exit(rapidtest.RunFewer(m, 2)) }
