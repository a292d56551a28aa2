package compile

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
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

// An executable adapter, found on PATH.
type executable struct {
	name, kind, path string
}

func findExecutable(kind, name string) (executable, bool) {
	path, err := exec.LookPath(adapterPrefix + name)
	return executable{name, kind, path}, err == nil
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
	for _, x := range r.external {
		files, language, err := x.run(ctx, r.JSON)
		if err != nil {
			return &AdapterError{x.name, err}
		}
		names := make([]string, 0, len(files))
		for name := range files {
			names = append(names, name)
		}
		for _, name := range sorted(names) {
			switch {
			case !filepath.IsLocal(name) || strings.Contains(name, `\`):
				return &AdapterError{x.name, fmt.Errorf("its file %q lies outside the output folder", name)}
			case r.Files[name] != "" || name == manifestName:
				return &AdapterError{x.name, fmt.Errorf("its file %q is another adapter's", name)}
			}
			r.Files[name] = files[name]
			r.Snippets = append(r.Snippets, Snippet{Adapter: x.name, Kind: x.kind, Language: language, Filename: name, Content: files[name]})
		}
	}
	r.external = nil
	return nil
}

func (x executable) run(ctx context.Context, profile []byte) (files map[string]string, language string, err error) {
	ctx, cancel := context.WithTimeout(ctx, adapterTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, x.path)
	cmd.WaitDelay = time.Second
	cmd.Stdin = bytes.NewReader(profile)
	var stdout, stderr limited
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil, "", fmt.Errorf("gave no answer within %v", adapterTime)
		}
		if said := strings.TrimSpace(stderr.String()); said != "" {
			return nil, "", fmt.Errorf("%w: %s", err, said)
		}
		return nil, "", err
	}
	var answer struct {
		Files    map[string]string `json:"files"`
		Language string            `json:"language"`
	}
	if err := json.Unmarshal(stdout.Bytes(), &answer); err != nil {
		return nil, "", fmt.Errorf(`its answer is not {"files": {PATH: CONTENT}}: %w`, err)
	}
	if len(answer.Files) == 0 {
		return nil, "", errors.New("it wrote no files")
	}
	if answer.Language == "" {
		answer.Language = x.name
	}
	return answer.Files, answer.Language, nil
}

// limited keeps what an adapter writes, up to adapterSize.
type limited struct{ bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > adapterSize {
		return 0, fmt.Errorf("it wrote more than %d bytes", adapterSize)
	}
	return l.Buffer.Write(p)
}
