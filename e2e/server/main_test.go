package server

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"go.temporal.io/server/common/headers"

	"github.com/temporal-dsql/temporal-dsql/e2e/product"
)

// compiled are the artefacts of every preset x modifier for this server.
var compiled []product.Artefacts

func TestMain(m *testing.M) {
	if file := os.Getenv(serveVariable); file != "" {
		if err := serve(file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	product.Main(minor(headers.ServerVersion), func(all []product.Artefacts) { compiled = all }, m.Run)
}

// minor is the version as the product names it: "1.32" of "1.32.1".
func minor(version string) string {
	return version[:strings.LastIndex(version, ".")]
}

func eachVariant(t *testing.T, test func(*testing.T, product.Artefacts)) {
	for _, a := range compiled {
		t.Run(a.Name(), func(t *testing.T) { test(t, a) })
	}
}

func path(t *testing.T, a product.Artefacts, name string) string {
	t.Helper()
	path, err := a.Path(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, a product.Artefacts, name string) []byte {
	t.Helper()
	text, err := a.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
