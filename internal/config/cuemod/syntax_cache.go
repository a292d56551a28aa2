package cuemod

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
	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
)

// A syntaxCache keeps the syntax of each file until its content changes: files that many
// deployments import are parsed once. It belongs to one module.
type syntaxCache struct {
	root  string // of the module, "" if it is embedded in the binary
	path  string // that its packages are imported by
	mu    sync.Mutex
	files map[string]cachedFile
	// the configuration with which the loader parses a deployment, nil before the first
	deployment *parser.Config
}

func newSyntaxCache(root, path string) *syntaxCache {
	return &syntaxCache{root: root, path: path, files: map[string]cachedFile{}}
}

// parseUncached returns a parser that does not cache files in a folder or above it: they
// belong to the deployment, which can change.
func (p *syntaxCache) parseUncached(dir string) func(string, any, parser.Config) (*ast.File, error) {
	return func(name string, src any, cfg parser.Config) (*ast.File, error) {
		folder := filepath.Dir(name)
		if !strings.HasPrefix(dir+string(filepath.Separator), folder+string(filepath.Separator)) {
			return p.parseFile(name, src, cfg)
		}
		content, err := readSource(name, src)
		if err != nil {
			return nil, err
		}
		// (the loader looks at imports alone, too)
		if cfg.Mode&parser.ImportsOnly == 0 {
			p.mu.Lock()
			p.deployment = &cfg
			p.mu.Unlock()
		}
		return p.parseChecked(name, content, cfg)
	}
}

// parseChecked parses a file and rejects what it embeds or imports if that cannot be read within limits.
func (p *syntaxCache) parseChecked(name string, content []byte, cfg parser.Config) (*ast.File, error) {
	file, err := cuefile.ParseFile(name, content, cfg)
	if err == nil {
		err = p.checkImports(file)
	}
	if err == nil {
		err = cuefile.CheckEmbeds(file, p.root)
	}
	return file, err
}

type cachedFile struct {
	content []byte
	config  parser.Config
	syntax  *ast.File
}

// parseAgain parses a cached file once more, and returns nil for any other.
func (p *syntaxCache) parseAgain(file *ast.File) *ast.File {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, known := range p.files {
		if known.syntax == file {
			fresh, err := parser.ParseFile(file.Filename, known.content, known.config)
			if err != nil {
				return nil
			}
			return fresh
		}
	}
	return nil
}

// parseFile is the loader's ParseFile.
func (p *syntaxCache) parseFile(name string, src any, cfg parser.Config) (*ast.File, error) {
	content, err := readSource(name, src)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	key := fmt.Sprint(name, cfg)
	if known, ok := p.files[key]; ok && bytes.Equal(known.content, content) {
		return known.syntax, cuefile.CheckEmbeds(known.syntax, p.root)
	}
	syntax, err := p.parseChecked(name, content, cfg)
	if err == nil {
		p.files[key] = cachedFile{content, cfg, syntax}
	}
	return syntax, err
}

func readSource(name string, src any) ([]byte, error) {
	switch src := src.(type) {
	case nil:
		return budget.SourceFile.ReadFile(name)
	case []byte:
		return src, nil
	case string:
		return []byte(src), nil
	case io.Reader:
		return budget.SourceFile.Read(src)
	}
	return nil, fmt.Errorf("read %s: from %T", name, src)
}
