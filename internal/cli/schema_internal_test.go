package cli

import (
	"testing"

	"github.com/spf13/cobra"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
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
			t.Errorf("%s has -o, and no schema: name it in schemaEntries", path)
		}
		for _, sub := range c.Commands() {
			below := sub.Name()
			if path != "" {
				below = path + " " + below
			}
			visit(sub, below)
		}
	}
	visit((&app{App: &command.App{}}).rootCommand(), "")
}
