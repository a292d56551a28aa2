package configfile

import (
	"cmp"
	"errors"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/redact"
	"github.com/temporal-dsql/temporal-dsql/internal/running/chart"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/kustomize"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
	"go.yaml.in/yaml/v3"
)

// readApplication reads the Helm values of an application of Argo CD, whose specification is at a path: those of its one
// source, or of each of its sources.
func (m *manifests) readApplication(doc *yaml.Node, path ...string) ([]deployed.Setting, error) {
	spec, err := m.FieldAt(doc, path...)
	if err != nil {
		return nil, err
	}
	items, err := m.ItemsAt(spec, "sources")
	if err != nil {
		return nil, err
	}
	source, err := m.FieldOf(spec, "source")
	if err != nil {
		return nil, err
	}
	if source != nil {
		items = append(items, source)
	}
	return readEach(items, m.readSource)
}

// readSource reads the Helm values of one source: an object, or else a text, and the parameters, which override them. Files
// with values are in repositories: those that are not among the given files are noted.
func (m *manifests) readSource(source *yaml.Node) ([]deployed.Setting, error) {
	files, err := m.ItemsAt(source, "helm", "valueFiles")
	if err != nil {
		return nil, err
	}
	for _, at := range files {
		if name := configtext.FollowAlias(at).Value; m.mentionsTemporal(source, 0) && !m.isGiven(name) {
			m.AddNotice(m.Position(at), deployed.RuleUnreadSource,
				"the values of "+name+" are not among the files, so what they set is unknown", "pass the file, too")
		}
	}
	values, err := m.FieldAt(source, "helm", "valuesObject")
	if err != nil {
		return nil, err
	}
	var all []deployed.Setting
	if values != nil {
		all, err = m.readInlineValues(values)
	} else if text, wrong := m.FieldAt(source, "helm", "values"); text != nil || wrong != nil {
		if err = wrong; err == nil {
			all, err = m.readInner("values", text, deployed.Helm)
		}
	}
	if err != nil {
		return nil, err
	}
	parameters, err := m.readParameters(source)
	return chart.OverrideSettings(all, parameters), err
}

// readRelease reads the Helm values of a release of Flux: those of ConfigMaps, and its own, which override them.
func (m *manifests) readRelease(doc *yaml.Node) ([]deployed.Setting, error) {
	items, err := m.ItemsAt(doc, "spec", "valuesFrom")
	if err != nil {
		return nil, err
	}
	all, err := readEach(items, func(item *yaml.Node) ([]deployed.Setting, error) { return m.readValuesFrom(doc, item) })
	if err != nil {
		return nil, err
	}
	values, err := m.FieldAt(doc, "spec", "values")
	if err != nil {
		return nil, err
	}
	own, err := m.readInlineValues(values)
	return chart.MergeSettings(all, own), err
}

// readValuesFrom reads the Helm values in a ConfigMap or a Secret of the file, and notes those that are not in it.
func (m *manifests) readValuesFrom(release, item *yaml.Node) ([]deployed.Setting, error) {
	name, err := m.TextAt(item, "name")
	if err != nil {
		return nil, err
	}
	key, err := m.TextAt(item, "valuesKey")
	if err != nil {
		return nil, err
	}
	target, err := m.TextAt(item, "targetPath")
	if err != nil {
		return nil, err
	}
	kind, err := m.TextAt(item, "kind")
	if err != nil {
		return nil, err
	}
	var text *yaml.Node
	if config := m.index.Find(m.Text, release, kind, name); config != nil {
		if text, err = m.FieldOf(config.Data, cmp.Or(key, "values.yaml")); err != nil {
			return nil, err
		}
	}
	if text == nil || target != "" {
		if m.mentionsTemporal(release, 0) && !redact.IsSecretName(target) {
			remedy := "pass the file with " + name + ", too, or put its values into spec.values"
			if kind == "Secret" {
				remedy = "keep only secrets in " + name + ", and the other values in spec.values"
			}
			message := "the values of " + name + " are not read, so what they set is unknown"
			m.AddNotice(m.Position(item), deployed.RuleUnreadSource, message, remedy)
		}
		return nil, nil
	}
	m.index.Find(m.Text, release, kind, name).IsUsed = true
	inner := &reader{Text: m.Inner(text)}
	docs, err := inner.ParseDocuments()
	if err != nil || len(docs) == 0 {
		return nil, m.AddUnread(err)
	}
	return inner.readInlineValues(docs[0])
}

