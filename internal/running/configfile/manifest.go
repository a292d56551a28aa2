package configfile

import (
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/kustomize"
	"github.com/temporal-dsql/temporal-dsql/internal/running/manifest"
	"github.com/temporal-dsql/temporal-dsql/internal/running/temporalcluster"
	"go.yaml.in/yaml/v3"
)

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
	index         *manifest.Index
	files         map[*configtext.Text]*manifestFile
}

// isManifest reports whether a document is a Kubernetes resource.
func (r *reader) isManifest(root *yaml.Node) bool {
	version, err := r.FieldOf(root, "apiVersion")
	kind, _ := r.FieldOf(root, "kind")
	return err == nil && version != nil && kind != nil
}

// openManifests prepares the documents of a file for reading.
func (r *reader) openManifests(docs []*yaml.Node) (*manifestFile, error) {
	docs = manifest.DropDefinitions(r.Text, docs)
	file := &manifestFile{reader: r, resources: docs}
	at := slices.IndexFunc(docs, func(doc *yaml.Node) bool {
		return kustomize.IsKustomization(r.Text, doc) && (len(docs) == 1 || r.isManifest(doc))
	})
	if at < 0 {
		return file, nil
	}
	others := slices.Delete(slices.Clone(docs), at, at+1)
	rendered, err := kustomize.Render(r.Text, docs[at])
	if err != nil {
		return nil, err
	}
	joined := *r
	joined.Text = rendered.Text
	joined.AddPart(r.Text, others...)
	return &manifestFile{
		reader: &joined, resources: append(rendered.Resources, others...), charts: rendered.Charts, sources: rendered.Sources,
	}, nil
}

// readTogether reads the manifests of files as those of one cluster. It notes the problems of a resource in its file.
func readTogether(files []*manifestFile) error {
	m := &manifests{index: manifest.NewIndex(), files: map[*configtext.Text]*manifestFile{}}
	if len(files) == 0 {
		return nil
	}
	joined := files[0].Join()
	lists := make([][]*yaml.Node, len(files))
	for n, file := range files {
		view := *file.reader
		view.Text = joined.AddPart(file.Text, file.resources...)
		file.reader = &view
		m.manifestFile, m.files[view.Text] = file, file
		err := m.readRest(file.resources, func(doc *yaml.Node) error {
			found, err := m.index.List(file.Text, doc)
			lists[n] = append(lists[n], found...)
			return err
		})
		if err != nil {
			return err
		}
	}
	for n, file := range files {
		m.manifestFile = file
		err := m.readRest(lists[n], func(doc *yaml.Node) error { return m.index.Count(file.Text, doc) })
		if err != nil {
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
			if err := m.AddUnread(err); err != nil {
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
	for _, c := range m.index.Configs {
		m.files[c.File].isUsed = m.files[c.File].isUsed || c.IsUsed
	}
	return nil
}

// readRest reads resources. It notes the problems of one, and reads the rest.
func (m *manifests) readRest(resources []*yaml.Node, read func(*yaml.Node) error) error {
	for _, doc := range resources {
		if m.IsSpent() {
			return nil // as is noted
		}
		if err := m.AddUnread(read(doc)); err != nil {
			return err
		}
	}
	return nil
}

// readResource reads a workload, or a resource of an operator.
func (m *manifests) readResource(doc *yaml.Node) ([]deployed.Setting, error) {
	kind, err := m.TextAt(doc, "kind")
	if err != nil {
		return nil, err
	}
	switch kind {
	case "TemporalCluster":
		return m.readNamed(doc, kind, func(doc *yaml.Node) ([]deployed.Setting, error) {
			return temporalcluster.Read(m.Text, doc, m.readPairs)
		})
	case "HelmRelease": // of Flux
		return m.readNamed(doc, kind, m.readRelease)
	case "Application": // of Argo CD
		return m.readNamed(doc, kind, func(doc *yaml.Node) ([]deployed.Setting, error) { return m.readApplication(doc, "spec") })
	case "ApplicationSet":
		return m.readNamed(doc, kind, func(doc *yaml.Node) ([]deployed.Setting, error) {
			return m.readApplication(doc, "spec", "template", "spec")
		})
	}
	spec, err := manifest.FindPod(m.Text, doc)
	if err != nil || spec == nil {
		return nil, err
	}
	items, err := m.ItemsAt(spec, "containers")
	if err != nil {
		return nil, err
	}
	return readEach(items, func(item *yaml.Node) ([]deployed.Setting, error) { return m.readPodContainer(doc, spec, item) })
}

// readNamed reads a resource with a whole cluster. Services of one of several clusters have its name before theirs.
func (m *manifests) readNamed(
	doc *yaml.Node, kind string, read func(*yaml.Node) ([]deployed.Setting, error),
) ([]deployed.Setting, error) {
	first := len(m.Findings.Containers)
	found, err := read(doc)
	if err != nil || !m.index.HasSeveral(kind) {
		return found, err
	}
	name, err := m.TextAt(doc, "metadata", "name")
	deployed.NameServices(name, found, m.Findings.Containers[first:])
	return found, err
}
