package compile

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// A layout holds the files of an output folder and the folders that they lie
// in, each in the one spelling that file systems blind to case know.
type layout struct{ files, folders map[string]string }

func layoutOf(files map[string]string) (layout, error) {
	l := layout{map[string]string{}, map[string]string{}}
	for _, name := range keysOf(files) {
		if err := l.add(name); err != nil {
			return l, source.Wrong("lay out the output folder", fmt.Sprintf("file %q: %v", name, err), "the adapter that writes it has to name it otherwise")
		}
	}
	return l, nil
}

func fold(name string) string { return strings.ToLower(name) }

func (l layout) has(name string) bool {
	_, ok := l.files[fold(name)]
	return ok
}

// add takes a name, unless it is no file's or clashes with one taken before.
func (l layout) add(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if other, ok := l.files[fold(name)]; ok {
		return fmt.Errorf("the name is taken by %s", other)
	}
	if below, ok := l.folders[fold(name)]; ok {
		return fmt.Errorf("%s makes a folder of it", below)
	}
	for _, parent := range parents(name) {
		if other, ok := l.files[fold(parent)]; ok {
			return fmt.Errorf("%s is a file", other)
		}
	}
	l.files[fold(name)] = name
	for _, parent := range parents(name) {
		l.folders[fold(parent)] = name
	}
	return nil
}

// checkName refuses what does not name one file of the output folder, spelt
// the only way that it can be.
func checkName(name string) error {
	switch {
	case strings.ContainsAny(name, "\\\x00"):
		return errors.New("the name has a backslash or a NUL in it")
	case !filepath.IsLocal(name):
		return errors.New("it lies outside the output folder")
	case path.Clean(name) != name || name == ".":
		return errors.New("the name is no plain path of a file, such as charts/values.yaml")
	case fold(name) == manifestName || strings.HasPrefix(fold(name), manifestName+"/"):
		return fmt.Errorf("%s is the compiler's own", manifestName)
	}
	return nil
}

// parents are the folders that a name lies in, the innermost first.
func parents(name string) []string {
	var all []string
	for at := path.Dir(name); at != "."; at = path.Dir(at) {
		all = append(all, at)
	}
	return all
}
