// Package kustomize renders the resources of a kustomization as kustomize build does, with the places of their values.
package kustomize

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// FileNames are the names that a kustomization can have in its folder.
var FileNames = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

// built is the remedy where only kustomize itself knows the result.
const built = "pass the output of kustomize build"

// ResourceSet is what a kustomization renders.
type ResourceSet struct {
	Text      *configtext.Text // which has the places of the resources
	Resources []*yaml.Node
	Charts    []Chart
	Sources   map[string]bool // the files that were read, by their identities
}

// Chart is a Helm chart that a kustomization renders, of which the values are read.
type Chart struct {
	File *configtext.Text // the kustomization
	Node *yaml.Node
}

// IsKustomization reports whether a document is a kustomization: it needs no kind, and Flux has a resource of this kind.
func IsKustomization(file *configtext.Text, doc *yaml.Node) bool {
	kind, err := file.TextAt(doc, "kind")
	if err != nil {
		return false
	}
	version, err := file.TextAt(doc, "apiVersion")
	return err == nil && (kind == "" || kind == "Kustomization" || kind == "Component") &&
		(version == "" || strings.HasPrefix(version, "kustomize.config.k8s.io/"))
}

// Render renders a kustomization on disk. It notes what it cannot read or apply.
func Render(file *configtext.Text, doc *yaml.Node) (*ResourceSet, error) {
	r := &renderer{ResourceSet: &ResourceSet{Text: file.Join(), Sources: map[string]bool{}}}
	all, err := r.build(file, doc, nil)
	if err != nil {
		return nil, err
	}
	for _, x := range all {
		r.Resources = append(r.Resources, x.node)
	}
	return r.ResourceSet, nil
}

type renderer struct {
	*ResourceSet
	above     []string // the kustomizations that are being built, by their identities
	hasUnread bool     // some resource is not read, and can be the target of a patch
	opened    int      // files
	isFull    bool     // files are left out
}

// build returns the resources of a kustomization, of which a component also changes those before it.
func (r *renderer) build(file *configtext.Text, doc *yaml.Node, all []*resource) ([]*resource, error) {
	id := deployed.IdentifyFile(file.Name)
	r.Sources[id] = true
	r.above = append(r.above, id)
	defer func() { r.above = r.above[:len(r.above)-1] }()
	file = r.Text.AddPart(file, doc)
	for _, field := range []string{"resources", "bases"} {
		err := r.eachItem(file, doc, field, func(item *yaml.Node) error {
			found, err := r.readResource(file, item)
			all = append(all, found...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	all, err := r.addGenerated(file, doc, all)
	if err != nil {
		return nil, err
	}
	err = r.eachItem(file, doc, "helmCharts", func(item *yaml.Node) error {
		r.Charts, r.hasUnread = append(r.Charts, Chart{file, item}), true
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = r.eachItem(file, doc, "components", func(item *yaml.Node) error {
		below, root, err := r.openResource(file, item)
		if err != nil || root == nil {
			return err
		}
		changed, err := r.build(below, root, slices.Clone(all))
		if err == nil {
			all = changed
		}
		return r.keepRest(file, err)
	})
	if err != nil {
		return nil, err
	}
	return r.transform(file, doc, all)
}

// eachItem calls read with the items of a list.
func (r *renderer) eachItem(file *configtext.Text, n *yaml.Node, field string, read func(item *yaml.Node) error) error {
	items, err := file.ItemsAt(n, field)
	if err != nil {
		return err
	}
	for _, item := range items {
		if err := read(item); err != nil {
			return err
		}
	}
	return nil
}

// keepRest notes what is wrong with one part, so that the others are read. It returns errors that end the reading.
func (r *renderer) keepRest(file *configtext.Text, err error) error {
	if err == nil || file.IsSpent() {
		return err
	}
	r.hasUnread = true
	return file.AddUnread(err)
}
