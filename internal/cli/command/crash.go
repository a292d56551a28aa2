package command

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
)

// crashReporter is the environment variable of a process that only reports the crash of its parent.
const crashReporter = "TEMPORAL_DSQL_CRASH_REPORTER"

// IsCrashReporter reports whether the process only reports the crash of its parent.
func IsCrashReporter() bool { return os.Getenv(crashReporter) != "" }

// ReportCrash reads what Go writes when its parent crashes, and writes what that means to users.
func ReportCrash(trace io.Reader, stderr io.Writer) {
	const longest = 1 << 20
	var text bytes.Buffer
	_, _ = io.CopyN(&text, trace, longest) // as much as there is
	_, _ = io.Copy(io.Discard, trace)
	if text.Len() == 0 {
		return // the parent ended by itself
	}
	if message := explainCrash(text.Bytes()); message != "" {
		fmt.Fprintln(stderr, message)
		return
	}
	_, _ = stderr.Write(text.Bytes()) // a mistake in the program
}

// explainCrash returns an error for what no recovery can stop in Go: memory that the system refuses. It returns "" for other
// crashes.
func explainCrash(trace []byte) string {
	if !bytes.Contains(trace, []byte("out of memory")) && !bytes.Contains(trace, []byte("cannot allocate memory")) {
		return ""
	}
	at := "an operation"
	if m := callPattern().FindSubmatch(trace); m != nil {
		at = "a call of " + string(m[1]) + "." + string(m[2]) + " in CUE"
	} else if bytes.Contains(trace, []byte("/internal/core/adt.BinOp(")) {
		at = "an operator in CUE"
	}
	return "temporal-dsql: " + at + " asks for more memory than there is\n" +
		"  remedy: look for texts and lists that are repeated, multiplied, joined or replaced to huge ones"
}

// callPattern matches a function of CUE's standard library in a trace of Go.
var callPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^cuelang\.org/go/pkg/(?:[a-z]+/)*([a-z0-9]+)\.([A-Z]\w*)\(`)
})

// WatchCrashes starts a process that reports a crash of this one, if the command evaluates CUE of the user, and returns the
// file for messages, and a function that ends that process. Go cannot recover from memory that the system refuses, and its
// trace says nothing to users. The first process of a container has none: all others end with it.
func WatchCrashes(args []string, dir string) (stderr *os.File, stop func()) {
	isLimited := func(arg string) bool { return slices.Contains(limitedCommands, arg) }
	dir, err := filepath.Abs(dir)
	if err != nil || os.Getpid() == 1 || !slices.ContainsFunc(args, isLimited) || !cuefile.IsInModule(dir) {
		return os.Stderr, func() {}
	}
	if stderr, stop, err = redirectCrashes(); err != nil {
		return os.Stderr, func() {} // a crash is reported as Go does
	}
	return stderr, stop
}

// redirectCrashes starts the reporter, makes it the standard error that Go writes its traces to, and returns the file for
// messages. To stop is to end the reporter, which would else outlive this process for a moment: the first process of some
// containers leaves such processes behind.
func redirectCrashes() (messages *os.File, stop func(), err error) {
	program, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	trace, toReporter, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = trace.Close() }()
	defer func() { _ = toReporter.Close() }()
	reporter := exec.Command(program)
	reporter.Args = os.Args[:1]
	reporter.Env = append(os.Environ(), crashReporter+"=1")
	reporter.Stdin, reporter.Stderr = trace, os.Stderr
	reporter.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt ends the parent alone
	stderr, err := unix.FcntlInt(os.Stderr.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	messages = os.NewFile(uintptr(stderr), os.Stderr.Name())
	if err := reporter.Start(); err != nil {
		return nil, nil, err
	}
	traces := int(os.Stderr.Fd())
	if err := unix.Dup2(int(toReporter.Fd()), traces); err != nil {
		return nil, nil, errors.Join(err, reporter.Process.Kill(), reporter.Wait())
	}
	os.Stderr = messages
	return messages, func() {
		_ = unix.Dup2(stderr, traces)
		_ = reporter.Process.Kill()
		_ = reporter.Wait()
	}, nil
}
