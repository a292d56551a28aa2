package helm

import (
	"testing"

	"github.com/temporal-dsql/temporal-dsql/e2e/product"
)

var compiled []product.Artefacts

func TestMain(m *testing.M) {
	product.Main("", func(all []product.Artefacts) { compiled = all }, m.Run)
}
