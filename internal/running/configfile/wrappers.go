package configfile

import (
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/running/chart"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/envfile"
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

// readSource reads the Helm values of one source: as an object, or else as text.
func (m *manifests) readSource(source *yaml.Node) ([]deployed.Setting, error) {
	values, err := m.FieldAt(source, "helm", "valuesObject")
	if err != nil {
		return nil, err
	}
	if values != nil {
		return m.readInlineValues(values)
	}
	text, err := m.FieldAt(source, "helm", "values")
	if err != nil || text == nil {
		return nil, err
	}
	return m.readInner("values", text, deployed.Helm)
}

// readInlineValues reads Helm values in a resource. Values of another chart are ignored.
func (m *manifests) readInlineValues(values *yaml.Node) ([]deployed.Setting, error) {
	isTemporal, err := chart.IsTemporal(m.Text, values)
	if err != nil || !isTemporal {
		return nil, err
	}
	return m.readHelm(values)
}

// readKustomization reads what a kustomization generates: variables in literals, and the values of a Helm chart.
func (m *manifests) readKustomization(doc *yaml.Node) ([]deployed.Setting, error) {
	var all []deployed.Setting
	for _, kind := range []string{"configMapGenerator", "secretGenerator"} {
		items, err := m.ItemsAt(doc, kind)
		if err != nil {
			return nil, err
		}
		found, err := readEach(items, m.readLiterals)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	charts, err := m.ItemsAt(doc, "helmCharts")
	if err != nil {
		return nil, err
	}
	found, err := readEach(charts, func(item *yaml.Node) ([]deployed.Setting, error) {
		values, err := m.FieldOf(item, "valuesInline")
		if err != nil {
			return nil, err
		}
		return m.readInlineValues(values)
	})
	return append(all, found...), err
}

// readLiterals reads the variables of a generator, NAME=VALUE.
func (m *manifests) readLiterals(generator *yaml.Node) ([]deployed.Setting, error) {
	name, err := m.TextAt(generator, "name")
	if err != nil {
		return nil, err
	}
	items, err := m.ItemsAt(generator, "literals")
	if err != nil {
		return nil, err
	}
	var all []deployed.Setting
	for _, item := range items {
		text, ok, err := m.ScalarText(item)
		if err != nil {
			return nil, err
		}
		key, value, isPair := strings.Cut(text, "=")
		if !ok || !isPair || !envfile.IsVariableName(key) {
			continue
		}
		at := *configtext.FollowAlias(item)
		at.Value, at.Line, at.Column = key, item.Line, item.Column
		all = append(all, m.variableSettings(name, &at, item, unquote(value), true)...)
	}
	if len(all) > 0 {
		m.Findings.Containers = append(m.Findings.Containers, deployed.Container{Service: name})
	}
	return all, nil
}

// unquote removes the quotes around a literal, as kustomize does.
func unquote(value string) string {
	if len(value) > 1 && (value[0] == '"' || value[0] == '\'') && value[len(value)-1] == value[0] {
		return value[1 : len(value)-1]
	}
	return value
}
