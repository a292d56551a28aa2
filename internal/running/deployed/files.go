package deployed

import (
	"path/filepath"
	"slices"
)

// IdentifyFile returns the absolute path of a file without links, by which two names of one file are equal.
func IdentifyFile(name string) string {
	absolute, err := filepath.Abs(name)
	if err != nil {
		return name
	}
	if path, err := filepath.EvalSymlinks(absolute); err == nil {
		return path
	}
	return absolute
}

// DropOverridden drops the settings of a resource that the kustomization above it sets: the variables of a generator of the same
// name, and its files.
func DropOverridden(resource, kustomization *File) {
	type name struct{ service, key, file string }
	set := map[name]bool{}
	nameOf := func(s Setting) (name, bool) {
		if s.Generated != "" {
			return name{file: s.Generated}, true
		}
		return name{service: s.Service, key: s.Key}, s.Kind == Variable && s.Service != ""
	}
	for _, s := range kustomization.Settings {
		if n, ok := nameOf(s); ok {
			set[n] = true
		}
	}
	resource.Settings = slices.DeleteFunc(resource.Settings, func(s Setting) bool {
		n, ok := nameOf(s)
		return ok && set[n]
	})
}
