package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// registerShape adds the flags that state the shape of the workload and the latencies of the
// database.
func registerShape(a *app, cmd *cobra.Command, workload, database *[]string) {
	f := cmd.Flags()
	f.StringArrayVar(workload, "workload", nil, "`FIELD=NUMBER` of a typical workflow, such as activities=10; can be repeated")
	f.StringArrayVar(database, "database", nil, "`FIELD=NUMBER`: statement_ms or commit_ms of the database; can be repeated")
	for flag, read := range map[string]func(*compile.Engine) (map[string]float64, error){
		"workload": (*compile.Engine).TypicalWorkload, "database": (*compile.Engine).TypicalDatabase,
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, a.CompleteFrom(func(e *compile.Engine) ([]string, error) {
			typical, err := read(e)
			var found []string
			for _, field := range slices.Sorted(maps.Keys(typical)) {
				found = append(found, fmt.Sprintf("%s=\t%v where it is not stated", field, typical[field]))
			}
			return found, err
		}))
	}
}

// applyShape adds the stated shape and latencies to a request.
func applyShape(engine *compile.Engine, req *compile.Request, workload, database []string) error {
	for _, flag := range []struct {
		name string
		args []string
		read func() (map[string]float64, error)
		into *map[string]any
	}{
		{"workload", workload, engine.TypicalWorkload, &req.Workload},
		{"database", database, engine.TypicalDatabase, &req.Database},
	} {
		if len(flag.args) == 0 {
			continue
		}
		typical, err := flag.read()
		if err != nil {
			return err
		}
		known := slices.Sorted(maps.Keys(typical))
		if *flag.into == nil {
			*flag.into = map[string]any{}
		}
		for _, arg := range flag.args {
			field, text, _ := strings.Cut(arg, "=")
			if _, ok := typical[field]; !ok {
				remedy := "use one of " + strings.Join(known, ", ")
				if near := suggest.NearestName(field, known); near != "" {
					remedy = fmt.Sprintf("did you mean %s?", near)
				}
				return command.NewUsageError(fmt.Sprintf("--%s: unknown field %q", flag.name, field), remedy)
			}
			n, err := strconv.ParseFloat(text, 64)
			if err != nil || n < 0 || n > 1e6 || n != n {
				return command.NewUsageError(fmt.Sprintf("--%s %s: expected a number from 0, found %q", flag.name, field, text),
					fmt.Sprintf("for example --%s %s=%v", flag.name, field, typical[field]))

			}
			(*flag.into)[field] = compile.IntegralNumber(n)
		}
	}
	return nil
}
