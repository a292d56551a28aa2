package cli

import (
	"testing"

	"github.com/spf13/cobra"
)

// Every command that prints a document has a schema for it.
func TestEveryDocumentHasASchema(t *testing.T) {
	known := map[string]bool{}
	for _, d := range documents() {
		known[d.Of] = true
	}
	var visit func(c *cobra.Command, path string)
	visit = func(c *cobra.Command, path string) {
		if c.Flags().Lookup("output") != nil && !known[path] {
			t.Errorf("%s has -o, and no schema: name it in documents", path)
		}
		for _, sub := range c.Commands() {
			below := sub.Name()
			if path != "" {
				below = path + " " + below
			}
			visit(sub, below)
		}
	}
	visit((&app{}).root(), "")
}
