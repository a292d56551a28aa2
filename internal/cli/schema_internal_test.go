package cli

import (
	"testing"

	"github.com/spf13/cobra"
)

// TestEveryDocumentHasSchema checks that every command that prints a document has a
// schema.
func TestEveryDocumentHasSchema(t *testing.T) {
	known := map[string]bool{}
	for _, d := range schemaEntries() {
		known[d.Source] = true
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
	visit((&app{}).rootCommand(), "")
}
