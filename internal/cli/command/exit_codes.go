package command

import (
	"context"
	"errors"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/worker"
	"github.com/temporal-dsql/temporal-dsql/internal/service/client"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// Exit codes, the same for every command.
const (
	ExitFine         = 0
	ExitRefused      = 1 // a guard rail, constraint or verdict failed
	ExitUsage        = 2 // the command line or an input is invalid
	ExitInternal     = 3 // I/O or internal error
	ExitInconclusive = 4 // evidence is missing
	ExitInterrupted  = 130
)

// ExitCode returns the exit code for the error with which a command ends. The first kind that an error has, or wraps, counts.
func ExitCode(err error) int {
	var verdict VerdictError
	var problem *client.Problem
	switch {
	case err == nil:
		return ExitFine
	case errors.As(err, &verdict):
		return verdict.Code
	case errors.As(err, &problem):
		if problem.Status < 500 {
			return ExitUsage
		}
		return ExitInternal
	case isOf[*client.UnreachableError](err), isOf[*worker.ConnectionError](err):
		return ExitInternal
	case isOf[*EvaluationError](err):
		return ExitUsage
	case isOf[OutdatedError](err), isOf[FindingsError](err):
		return ExitRefused
	case isOf[*source.Error](err), isOf[*behaviour.RequestError](err), isOf[UsageError](err):
		return ExitUsage
	case errors.Is(err, context.Canceled):
		return ExitInterrupted
	case errors.Is(err, ErrCommandLine):
		return ExitUsage
	}
	return ExitInternal
}

// isOf reports whether an error has a type, or wraps one that has.
func isOf[E error](err error) bool {
	var found E
	return errors.As(err, &found)
}
