package artefact

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A layout holds the files of an output folder and the folders around them, by
// lower-cased name: some file systems ignore case.
type layout struct{ files, folders map[string]string }

func newLayout(files map[string]string) (layout, error) {
	l := layout{map[string]string{}, map[string]string{}}
	for _, name := range sortedNames(files) {
		if err := l.addFile(name); err != nil {
			return l, source.Wrong(
				"lay out the output folder",
				fmt.Sprintf("file %q: %v", name, err),
				"rename it in the adapter that writes it",
			)
		}
	}
	return l, nil
}

func foldCase(name string) string { return strings.ToLower(name) }

func (l layout) hasFile(name string) bool {
	_, ok := l.files[foldCase(name)]
	return ok
}

// addFile adds a name, unless it is invalid or clashes with an earlier one.
func (l layout) addFile(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if other, ok := l.files[foldCase(name)]; ok {
		return fmt.Errorf("the name is taken by %s", other)
	}
	if below, ok := l.folders[foldCase(name)]; ok {
		return fmt.Errorf("%s makes a folder of it", below)
	}
	for _, parent := range parentFolders(name) {
		if other, ok := l.files[foldCase(parent)]; ok {
			return fmt.Errorf("%s is a file", other)
		}
	}
	l.files[foldCase(name)] = name
	for _, parent := range parentFolders(name) {
		l.folders[foldCase(parent)] = name
	}
	return nil
}

// checkName rejects a name that is not the clean relative path of a file.
func checkName(name string) error {
	switch {
	case strings.ContainsAny(name, "\\\x00"):
		return errors.New("the name has a backslash or a NUL in it")
	case !filepath.IsLocal(name):
		return errors.New("it is outside the output folder")
	case path.Clean(name) != name || name == ".":
		return errors.New("expected a clean relative path, such as charts/values.yaml")
	case foldCase(name) == manifestName || strings.HasPrefix(foldCase(name), manifestName+"/"):
		return fmt.Errorf("%s is the compiler's own", manifestName)
	}
	return nil
}

// parentFolders returns the folders around a file, the innermost first.
func parentFolders(name string) []string {
	var all []string
	for at := path.Dir(name); at != "."; at = path.Dir(at) {
		all = append(all, at)
	}
	return all
}