// mentionsTemporal reports whether a text in a resource contains the name, as the chart, the release or its files have it.
func (m *manifests) mentionsTemporal(n *yaml.Node, depth int) bool {
	if m.SpendBudget(n) != nil {
		return false // what is read next has the error
	}
	n = configtext.FollowAlias(n)
	return strings.Contains(strings.ToLower(n.Value), "temporal") || depth < maxDepth &&
		slices.ContainsFunc(n.Content, func(below *yaml.Node) bool { return m.mentionsTemporal(below, depth+1) })
}

// isGiven reports whether a file with values, as a repository has it, is among the given ones: their paths end with its path.
func (m *manifests) isGiven(name string) bool {
	if strings.HasPrefix(name, "$") { // of another source
		_, name, _ = strings.Cut(name, "/")
	}
	name = path.Clean("/" + name)
	return slices.ContainsFunc(m.given, func(file string) bool {
		return strings.HasSuffix(filepath.ToSlash(deployed.IdentifyFile(file)), name)
	})
}

// readParameters reads the Helm parameters of a source.
func (m *manifests) readParameters(from *yaml.Node) ([]deployed.Setting, error) {
	helm, err := m.FieldOf(from, "helm")
	if err != nil {
		return nil, err
	}
	items, err := m.ItemsAt(helm, "parameters")
	if err != nil {
		return nil, err
	}
	return m.readSetValues(items)
}

// readSetValues reads Helm values with the names of helm --set.
func (r *reader) readSetValues(items []*yaml.Node) ([]deployed.Setting, error) {
	values, fields := chart.NewSetValues(), chart.NewSetValues() // fields: without items of lists
	isFull := false
	for _, item := range items {
		if err := r.SpendBudget(item); err != nil {
			return nil, err
		}
		var parts [2]*yaml.Node
		for n, field := range []string{"name", "value"} {
			part, err := r.FieldOf(item, field)
			if err != nil {
				return nil, err
			}
			parts[n] = part
		}
		isForced, err := r.TextAt(item, "forceString") // of Argo CD
		if err != nil {
			return nil, err
		}
		kind, err := r.TextAt(item, "type") // of Terraform
		if err != nil {
			return nil, err
		}
		if parts[0] != nil && parts[1] != nil {
			name, value := configtext.FollowAlias(parts[0]), configtext.FollowAlias(parts[1])
			isText := isForced == "true" || kind == "string"
			problem := values.Set(name, value, isText)
			switch {
			case problem == chart.TooMany && !isFull:
				isFull = true
				r.AddNotice(r.Position(parts[0]), deployed.RuleManyPlaces, problem, budget.SetValues.Remedy)
			case problem != "" && problem != chart.TooMany:
				r.AddNotice(r.Position(parts[0]), deployed.RuleUnreadablePart, name.Value+": "+problem, "")
			}
			if !chart.IsListItem(name.Value) {
				fields.Set(name, value, isText)
			}
		}
	}
	before := *r.Findings
	found, err := r.readInlineValues(values.Root())
	if input := (*source.Error)(nil); errors.As(err, &input) {
		// a part of a list whose rest is in other values
		*r.Findings = before
		return r.readInlineValues(fields.Root())
	}
	return found, err
}

// readInlineValues reads Helm values in a resource. Values of another chart are ignored.
func (r *reader) readInlineValues(values *yaml.Node) ([]deployed.Setting, error) {
	isTemporal, err := chart.IsTemporal(r.Text, values)
	if err != nil || !isTemporal {
		return nil, err
	}
	return r.readHelm(values)
}

// readKustomizedChart reads the values of a Helm chart: its files, and those in the kustomization, which override them.
func (r *reader) readKustomizedChart(item *yaml.Node) ([]deployed.Setting, error) {
	files, err := r.ItemsAt(item, "additionalValuesFiles")
	if err != nil {
		return nil, err
	}
	if file, err := r.FieldOf(item, "valuesFile"); err != nil {
		return nil, err
	} else if file != nil {
		files = append([]*yaml.Node{file}, files...)
	}
	all, err := readEach(files, func(at *yaml.Node) ([]deployed.Setting, error) {
		text, err := kustomize.Open(r.Text, at)
		if err != nil || text == nil {
			return nil, err
		}
		other := &reader{Text: text}
		docs, err := other.ParseDocuments()
		if err != nil || len(docs) == 0 {
			return nil, r.AddUnread(err)
		}
		found, err := other.readInlineValues(docs[0])
		return found, r.AddUnread(err)
	})
	if err != nil {
		return nil, err
	}
	values, err := r.FieldOf(item, "valuesInline")
	if err != nil {
		return nil, err
	}
	found, err := r.readInlineValues(values)
	return deployed.LastSettings(append(all, found...)), err
}
