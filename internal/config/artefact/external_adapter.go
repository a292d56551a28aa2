package artefact

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// adapterPrefix names the executables on PATH that serve as adapters:
// temporal-dsql-adapter-NAME takes the config profile as JSON on stdin and
// answers {"files": {PATH: CONTENT}} on stdout.
const adapterPrefix = "temporal-dsql-adapter-"

var errOversize = fmt.Errorf("wrote more than %d bytes", budget.AdapterOutput.Most)

// An Executable is an adapter found on PATH.
type Executable struct {
	Name       string
	kind, path string
	limit      time.Duration // how long it may take
}

// FindExecutable looks for an executable adapter by its name.
func FindExecutable(kind, name string) (Executable, bool) {
	// a name with a separator would be looked up outside of PATH
	if strings.ContainsAny(name, `/\`) {
		return Executable{}, false
	}
	path, err := exec.LookPath(adapterPrefix + name)
	return Executable{Name: name, kind: kind, path: path, limit: budget.AdapterSeconds.Duration()}, err == nil
}

// An AdapterError reports that an executable adapter failed.
type AdapterError struct {
	Name string
	Err  error
}

func (e *AdapterError) Error() string {
	return fmt.Sprintf("adapter %s%s: %v", adapterPrefix, e.Name, e.Err)
}

func (e *AdapterError) Unwrap() error { return e.Err }

// RunAdapters runs the executable adapters that the request named, and adds their files to
// the result. Call it once the guard rails have passed.
func (r *Result) RunAdapters(ctx context.Context) error {
	taken, err := newLayout(r.Files)
	if err != nil {
		return err
	}
	for _, x := range r.Executables {
		answer, err := x.runAdapter(ctx, r.JSON)
		if err == nil {
			err = r.addFiles(x, answer, taken)
		}
		if err != nil {
			return &AdapterError{x.Name, err}
		}
	}
	r.Executables = nil
	return nil
}

// addFiles adds the files of an answer to the result: all of them, or none.
func (r *Result) addFiles(x Executable, a answer, taken layout) error {
	names := sortedNames(a.Files)
	for _, name := range names {
		if err := taken.addFile(name); err != nil {
			return fmt.Errorf("take its file %q: %w", name, err)
		}
	}
	for _, name := range names {
		r.Files[name] = a.Files[name]
		r.Snippets = append(r.Snippets, Snippet{
			Adapter:  x.Name,
			Kind:     x.kind,
			Language: cmp.Or(a.Language, x.Name),
			Filename: name,
			Content:  a.Files[name],
		})
	}
	return nil
}

// An answer is the output of an executable adapter.
type answer struct {
	Files    map[string]string `json:"files"`
	Language string            `json:"language"`
}

func (x Executable) runAdapter(ctx context.Context, profile []byte) (answer, error) {
	stdout, err := x.readOutput(ctx, profile)
	if err != nil {
		return answer{}, err
	}
	return readAnswer(stdout)
}

func readAnswer(stdout []byte) (answer, error) {
	var a answer
	if err := json.Unmarshal(stdout, &a); err != nil {
		return answer{}, fmt.Errorf(`its answer is not {"files": {PATH: CONTENT}}: %w`, err)
	}
	if len(a.Files) == 0 {
		return answer{}, errors.New("it wrote no files")
	}
	return a, nil
}

// readOutput runs the executable within its limits of time and size.
func (x Executable) readOutput(parent context.Context, profile []byte) ([]byte, error) {
	slow := fmt.Errorf("gave no answer within %v", x.limit)
	timed, cancel := context.WithTimeoutCause(parent, x.limit, slow)
	defer cancel()
	ctx, stop := context.WithCancelCause(timed)
	defer stop(nil)

	cmd := exec.CommandContext(ctx, x.path)
	setProcessGroup(cmd)
	cmd.Cancel = func() error { return killProcessGroup(cmd) }
	// a process that left the group may hold the pipes open: do not wait for it
	cmd.WaitDelay = time.Second
	cmd.Stdin = bytes.NewReader(profile)
	stdout := limitedBuffer{full: func() { stop(errOversize) }}
	stderr := limitedBuffer{full: stdout.full}
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err == nil {
		return stdout.buf.Bytes(), nil
	}
	// the adapter may have ended and left children behind
	_ = killProcessGroup(cmd)
	return nil, runError(parent, ctx, err, stderr.buf.String())
}

// runError returns the reason why a run failed, the first cause before its effects.
func runError(parent, ctx context.Context, err error, stderr string) error {
	stderr = strings.TrimSpace(stderr)
	switch {
	case parent.Err() != nil:
		return fmt.Errorf("stop it: %w", parent.Err())
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, errOversize):
		return err
	case errors.Is(err, exec.ErrWaitDelay):
		return errors.New("ended, but left a process behind that keeps its output open")
	case stderr != "":
		return fmt.Errorf("%w: %s", err, stderr)
	}
	return err
}

// A limitedBuffer keeps what an adapter writes, up to budget.AdapterOutput. The buffer is a
// field: if embedded, io.Copy would use its ReadFrom, past the limit.
type limitedBuffer struct {
	buf  bytes.Buffer
	full func() // called when the limit is passed
}

func (l *limitedBuffer) Write(p []byte) (int, error) {
	if budget.AdapterOutput.Check(int64(l.buf.Len()+len(p))) != nil {
		l.full()
		return 0, errOversize
	}
	return l.buf.Write(p)
}
