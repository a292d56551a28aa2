package command_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/worker"
	"github.com/temporal-dsql/temporal-dsql/internal/service/client"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// Each kind of error has its exit code, also if another error wraps it.
func TestExitCodes(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"success":                         {nil, 0},
		"findings":                        {command.FindingsError{Errors: 1}, 1},
		"outdated files":                  {command.OutdatedError{}, 1},
		"a printed verdict":               {command.VerdictError{Code: 4}, 4},
		"a wrong argument":                {command.NewUsageError("two presets", ""), 2},
		"a flag that cobra rejects":       {command.ErrCommandLine, 2},
		"an unreadable input":             {&source.Error{}, 2},
		"a request that is not valid":     {&behaviour.RequestError{}, 2},
		"an evaluation over its limit":    {&command.EvaluationError{}, 2},
		"a request that is refused":       {&client.Problem{Status: 409}, 2},
		"a failure of the service":        {&client.Problem{Status: 502}, 3},
		"a service that does not answer":  {&client.UnreachableError{Err: context.Canceled}, 3},
		"a frontend that does not answer": {&worker.ConnectionError{Err: context.Canceled}, 3},
		"a full disk":                     {command.ErrIO, 3},
		"an unknown error":                {errors.New("no luck"), 3},
		"an interrupt":                    {context.Canceled, 130},
	} {
		if got := command.ExitCode(c.err); got != c.want {
			t.Errorf("%s: exit code %d, want %d", name, got, c.want)
		}
		if c.err == nil {
			continue
		}
		if got := command.ExitCode(fmt.Errorf("compile: %w", c.err)); got != c.want {
			t.Errorf("%s, wrapped: exit code %d, want %d", name, got, c.want)
		}
	}
}
