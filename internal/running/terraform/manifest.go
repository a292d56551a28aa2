// Package terraform converts resources of Terraform's Kubernetes provider to manifests.
package terraform

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
)

// kinds are the resources that become manifests, without the version at the end of their names.
var kinds = map[string]string{
	"kubernetes_config_map": "ConfigMap", "kubernetes_deployment": "Deployment", "kubernetes_stateful_set": "StatefulSet",
	"kubernetes_daemonset": "DaemonSet", "kubernetes_daemon_set": "DaemonSet", "kubernetes_pod": "Pod", "kubernetes_job": "Job",
	"kubernetes_cron_job": "CronJob",
}

// fields are the fields with another name in a manifest; in camel case, all others have theirs.
var fields = map[string]string{
	"container": "containers", "init_container": "initContainers", "volume": "volumes", "volume_mount": "volumeMounts",
}

// lists are the fields that are lists in a manifest, too. In any other field, a list is a single block.
var lists = map[string]bool{
	"containers": true, "initContainers": true, "volumes": true, "volumeMounts": true, "env": true, "envFrom": true, "args": true,
	"command": true, "items": true, "sources": true,
}

// KindOf returns the kind of the manifest that a resource becomes, or "".
func KindOf(resource string) string {
	for _, version := range []string{"_v1beta1", "_v1"} {
		resource = strings.TrimSuffix(resource, version)
	}
	return kinds[resource]
}

// ConvertResource returns the manifest of a resource with some values.
func ConvertResource(file *configtext.Text, kind string, values *yaml.Node) (*yaml.Node, error) {
	manifest, err := convert(file, values, 0)
	if err != nil || manifest.Kind != yaml.MappingNode {
		return nil, err
	}
	for name, value := range map[string]string{"kind": kind, "apiVersion": "v1"} {
		text := func(value string) *yaml.Node {
			return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value, Line: manifest.Line, Column: manifest.Column}
		}
		manifest.Content = append(manifest.Content, text(name), text(value))
	}
	return manifest, nil
}

// maxDepth limits the levels that are converted.
const maxDepth = 32

// convert converts a value. Data and labels keep their names.
func convert(file *configtext.Text, n *yaml.Node, depth int) (*yaml.Node, error) {
	if err := file.SpendBudget(n); err != nil {
		return nil, err
	}
	out := *configtext.FollowAlias(n)
	out.Content = nil
	if depth == maxDepth {
		return &out, nil
	}
	if out.Kind != yaml.MappingNode {
		for _, item := range configtext.FollowAlias(n).Content {
			converted, err := convert(file, item, depth+1)
			if err != nil {
				return nil, err
			}
			out.Content = append(out.Content, converted)
		}
		return &out, nil
	}
	all, err := file.MappingFields(n)
	if err != nil {
		return nil, err
	}
	for _, f := range all {
		key := *f.Key
		key.Value = fieldName(key.Value)
		value := f.Value
		if list := configtext.FollowAlias(value); list.Kind == yaml.SequenceNode && !lists[key.Value] {
			if len(list.Content) == 0 { // a block that is absent
				continue
			}
			value = list.Content[0]
		}
		if key.Value == "data" || key.Value == "labels" || key.Value == "annotations" {
			out.Content = append(out.Content, &key, value)
			continue
		}
		if configtext.IsNull(value) {
			continue
		}
		converted, err := convert(file, value, depth+1)
		if err != nil {
			return nil, err
		}
		out.Content = append(out.Content, &key, converted)
	}
	return &out, nil
}

// fieldName returns the name of a field in a manifest.
func fieldName(name string) string {
	if other := fields[name]; other != "" {
		return other
	}
	parts := strings.Split(name, "_")
	for i, part := range parts[1:] {
		if part != "" {
			parts[i+1] = strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return strings.Join(parts, "")
}
