package kustomize

import "github.com/temporal-dsql/temporal-dsql/internal/running/deployed"

// ResourceTree has the kustomizations that name each file, by its identity.
type ResourceTree map[string][]*deployed.File

// Add adds a resource that a kustomization names.
func (t ResourceTree) Add(resource string, kustomization *deployed.File) {
	id := deployed.IdentifyFile(resource)
	t[id] = append(t[id], kustomization)
}

// findAbove returns the kustomizations above a file, at all levels.
func (t ResourceTree) findAbove(file *deployed.File) map[*deployed.File]bool {
	found := map[*deployed.File]bool{}
	for next := t[deployed.IdentifyFile(file.Name)]; len(next) > 0; next = next[1:] {
		if !found[next[0]] {
			found[next[0]] = true
			next = append(next, t[deployed.IdentifyFile(next[0].Name)]...)
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
	above, overrides := map[*deployed.File]map[*deployed.File]bool{}, map[*deployed.File]deployed.Overrides{}
	for _, f := range files {
		above[f], overrides[f] = t.findAbove(f), deployed.ListOverrides(f)
	}
	for _, f := range files {
		for kustomization := range above[f] {
			if !above[kustomization][f] && kustomization != f {
				overrides[kustomization].DropFrom(f)
			}
		}
	}
}
