package prometheustest

import (
	"errors"

	"golang.org/x/sys/unix"
)

// waitStopped waits until a child process has ended or stopped, without reaping it.
func waitStopped(pid int) error {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WSTOPPED|unix.WNOWAIT, nil)
		if errors.Is(err, unix.ECHILD) {
			return nil // it has ended and is reaped already
		}
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
