// Package compiletest shares engines between tests that run many commands in one process, and lists presets and modifiers.
package compiletest

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
)

// mostBuilt is the number of deployments that an engine may keep.
const mostBuilt = 25

// ShareEngines makes compile.New return the same engine for the same module while no CUE file of it changes, until stop
// is called.
func ShareEngines() (stop func()) {
	kept := engines{byRoot: map[string]*engine{}}
	compile.ReuseEngines(kept.choose)
	return func() { compile.ReuseEngines(nil) }
}

// engines are the engine of the embedded module, and that of the module which was used last.
type engines struct {
	mu     sync.Mutex
	byRoot map[string]*engine
}

type engine struct {
	*compile.Engine
	digest string
}

func (s *engines) choose(m *cuemod.Module, create func(*cuemod.Module) *compile.Engine) *compile.Engine {
	root := m.Root()
	digest, err := digestFiles(root)
	if err != nil || m.Dependency() != "" {
		return create(m)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.byRoot[root]
	if e == nil || e.digest != digest || e.Built() >= mostBuilt {
		for other := range s.byRoot {
			if other != "" && root != "" {
				delete(s.byRoot, other)
			}
		}
		e = &engine{create(m), digest}
		if root == "" { // a repository of one test runs few commands
			e.ExpectMany()
		}
		s.byRoot[root] = e
	}
	return e.Engine
}

// maxSource is the size of a file that no module has: it is not read for a digest.
const maxSource = 1 << 20

// digestFiles returns a digest of the CUE files in a folder; "" has none.
func digestFiles(root string) (string, error) {
	if root == "" {
		return "", nil
	}
	sum := sha256.New()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != root && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case filepath.Ext(name) != ".cue" || !d.Type().IsRegular():
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "\n%s %d\n", name, info.Size())
		if info.Size() > maxSource {
			fmt.Fprint(sum, info.ModTime())
			return nil
		}
		text, err := os.ReadFile(name)
		sum.Write(text)
		return err
	})
	return fmt.Sprintf("%x", sum.Sum(nil)), err
}
