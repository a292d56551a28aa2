package compile

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// A parsed remembers the syntax of each file as long as its content stays: what
// many deployments import is parsed once. It is for one engine.
type parsed struct {
	mu    sync.Mutex
	files map[string]parsedFile
	// how the loader has a deployment of the module parsed, once it is known
	own   parser.Config
	known bool
}

// apart parses what lies in a folder or above without remembering it: it is the
// deployment's own, and may be changed.
func (p *parsed) apart(dir string) func(string, any, parser.Config) (*ast.File, error) {
	return func(name string, src any, cfg parser.Config) (*ast.File, error) {
		of := filepath.Dir(name)
		if !strings.HasPrefix(dir+string(filepath.Separator), of+string(filepath.Separator)) {
			return p.parse(name, src, cfg)
		}
		// (the loader looks at imports alone, too)
		if cfg.Mode&parser.ImportsOnly == 0 {
			p.mu.Lock()
			p.own, p.known = cfg, true
			p.mu.Unlock()
		}
		return parser.ParseFile(name, src, cfg)
	}
}

type parsedFile struct {
	content []byte
	syntax  *ast.File
}

// parse is the loader's ParseFile.
func (p *parsed) parse(name string, src any, cfg parser.Config) (*ast.File, error) {
	content, err := contentOf(name, src)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	key := fmt.Sprint(name, cfg)
	if known, ok := p.files[key]; ok && bytes.Equal(known.content, content) {
		return known.syntax, nil
	}
	syntax, err := parser.ParseFile(name, content, cfg)
	if err == nil {
		p.files[key] = parsedFile{content, syntax}
	}
	return syntax, err
}

func contentOf(name string, src any) ([]byte, error) {
	switch src := src.(type) {
	case nil:
		return readWhole(name)
	case []byte:
		return src, nil
	case string:
		return []byte(src), nil
	case io.Reader:
		return budget.SourceFile.Read(src)
	}
	return nil, fmt.Errorf("read %s: from %T", name, src)
}
