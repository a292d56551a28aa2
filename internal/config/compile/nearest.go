package compile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Nearest looks for the deployment that is meant where none is named: the one
// in dir or in a folder above it, up to the root of the repository; else the only
// one under that root's profiles folder. It is "" where there is none, or several.
func Nearest(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	for at := abs; ; at = filepath.Dir(at) {
		if isLikelyDeployment(at) {
			return relative(abs, at)
		}
		if isRoot(at) {
			return relative(abs, onlyDeployment(filepath.Join(at, "profiles")))
		}
		if at == filepath.Dir(at) {
			return ""
		}
	}
}

// relative spells a path as it would be written in dir; always as a path.
func relative(dir, to string) string {
	if to == "" {
		return ""
	}
	rel, err := filepath.Rel(dir, to)
	if err != nil {
		return to
	}
	if rel != "." && !strings.HasPrefix(rel, "..") {
		rel = "." + string(filepath.Separator) + rel
	}
	return filepath.ToSlash(rel)
}

func isRoot(dir string) bool {
	for _, mark := range []string{filepath.Join("cue.mod", "module.cue"), ".git"} {
		if _, err := os.Stat(filepath.Join(dir, mark)); !errors.Is(err, fs.ErrNotExist) {
			return true
		}
	}
	return false
}

func onlyDeployment(dir string) string {
	entries, _ := os.ReadDir(dir)
	found := ""
	for _, e := range entries {
		at := filepath.Join(dir, e.Name())
		if !isLikelyDeployment(at) {
			continue
		}
		if found != "" {
			return ""
		}
		found = at
	}
	return found
}
