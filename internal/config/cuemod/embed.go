package cuemod

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/errors"
)

// checkEmbeds reports files that @embed would read outside the module: CUE follows links.
func (m tree) checkEmbeds(top *build.Instance) {
	if m.root == "" || top.Err != nil {
		return
	}
	root, err := filepath.EvalSymlinks(m.root)
	if err != nil {
		return // the loader reports it
	}
	seen := map[*build.Instance]bool{}
	var check func(*build.Instance)
	check = func(inst *build.Instance) {
		if seen[inst] {
			return
		}
		seen[inst] = true
		for _, file := range inst.Files {
			if !usesEmbed(file) {
				continue
			}
			ast.Walk(file, func(n ast.Node) bool {
				if a, ok := n.(*ast.Attribute); ok {
					if name := outsideEmbed(root, filepath.Dir(file.Filename), a); name != "" {
						top.ReportError(errors.Newf(a.Pos(), "@embed of %s leaves the module through a link", name))
					}
				}
				return true
			}, nil)
		}
		for _, imported := range inst.Imports {
			check(imported)
		}
	}
	check(top)
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

// outsideEmbed returns the first file that an attribute reads outside the root, or "".
func outsideEmbed(root, dir string, a *ast.Attribute) string {
	key, body := a.Split()
	if key != "embed" {
		return ""
	}
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
				return name
			}
		}
	}
	return ""
}
