package suggest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// below ends a pattern that matches everything in a folder.
const below = "..."

// NearestPath returns the existing path closest to one that does not exist, written as the user wrote it, or "" if none is
// close enough.
func NearestPath(typed string) string {
	path, pattern, isPattern := strings.Cut(filepath.ToSlash(typed), "/"+below)
	if isPattern && pattern != "" || path == "" {
		return ""
	}
	prefix := ""
	if strings.HasPrefix(path, "./") {
		prefix = "./"
	}
	path = filepath.Clean(path)
	var rest []string // the part of the path that does not exist
	for dir := path; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil {
			path = dir
			break
		}
		if filepath.Dir(dir) == dir || dir == "." || dir == ".." {
			return ""
		}
		rest = slices.Insert(rest, 0, filepath.Base(dir))
	}
	for n, name := range rest {
		near := nearestEntry(path, name, n < len(rest)-1)
		if near == "" {
			return ""
		}
		path = filepath.Join(path, near)
	}
	if len(rest) == 0 {
		return ""
	}
	if isPattern {
		path += "/" + below
	}
	return prefix + filepath.ToSlash(path)
}

// nearestEntry returns the name in a folder that is closest to a name: this very name if there is one, or else the
// nearest, or else the only one that it abbreviates.
func nearestEntry(dir, name string, isFolder bool) string {
	folder, err := os.Open(dir)
	if err != nil {
		return ""
	}
	defer func() { _ = folder.Close() }()
	entries, _ := folder.ReadDir(int(budget.SuggestedPaths.Most)) // those before an error are enough
	var names, longer []string
	stem := stemOf(name)
	for _, e := range entries {
		isUsable := !strings.ContainsFunc(e.Name(), func(r rune) bool { return !unicode.IsPrint(r) }) &&
			(!isFolder || e.Type()&(os.ModeDir|os.ModeSymlink) != 0) &&
			strings.HasPrefix(e.Name(), ".") == strings.HasPrefix(name, ".")
		switch {
		case !isUsable:
		case e.Name() == name:
			return name
		default:
			names = append(names, e.Name())
			if len(stem) > 2 && stemOf(e.Name()) != stem && strings.HasPrefix(stemOf(e.Name()), stem) && isSameType(e.Name(), name) {
				longer = append(longer, e.Name())
			}
		}
	}
	slices.Sort(names) // of several that are equally close, the first
	if near := NearestName(name, names); near != "" {
		return near
	}
	if len(longer) == 1 {
		return longer[0]
	}
	return ""
}

// stemOf returns a file name without its extension, in lower case.
func stemOf(name string) string {
	return strings.ToLower(strings.TrimSuffix(name, filepath.Ext(name)))
}

// isSameType reports whether two file names have the same extension, or extensions of the same format.
func isSameType(a, b string) bool {
	x, y := filepath.Ext(a), filepath.Ext(b)
	isYAML := func(extension string) bool { return extension == ".yaml" || extension == ".yml" }
	return x == y || isYAML(x) && isYAML(y)
}
