package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/cli/localservice"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/worker"
	"github.com/temporal-dsql/temporal-dsql/internal/service/client"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
	"github.com/temporal-dsql/temporal-dsql/internal/suggest"
)

// reportError prints an error once, with its remedy.
func (a *app) reportError(cmd *cobra.Command, err error) {
	say := func(format string, args ...any) {
		fmt.Fprintf(a.Stderr, "temporal-dsql: "+format+"\n", args...)
	}
	var no command.FindingsError
	var old command.OutdatedError
	var usage command.UsageError
	var requestErr *behaviour.RequestError
	var input *source.Error
	var verdict command.VerdictError
	var problem *client.Problem
	var unreachable *client.UnreachableError
	var away *worker.ConnectionError
	var exceeded *command.EvaluationError
	switch {
	case errors.As(err, &verdict): // already printed
		return
	case errors.As(err, &problem):
		a.reportProblem(problem)
	case errors.As(err, &unreachable):
		say("%v", err)
		a.PrintRemedy(
			"check that temporal-dsql serve runs there; without --server and $" + localservice.ServerVariable + ", the local store is used",
		)
	case errors.As(err, &away):
		say("%v", err)
		a.PrintRemedy("check the frontend's gRPC address, the TLS settings and the namespace")
	case errors.As(err, &exceeded):
		say("%v", exceeded)
		a.PrintRemedy(exceeded.Remedy)
	case errors.As(err, &old):
		say("%v", old)
	case errors.As(err, &no):
		say("%v", no)
	case errors.As(err, &input):
		for _, p := range input.Problems {
			line := p.Message
			if input.Doing != "" {
				line = input.Doing + ": " + line
			}
			if !p.Pos.IsZero() {
				line = p.Pos.String() + ": " + line
			}
			say("%s", line)
			a.PrintRemedy(suggestPath(p.Missing, p.Remedy))
		}
	case errors.As(err, &requestErr):
		say("%v", requestErr)
		a.PrintRemedy(requestErr.Remedy)
	case errors.As(err, &usage):
		say("%v", usage.Message)
		a.PrintRemedy(suggestPath(usage.Missing, cmp.Or(usage.Remedy, "see "+cmd.CommandPath()+" --help")))
	case errors.Is(err, context.Canceled):
		say("interrupted")
	case errors.Is(err, command.ErrCommandLine):
		say("%s", strings.TrimPrefix(err.Error(), command.ErrCommandLine.Error()+": "))
		a.PrintRemedy("see " + cmd.CommandPath() + " --help")
	default:
		say("%v", err)
		a.PrintRemedy(suggestPath(missingPath(err), cmp.Or(writeRemedy(err), listenRemedy(err))))
	}
}

// missingPath returns the path that a file error says does not exist, or "".
func missingPath(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) && errors.Is(at, fs.ErrNotExist) && !isWriteError(err, at) {
		return at.Path
	}
	return ""
}

// isWriteError reports whether a file or folder could not be made or written.
func isWriteError(err error, at *fs.PathError) bool {
	return errors.Is(err, command.ErrIO) || at.Op == "mkdir"
}

// suggestPath adds the existing path nearest to a missing one to a remedy.
func suggestPath(missing, remedy string) string {
	near := ""
	if missing != "" {
		near = suggest.NearestPath(missing)
	}
	switch {
	case near == "":
		return cmp.Or(remedy, describePath(missing))
	case remedy == "":
		return "did you mean " + near + "?"
	}
	return "did you mean " + near + "? " + remedy
}

// describePath returns the folder in which a missing path ends, or "".
func describePath(missing string) string {
	path, err := filepath.Abs(missing)
	for missing != "" && err == nil && filepath.Dir(path) != path {
		if _, gone := os.Stat(filepath.Dir(path)); gone == nil {
			return fmt.Sprintf("check the path: %s has no %s", filepath.Dir(path), filepath.Base(path))
		}
		path = filepath.Dir(path)
	}
	return ""
}

// writeRemedy returns the remedy for a file or folder that cannot be written, or "".
func writeRemedy(err error) string {
	var at *fs.PathError
	switch {
	case !errors.As(err, &at) || !isWriteError(err, at):
		return ""
	case errors.Is(err, syscall.ENOSPC):
		return "free disk space, or name a folder on another disk"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return "name a folder that this user can write to"
	}
	return "name a folder that exists or can be created"
}

// listenRemedy returns the remedy for an address that a service cannot listen on, or "".
func listenRemedy(err error) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return "end the process that listens there, or use another address: --listen HOST:PORT"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "use an address of this machine: --listen HOST:PORT"
	}
	return ""
}

// reportProblem prints a problem of the service.
func (a *app) reportProblem(p *client.Problem) {
	fmt.Fprintf(a.Stderr, "temporal-dsql: %v\n", p)
	a.PrintRemedy(cmp.Or(p.RemedyCode.CommandLine(), p.Remedy))
	if p.Status >= 500 && p.RequestID != "" {
		fmt.Fprintf(a.Stderr, "  request: %s\n", p.RequestID)
	}
}
