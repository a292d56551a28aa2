//go:build unix

package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"syscall"
)

// measureName is the command that runs another one and writes its largest resident set, in
// KB, to file descriptor 3. A child's figure starts with that of the process it was forked
// from, and tests grow large, so a fresh process measures it.
const measureName = "measure"

func init() { commands[measureName] = runMeasured }

func runMeasured() {
	cmd := exec.Command(os.Args[1], os.Args[2:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		log.Fatal(err)
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if _, err := fmt.Fprint(os.NewFile(3, "peak"), usage.Maxrss); err != nil {
		log.Fatal(err)
	}
	os.Exit(cmd.ProcessState.ExitCode())
}

// runWithPeak runs a command under runMeasured, at the path measure, and returns its largest
// resident set in KB. The error is that of the command.
func runWithPeak(measure string, cmd *exec.Cmd) (kilobytes int, err error) {
	reading, writing, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer func() { _ = reading.Close() }()
	cmd.Args = append([]string{measure, cmd.Path}, cmd.Args[1:]...)
	cmd.Path, cmd.ExtraFiles = measure, []*os.File{writing}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	if cmd.Cancel != nil { // the end of its context ends both processes
		cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	}
	err = errors.Join(cmd.Start(), writing.Close())
	if err != nil {
		return 0, err
	}
	_, scanErr := fmt.Fscan(reading, &kilobytes)
	if err := cmd.Wait(); err != nil {
		return kilobytes, err
	}
	return kilobytes, scanErr
}
