package kustomize

import "github.com/temporal-dsql/temporal-dsql/internal/running/deployed"

// ResourceTree has the files above each file, which override it, by their identities.
type ResourceTree map[string][]string

// Add adds resources that a kustomization names. Its components override the resources before them.
func (t ResourceTree) Add(kustomization *deployed.File, resources []deployed.Reference) {
	var components []string
	for i := len(resources) - 1; i >= 0; i-- {
		id := deployed.IdentifyFile(resources[i].Path)
		t[id] = append(append(t[id], deployed.IdentifyFile(kustomization.Name)), components...)
		if resources[i].IsComponent {
			components = append(components, id)
		}
	}
}

// findAbove returns the files above a file, at all levels.
func (t ResourceTree) findAbove(id string) map[string]bool {
	found := map[string]bool{}
	for next := t[id]; len(next) > 0; next = next[1:] {
		if !found[next[0]] {
			found[next[0]] = true
			next = append(next, t[next[0]]...)
		}
	}
	return found
}

// DropOverridden drops the settings that a kustomization above their file sets, in whatever order the files are named.
// Kustomizations that name each other are not above one another.
func (t ResourceTree) DropOverridden(files []*deployed.File) {
	if len(t) == 0 {
		return
	}
	above, overrides := map[string]map[string]bool{}, map[string]deployed.Overrides{}
	for _, f := range files {
		id := deployed.IdentifyFile(f.Name)
		above[id], overrides[id] = t.findAbove(id), deployed.ListOverrides(f)
	}
	for _, f := range files {
		id := deployed.IdentifyFile(f.Name)
		for other := range above[id] {
			if !above[other][id] && other != id {
				overrides[other].DropFrom(f)
			}
		}
	}
}
