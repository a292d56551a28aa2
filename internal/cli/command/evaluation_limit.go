package command

import (
	"context"
	"fmt"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// limitedCommands evaluate CUE or Rego of the user.
var limitedCommands = []string{"capacity", "compile", "diff", "explain", "gate", "lint", "migrate", "size"}

const (
	timeoutFlag        = "timeout"
	memoryPollInterval = 20 * time.Millisecond
)

// AddTimeouts adds --timeout to the commands that evaluate CUE or Rego of the user.
func AddTimeouts(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		if slices.Contains(limitedCommands, cmd.Name()) {
			cmd.Flags().Duration(timeoutFlag, budget.EvaluationSeconds.Duration(), "stop after this time")
		}
	}
}

// EvaluationError reports an evaluation of CUE or Rego that exceeds a limit.
type EvaluationError struct{ Message, Remedy string }

func (e *EvaluationError) Error() string { return e.Message }

// watchEvaluation returns a channel that gets an error when a command runs too long or takes too much memory. CUE and
// OPA cannot be stopped from inside, and the kernel would end the process without a message.
func (a *App) watchEvaluation(ctx context.Context, cmd *cobra.Command) <-chan error {
	exceeded := make(chan error, 1)
	flag := cmd.Flags().Lookup(timeoutFlag)
	if flag == nil {
		return exceeded
	}
	limit, _ := time.ParseDuration(flag.Value.String()) // pflag has parsed it
	memory := a.evaluationMemory()
	if a.IsProcess {
		limitProcessMemory(memory)
	}
	go func() {
		poll := time.NewTicker(memoryPollInterval)
		defer poll.Stop()
		var timeout <-chan time.Time
		if limit > 0 {
			timeout = time.After(limit)
		}
		for {
			select {
			case <-ctx.Done():
				return
			case <-timeout:
				exceeded <- &EvaluationError{
					Message: fmt.Sprintf("the evaluation takes longer than %s", limit),
					Remedy:  "look for large or nested comprehensions and disjunctions in CUE, and for loops over ranges in Rego, or raise --timeout",
				}
				return
			case <-poll.C:
				if used := usedMemory(); used > memory {
					exceeded <- &EvaluationError{
						Message: fmt.Sprintf("the evaluation takes more than %d MiB of memory", memory>>20),
						Remedy:  "look for large comprehensions and lists in CUE, and for large ranges in Rego, or raise $GOMEMLIMIT",
					}
					return
				}
			}
		}
	}()
	return exceeded
}

// limitProcessMemory has the system refuse memory far above a limit, which ends the process with a trace.
// One call of a function can ask for more than the machine has. The watch ends what asks for less: such memory is taken page
// by page, and the watch polls before much of it is in use.
func limitProcessMemory(memory int64) {
	const unnoticed = 512 << 20 // of the program itself, and between two polls
	most := max(memory+memory/2+unnoticed, freeMemory())
	var current syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_DATA, &current); err != nil {
		return
	}
	current.Cur = min(current.Cur, current.Max, uint64(most))
	_ = syscall.Setrlimit(syscall.RLIMIT_DATA, &current) // the watch remains
}

// usedMemory returns the bytes that Go has from the system.
func usedMemory() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64() - sample[1].Value.Uint64())
}

// evaluationMemory returns the bytes that an evaluation can take: $GOMEMLIMIT, or else budget.EvaluationMemory or most
// of what is available, whichever is less.
func (a *App) evaluationMemory() int64 {
	if set := parseMemory(a.Env("GOMEMLIMIT")); set > 0 {
		return set
	}
	limit := budget.EvaluationMemory.Most
	if free := freeMemory(); free > 0 {
		limit = min(limit, free/5*4)
	}
	return limit
}

// freeMemory returns the bytes that the machine or the container can give to the process, or 0 if that is unknown.
func freeMemory() (free int64) {
	for _, available := range []int64{availableMemory(), ContainerMemory()} {
		if available > 0 && (free == 0 || available < free) {
			free = available
		}
	}
	return free
}

// parseMemory returns the bytes of a value of GOMEMLIMIT, or 0.
func parseMemory(text string) int64 {
	for suffix, factor := range map[string]int64{"TiB": 1 << 40, "GiB": 1 << 30, "MiB": 1 << 20, "KiB": 1 << 10, "B": 1} {
		number, has := strings.CutSuffix(text, suffix)
		if n, err := strconv.ParseInt(number, 10, 64); has && err == nil {
			return n * factor
		}
	}
	n, _ := strconv.ParseInt(text, 10, 64) // not a number: no limit
	return n
}

// availableMemory returns the bytes that Linux can give to new programs, or 0.
func availableMemory() int64 {
	text, err := budget.PlainFile.ReadFile("/proc/meminfo")
	if err != nil {
		return 0 // not Linux
	}
	for line := range strings.Lines(string(text)) {
		if rest, is := strings.CutPrefix(line, "MemAvailable:"); is {
			kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kib << 10
		}
	}
	return 0
}

// ContainerMemory returns the limit of the container in bytes, or 0.
func ContainerMemory() int64 {
	text, err := budget.PlainFile.ReadFile("/sys/fs/cgroup/memory.max")
	if err != nil {
		return 0
	}
	n, _ := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64) // max: no limit
	return n
}
