package compile

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
)

// adapterPrefix names the executables on PATH that serve as adapters:
// temporal-dsql-adapter-NAME takes the config profile as JSON on stdin and
// answers {"files": {PATH: CONTENT}} on stdout.
const adapterPrefix = "temporal-dsql-adapter-"

const (
	adapterTime = 30 * time.Second
	adapterSize = 16 << 20
)

var errOversize = fmt.Errorf("wrote more than %d bytes", adapterSize)

// An executable adapter, found on PATH.
type executable struct {
	name, kind, path string
	limit            time.Duration // how long it may take
}

func findExecutable(kind, name string) (executable, bool) {
	// a name with a separator would be looked up beside PATH
	if strings.ContainsAny(name, `/\`) {
		return executable{}, false
	}
	path, err := exec.LookPath(adapterPrefix + name)
	return executable{name, kind, path, adapterTime}, err == nil
}

// AdapterError says that an executable adapter failed.
type AdapterError struct {
	Name string
	Err  error
}

func (e *AdapterError) Error() string {
	return fmt.Sprintf("adapter %s%s: %v", adapterPrefix, e.Name, e.Err)
}

func (e *AdapterError) Unwrap() error { return e.Err }

// Extend runs the executable adapters that the request named, and adds their
// files to the result's. Call it once the guard rails have said yes.
func (r *Result) Extend(ctx context.Context) error {
	taken, err := layoutOf(r.Files)
	if err != nil {
		return err
	}
	for _, x := range r.external {
		answer, err := x.run(ctx, r.JSON)
		if err == nil {
			err = r.take(x, answer, taken)
		}
		if err != nil {
			return &AdapterError{x.name, err}
		}
	}
	r.external = nil
	return nil
}

// take adds the files of an answer to the result's: all of them, or none.
func (r *Result) take(x executable, a answer, taken layout) error {
	names := keysOf(a.Files)
	for _, name := range names {
		if err := taken.add(name); err != nil {
			return fmt.Errorf("take its file %q: %w", name, err)
		}
	}
	for _, name := range names {
		r.Files[name] = a.Files[name]
		r.Snippets = append(r.Snippets, Snippet{Adapter: x.name, Kind: x.kind, Language: cmp.Or(a.Language, x.name), Filename: name, Content: a.Files[name]})
	}
	return nil
}

// An answer is what an executable adapter writes to stdout.
type answer struct {
	Files    map[string]string `json:"files"`
	Language string            `json:"language"`
}

func (x executable) run(ctx context.Context, profile []byte) (answer, error) {
	stdout, err := x.output(ctx, profile)
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

// output runs the executable within its limits of time and size.
func (x executable) output(parent context.Context, profile []byte) ([]byte, error) {
	slow := fmt.Errorf("gave no answer within %v", x.limit)
	timed, cancel := context.WithTimeoutCause(parent, x.limit, slow)
	defer cancel()
	ctx, stop := context.WithCancelCause(timed)
	defer stop(nil)

	cmd := exec.CommandContext(ctx, x.path)
	ownGroup(cmd)
	cmd.Cancel = func() error { return killGroup(cmd) }
	// a process that left the group may hold the pipes open: do not wait for it
	cmd.WaitDelay = time.Second
	cmd.Stdin = bytes.NewReader(profile)
	stdout := limited{full: func() { stop(errOversize) }}
	stderr := limited{full: stdout.full}
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err == nil {
		return stdout.kept.Bytes(), nil
	}
	// the adapter may have ended and left children behind
	_ = killGroup(cmd)
	return nil, why(parent, ctx, err, stderr.kept.String())
}

// why says for what reason a run failed, the first cause before its effects.
func why(parent, ctx context.Context, err error, said string) error {
	said = strings.TrimSpace(said)
	switch {
	case parent.Err() != nil:
		return fmt.Errorf("stop it: %w", parent.Err())
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, errOversize):
		return err
	case errors.Is(err, exec.ErrWaitDelay):
		return errors.New("ended, but left a process behind that keeps its output open")
	case said != "":
		return fmt.Errorf("%w: %s", err, said)
	}
	return err
}

// limited keeps what an adapter writes, up to adapterSize. The buffer is a
// field: embedded, it would lend its ReadFrom to io.Copy, past the limit.
type limited struct {
	kept bytes.Buffer
	full func() // is told when the limit is passed
}

func (l *limited) Write(p []byte) (int, error) {
	if l.kept.Len()+len(p) > adapterSize {
		l.full()
		return 0, errOversize
	}
	return l.kept.Write(p)
}
