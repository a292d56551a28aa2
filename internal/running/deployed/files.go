package deployed

import (
	"path/filepath"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
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

type override struct{ service, key, file string }

// ListOverrides returns the settings that a kustomization sets in its resources.
func ListOverrides(kustomization *File) Overrides {
	set := Overrides{}
	for _, s := range kustomization.Settings {
		if o, ok := overrideOf(s); ok {
			set[o] = true
		}
	}
	return set
}

func overrideOf(s Setting) (override, bool) {
	if s.Generated != "" {
		return override{file: s.Generated}, true
	}
	return override{service: s.Service, key: s.Key}, s.Kind == Variable && s.Service != ""
}

// DropFrom drops the settings of a resource that the kustomization above it sets.
func (o Overrides) DropFrom(resource *File) {
	resource.Settings = slices.DeleteFunc(resource.Settings, func(s Setting) bool {
		n, ok := overrideOf(s)
		return ok && o[n]
	})
}

// DropRepeatedProblems keeps the first of equal problems: several files can refer to a broken one, which can also be named
// by itself.
func DropRepeatedProblems(all []source.Problem) []source.Problem {
	type problem struct {
		pos     source.Pos
		message string
	}
	seen := map[problem]bool{}
	return slices.DeleteFunc(all, func(p source.Problem) bool {
		id := problem{p.Pos, p.Message}
		id.pos.File = IdentifyFile(id.pos.File)
		isRepeated := seen[id]
		seen[id] = true
		return isRepeated
	})
}
