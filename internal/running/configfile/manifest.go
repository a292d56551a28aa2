package configfile

import (
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/kustomize"
	"github.com/temporal-dsql/temporal-dsql/internal/running/temporalcluster"
	"go.yaml.in/yaml/v3"
)

// maxManifest limits the levels that are searched for the containers of a manifest.
const maxManifest = 12

// manifestFile is a file with Kubernetes manifests, or a kustomization with those that it renders.
type manifestFile struct {
	*reader
	resources []*yaml.Node
	charts    []kustomize.Chart
	// sources are the files that a kustomization is rendered from, by their identities; nil for other files
	sources  map[string]bool
	settings []deployed.Setting
	isUsed   bool // a resource of it, or of another file, has a setting from it
}

// manifests reads Kubernetes manifests: the environment and count of every workload, the configuration in ConfigMaps,
// and the resources of operators that carry the configuration of a Temporal cluster.
type manifests struct {
	*manifestFile // whose resources are being read
	configs       []*configData
	// kinds counts the resources that are whole clusters, by kind: where there are several, settings name the resource
	kinds map[string]int
	// containers counts the containers of each name, with and without their workload's: where several share one, settings
	// name the workload, and its namespace where several share that, too
	containers map[string]int
}

// isManifest reports whether a document is a Kubernetes resource.
func (r *reader) isManifest(root *yaml.Node) bool {
	version, err := r.FieldOf(root, "apiVersion")
	kind, _ := r.FieldOf(root, "kind")
	return err == nil && version != nil && kind != nil
}

// openManifests prepares the documents of a file for reading.
func (r *reader) openManifests(docs []*yaml.Node) (*manifestFile, error) {
	file := &manifestFile{reader: r, resources: docs}
	at := slices.IndexFunc(docs, func(doc *yaml.Node) bool { return kustomize.IsKustomization(r.Text, doc) })
	if at < 0 {
		return file, nil
	}
	rendered, err := kustomize.Render(r.Text, docs[at])
	if err != nil {
		return nil, err
	}
	joined := *r
	joined.Text = rendered.Text
	return &manifestFile{
		reader: &joined, resources: rendered.Resources, charts: rendered.Charts, sources: rendered.Sources,
	}, nil
}

// readTogether reads the manifests of files as those of one cluster. What is wrong with a resource is noted in its file.
func readTogether(files []*manifestFile) error {
	m := &manifests{kinds: map[string]int{}, containers: map[string]int{}}
	if len(files) == 0 {
		return nil
	}
	joined := files[0].Join()
	lists := make([][]*yaml.Node, len(files))
	for n, file := range files {
		view := *file.reader
		view.Text = joined.AddPart(file.Text, file.resources...)
		file.reader = &view
		m.manifestFile = file
		err := m.readRest(file.resources, func(doc *yaml.Node) error {
			found, err := m.listResources(doc, 0)
			lists[n] = append(lists[n], found...)
			return err
		})
		if err != nil {
			return err
		}
	}
	for n, file := range files {
		m.manifestFile = file
		if err := m.readRest(lists[n], m.countNames); err != nil {
			return err
		}
	}
	for n, file := range files {
		m.manifestFile = file
		err := m.readRest(lists[n], func(doc *yaml.Node) error {
			found, err := m.readResource(doc)
			file.settings = append(file.settings, found...)
			return err
		})
		if err != nil {
			return err
		}
		for _, chart := range file.charts {
			in := &reader{Text: chart.File, given: file.given}
			found, err := in.readKustomizedChart(chart.Node)
			file.settings = append(file.settings, found...)
			if err := m.keepRest(err); err != nil {
				return err
			}
		}
	}
	if err := m.readConfigMaps(); err != nil {
		return err
	}
	for _, file := range files {
		file.settings = deployed.LastSettings(file.settings)
	}
	for _, c := range m.configs {
		c.file.isUsed = c.file.isUsed || c.isUsed
	}
	return nil
}

// readRest reads resources. What is wrong with one of them is noted, and the rest is read.
func (m *manifests) readRest(resources []*yaml.Node, read func(*yaml.Node) error) error {
	for _, doc := range resources {
		if m.IsSpent() {
			return nil // as is noted
		}
		if err := m.keepRest(read(doc)); err != nil {
			return err
		}
	}
	return nil
}

// keepRest notes what is wrong with the input, and returns other errors.
func (m *manifests) keepRest(err error) error {
	if err == nil {
		return nil
	}
	return m.AddUnread(err)
}

// listResources returns the resources of a document, and notes the ConfigMaps and Secrets among them.
func (m *manifests) listResources(doc *yaml.Node, depth int) ([]*yaml.Node, error) {
	if configtext.FollowAlias(doc).Kind != yaml.MappingNode {
		return nil, nil
	}
	kind, err := m.TextAt(doc, "kind")
	if err != nil {
		return nil, err
	}
	switch {
	case strings.HasSuffix(kind, "List") && depth < maxManifest:
		items, err := m.FieldOf(doc, "items")
		if err != nil || items == nil {
			return nil, err
		}
		nodes, err := m.ListItems(items)
		var all []*yaml.Node
		for _, n := range nodes {
			found, err := m.listResources(n, depth+1)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
		return all, err
	case configFields[kind] != "":
		return nil, m.addConfig(kind, doc)
	case kind == "CustomResourceDefinition": // which has no setting, and can be large
		return nil, nil
	}
	return []*yaml.Node{doc}, nil
}

// readResource reads a workload, or a resource of an operator.
func (m *manifests) readResource(doc *yaml.Node) ([]deployed.Setting, error) {
	kind, err := m.TextAt(doc, "kind")
	if err != nil {
		return nil, err
	}
	switch kind {
	case "TemporalCluster":
		return m.readNamed(doc, kind, func(doc *yaml.Node) ([]deployed.Setting, error) { return temporalcluster.Read(m.Text, doc) })
	case "HelmRelease": // of Flux
		return m.readNamed(doc, kind, m.readRelease)
	case "Application": // of Argo CD
		return m.readNamed(doc, kind, func(doc *yaml.Node) ([]deployed.Setting, error) { return m.readApplication(doc, "spec") })
	case "ApplicationSet":
		return m.readNamed(doc, kind, func(doc *yaml.Node) ([]deployed.Setting, error) {
			return m.readApplication(doc, "spec", "template", "spec")
		})
	}
	spec, err := m.findPod(doc, 0)
	if err != nil || spec == nil {
		return nil, err
	}
	items, err := m.ItemsAt(spec, "containers")
	if err != nil {
		return nil, err
	}
	return readEach(items, func(item *yaml.Node) ([]deployed.Setting, error) { return m.readPodContainer(doc, spec, item) })
}
