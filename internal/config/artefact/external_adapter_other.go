//go:build !unix

package artefact

import (
	"os"
	"os/exec"
)

// setProcessGroup does nothing: there are no process groups.
func setProcessGroup(*exec.Cmd) {}

// killProcessGroup ends the command alone.
func killProcessGroup(cmd *exec.Cmd) error {
	if cmd.Process == nil {
		return os.ErrProcessDone
	}
	return cmd.Process.Kill()
}
