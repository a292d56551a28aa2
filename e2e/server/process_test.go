package server

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"testing"
	"time"
)

// start runs a program that prints a line of JSON when it is ready, and stops at
// the end of its standard input, which comes when the test ends.
func start(t *testing.T, cmd *exec.Cmd, ready any) error {
	t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	late := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer late.Stop()

	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, ready)
	}
	if err != nil {
		stdin.Close()
		cmd.Process.Kill()
		return fmt.Errorf("start %s: %w, %w\n%s", cmd.Path, err, cmd.Wait(), &stderr)
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("stop %s: %v\n%s", cmd.Path, err, &stderr)
		}
	})
	return nil
}
