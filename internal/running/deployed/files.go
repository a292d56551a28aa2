package deployed

import (
	"path/filepath"
	"slices"
	"strings"
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

// Overrides are the settings that a kustomization sets in its resources: the variables of a generator of the same name, and its
// files.
type Overrides map[override]bool

// An override without a key or a file is that of a whole generator.
type override struct{ service, key, file string }

// ListOverrides returns the settings that a kustomization sets in its resources.
func ListOverrides(kustomization *File) Overrides {
	set := Overrides{}
	for _, generator := range kustomization.Replaced {
		set[override{service: generator}] = true
	}
	for _, s := range kustomization.Settings {
		if o, ok := overrideOf(s); ok {
			set[o] = true
		}
	}
	return set
}

func overrideOf(s Setting) (override, bool) {
	if s.Generated != "" {
		generator, file, _ := strings.Cut(s.Generated, "/")
		return override{service: generator, file: file}, true
	}
	return override{service: s.Service, key: s.Key}, s.Kind == Variable && s.Service != ""
}

// DropFrom drops the settings of a resource that the kustomization above it sets.
func (o Overrides) DropFrom(resource *File) {
	resource.Settings = slices.DeleteFunc(resource.Settings, func(s Setting) bool {
		n, ok := overrideOf(s)
		return ok && (o[n] || o[override{service: n.service}])
	})
}
