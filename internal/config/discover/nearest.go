package discover

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuefile"
)

// NearestDeployment returns the deployment that the user means without naming one: the one
// in dir or in a folder above it, up to the root of the repository; else the only one
// below the profiles folder of that root. It is "" if there is none, or several.
func NearestDeployment(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	for at := abs; ; at = filepath.Dir(at) {
		if isLikelyDeployment(at) {
			return relativePath(abs, at)
		}
		if isRepositoryRoot(at) {
			return relativePath(abs, onlyDeployment(filepath.Join(at, "profiles")))
		}
		if at == filepath.Dir(at) {
			return ""
		}
	}
}

// relativePath returns a path relative to dir, always recognisable as a path.
func relativePath(dir, to string) string {
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

// isRepositoryRoot reports whether a folder has a CUE module or a Git repository.
func isRepositoryRoot(dir string) bool {
	for _, mark := range []string{cuefile.ModuleFileName(""), ".git"} {
		if _, err := os.Stat(filepath.Join(dir, mark)); !errors.Is(err, fs.ErrNotExist) {
			return true
		}
	}
	return false
}

// onlyDeployment returns the deployment right below a folder, "" if there are several.
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
