package cuefile

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/token"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// CheckEmbeds rejects a file with an @embed that would read outside the module, since CUE follows links, or read what has no
// end or is too large. The loader reads such files at once, before anything else could stop it.
func CheckEmbeds(file *ast.File, root string) (problem error) {
	if root == "" || !usesEmbed(file) {
		return nil
	}
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil // the loader reports it
	}
	ast.Walk(file, func(n ast.Node) bool {
		if a, is := n.(*ast.Attribute); is && problem == nil {
			problem = checkEmbed(root, filepath.Dir(file.Filename), a)
		}
		return problem == nil
	}, nil)
	return problem
}

// CheckFolder rejects a folder with a pipe or a device. The loader reads them to their end, whether a package uses them or
// not, and before it parses anything.
func CheckFolder(dir string) errors.Error {
	entries, _ := os.ReadDir(dir) // the loader reports the error
	for _, entry := range entries {
		if entry.Type().IsRegular() || entry.IsDir() {
			continue
		}
		name := filepath.Join(dir, entry.Name())
		info, err := os.Stat(name)
		if err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeDevice) != 0 {
			return errors.Newf(token.NoPos, "read %s: %v", name, budget.ErrIrregular)
		}
	}
	return nil
}

// usesEmbed reports whether a file enables @embed.
func usesEmbed(file *ast.File) bool {
	for _, d := range file.Decls {
		if a, ok := d.(*ast.Attribute); ok && strings.HasPrefix(a.Text, "@extern") {
			return true
		}
	}
	return false
}

// embedArgument matches the files of an @embed attribute.
var embedArgument = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\b(file|glob)\s*=\s*("(?:[^"\\]|\\.)*"|[^,)]+)`)
})

// checkEmbed rejects an attribute that embeds files outside the root, anything but regular files, or too much.
func checkEmbed(root, dir string, a *ast.Attribute) error {
	key, body := a.Split()
	if key != "embed" {
		return nil
	}
	var size int64
	for _, m := range embedArgument().FindAllStringSubmatch(body, -1) {
		name := strings.TrimSpace(m[2])
		if unquoted, err := strconv.Unquote(name); err == nil {
			name = unquoted
		}
		found := []string{filepath.Join(dir, filepath.FromSlash(name))}
		if m[1] == "glob" {
			matches, err := filepath.Glob(found[0])
			if err != nil {
				continue // CUE reports it
			}
			found = matches
		}
		for _, path := range found {
			real, err := filepath.EvalSymlinks(path)
			if err != nil {
				continue // CUE reports it
			}
			if real, err = filepath.Abs(real); err != nil || real != root && !strings.HasPrefix(real, root+string(filepath.Separator)) {
				return errors.Newf(a.Pos(), "@embed of %s leaves the module through a link", name)
			}
			info, err := os.Stat(real)
			if err != nil || info.IsDir() {
				continue // CUE reports it
			}
			if !info.Mode().IsRegular() {
				return errors.Newf(a.Pos(), "@embed of %s: %v", name, budget.ErrIrregular)
			}
			size += info.Size()
		}
		if err := budget.EmbeddedFiles.Check(size); err != nil {
			return errors.Newf(a.Pos(), "@embed of %s: %v", name, err)
		}
	}
	return nil
}
