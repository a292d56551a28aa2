// Temporal-dsql compiles configurations for Temporal on Aurora DSQL.
package main

import (
	"os"

	"github.com/temporal-dsql/temporal-dsql/internal/cli"
)

func main() { os.Exit(cli.Main()) }
