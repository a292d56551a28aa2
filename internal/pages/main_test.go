package pages_test

import (
	"os"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/server/servertest"
)

// The Prometheus that all tests ask.
var world *servertest.World

func TestMain(m *testing.M) { os.Exit(servertest.Main(m, &world)) }
