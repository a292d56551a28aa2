package kustomize

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
)

// patchFields list patches: objects with a target, or texts.
var patchFields = []string{"patches", "patchesStrategicMerge", "patchesJson6902"}

// kindsWithoutSettings are resources from which no setting is read, so a patch of them changes none.
var kindsWithoutSettings = []string{
	"Certificate", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "ExternalSecret", "Gateway",
	"HorizontalPodAutoscaler", "HTTPRoute", "Ingress", "LimitRange", "Namespace", "NetworkPolicy", "PersistentVolume",
	"PersistentVolumeClaim", "PodDisruptionBudget", "PodMonitor", "PriorityClass", "PrometheusRule", "ResourceQuota", "Role",
	"RoleBinding", "SecretStore", "Service", "ServiceAccount", "ServiceMonitor", "StorageClass", "VerticalPodAutoscaler",
}

// canChangeSettings reports whether a patch is one of a resource with settings, or of a kind that is not known.
func canChangeSettings(file *configtext.Text, patch *yaml.Node) (bool, error) {
	kind, err := file.TextAt(patch, "target", "kind")
	if err != nil {
		return false, err
	}
	if kind != "" {
		return !slices.Contains(kindsWithoutSettings, kind), nil
	}
	text, err := openPatch(file, patch)
	if err != nil || text == nil {
		return true, err
	}
	docs, err := text.ParseDocuments()
	if err != nil {
		return true, file.AddUnread(err)
	}
	hasSettings := func(doc *yaml.Node) bool {
		kind, wrong := text.TextAt(doc, "kind")
		return wrong != nil || !slices.Contains(kindsWithoutSettings, kind)
	}
	return len(docs) == 0 || slices.ContainsFunc(docs, hasSettings), nil
}

// openPatch returns the text of a patch, in the kustomization or in a file; nil if it cannot be read.
func openPatch(file *configtext.Text, patch *yaml.Node) (*configtext.Text, error) {
	inline, err := file.FieldAt(patch, "patch")
	if err != nil {
		return nil, err
	}
	path, err := file.FieldAt(patch, "path")
	if err != nil {
		return nil, err
	}
	if item := configtext.FollowAlias(patch); item.Kind == yaml.ScalarNode {
		if strings.Contains(item.Value, "\n") {
			inline = patch
		} else {
			path = patch
		}
	}
	switch {
	case inline != nil && configtext.FollowAlias(inline).Kind == yaml.ScalarNode:
		return file.Inner(inline), nil
	case path != nil && configtext.FollowAlias(path).Kind == yaml.ScalarNode:
		return Open(file, path, configtext.FollowAlias(path).Value)
	}
	return nil, nil
}
