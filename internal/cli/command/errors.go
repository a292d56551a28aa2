package command

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/temporal-dsql/temporal-dsql/internal/words"
)

// FindingsError reports that findings, which are already printed, block the command.
type FindingsError struct {
	Errors, Warnings int    // blocking findings
	Out              string // the folder that was not written; "" if there is none
}

func (r FindingsError) Error() string {
	text := words.Count(r.Errors, "error")
	if r.Warnings > 0 {
		text += " and " + words.Count(r.Warnings, "warning")
	}
	if r.Out != "" {
		text += ": nothing was written to " + r.Out
	}
	return text
}

// UsageError reports an invalid command line.
type UsageError struct {
	Message, Remedy string
	// Missing is the path that does not exist, if that is the problem.
	Missing string
}

// NewUsageError returns an error of the command line, with its remedy.
func NewUsageError(message, remedy string) UsageError {
	return UsageError{Message: message, Remedy: remedy}
}

// NewFileError returns an error of a file that the command line names, with its remedy.
func NewFileError(doing string, err error, remedy string) UsageError {
	e := NewUsageError(doing+": "+err.Error(), remedy)
	var at *fs.PathError
	if errors.As(err, &at) && errors.Is(at, fs.ErrNotExist) {
		e.Missing = at.Path
	}
	return e
}

func (u UsageError) Error() string { return u.Message }

// ErrCommandLine marks cobra's errors about flags.
var ErrCommandLine = errors.New("command line")

// ErrIO marks errors of the machine, not of the user.
var ErrIO = errors.New("cannot write")

// VerdictError sets the exit code of a verdict that is already printed.
type VerdictError struct{ Code int }

func (VerdictError) Error() string { return "verdict already printed" }

// OutdatedError reports files that differ. Their states are already printed.
type OutdatedError struct {
	folder string
	files  int
	writer string
}

func (o OutdatedError) Error() string {
	return fmt.Sprintf("%s: %s not up to date with %s; update the folder with --out instead of --check", o.folder,
		words.Count(o.files, "file"), o.writer)
}
