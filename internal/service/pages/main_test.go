package pages_test

import (
	"os"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/service/api/apitest"
)

// The Prometheus that all tests ask.
var world *apitest.World

func TestMain(m *testing.M) { os.Exit(apitest.Main(m, &world)) }
