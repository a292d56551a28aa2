package configfile

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/chart"
	"github.com/temporal-dsql/temporal-dsql/internal/running/cloudformation"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/dynamicfile"
	"github.com/temporal-dsql/temporal-dsql/internal/running/kustomize"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// checkFormat returns an error if a file without a setting is one of another format than the given one.
func (r *reader) checkFormat(given deployed.Format) error {
	if given == "" || given == deployed.Env {
		return nil
	}
	docs, err := r.ParseDocuments()
	if err != nil || len(docs) == 0 {
		return nil //nolint:nilerr // as its reading says
	}
	found, err := r.detectFormat(docs)
	if err != nil || found == "" || found == given || found == deployed.ECS {
		return nil //nolint:nilerr // (any JSON counts as ECS)
	}
	return r.NewError(source.Pos{File: r.Name}, fmt.Sprintf("expected the format %s, found %s", given, found), "pass it as "+string(found))
}

// detectFormat detects the format by the top-level fields.
func (r *reader) detectFormat(docs []*yaml.Node) (deployed.Format, error) {
	for _, doc := range docs {
		if r.isManifest(doc) {
			return deployed.Kubernetes, nil
		}
	}
	root := configtext.FollowAlias(docs[0])
	if root.Kind == yaml.SequenceNode {
		return deployed.ECS, nil
	}
	fields, err := r.MappingFields(root)
	if err != nil && root.Kind == yaml.MappingNode {
		return "", err
	}
	names := map[string]*yaml.Node{}
	for _, f := range fields {
		names[f.Key.Value] = configtext.FollowAlias(f.Value)
		if r.isServerConfig(f.Key.Value, configtext.FollowAlias(f.Value)) {
			return deployed.Server, nil
		}
	}
	resources := names["Resources"]
	isTemplate := resources != nil && resources.Kind == yaml.MappingNode &&
		(names["AWSTemplateFormatVersion"] != nil || cloudformation.HasResource(r.Text, resources))
	switch {
	case names["configMapGenerator"] != nil, names["helmCharts"] != nil, slices.Contains(kustomize.FileNames, filepath.Base(r.Name)):
		return deployed.Kubernetes, nil // a kustomization needs no kind
	case isTemplate:
		return deployed.Stack, nil
	case names["terraform_version"] != nil && names["resources"] != nil:
		return "", r.NewError(r.Position(root), "a state of Terraform in the format that it stores",
			"pass the output of terraform show -json")
	case names["planned_values"] != nil, names["terraform_version"] != nil && names["values"] != nil:
		return deployed.Terraform, nil
	}
	entries := 0
	for _, f := range fields {
		value := configtext.FollowAlias(f.Value)
		switch name := f.Key.Value; {
		case name == "services" && value.Kind == yaml.MappingNode, name == "include":
			return deployed.Compose, nil
		case name == "services" && value.Kind == yaml.SequenceNode, name == "containerDefinitions", name == "taskDefinition":
			return deployed.ECS, nil
		case name == "server" && value.Kind == yaml.MappingNode:
			return deployed.Helm, nil
		case value.Kind == yaml.SequenceNode && dynamicfile.IsEntries(r.Text, value):
			entries++
		}
	}
	base := strings.ToLower(filepath.Base(r.Name))
	if r.IsPart() {
		base = ""
	}
	switch {
	case entries > 0, strings.Contains(base, "dynamic"), dynamicfile.HasKeys(fields):
		return deployed.DynamicConfig, nil
	case strings.Contains(base, "compose"):
		return deployed.Compose, nil
	case len(chart.FindCharts(r.Text, fields)) > 0:
		return deployed.Helm, nil
	case strings.HasSuffix(base, ".json"):
		return deployed.ECS, nil
	}
	return "", nil
}
