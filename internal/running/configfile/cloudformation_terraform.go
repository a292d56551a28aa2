package configfile

import (
	"cmp"

	"github.com/temporal-dsql/temporal-dsql/internal/running/chart"
	"github.com/temporal-dsql/temporal-dsql/internal/running/cloudformation"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/running/staticfile"
	"github.com/temporal-dsql/temporal-dsql/internal/running/terraform"
	"go.yaml.in/yaml/v3"
)

// readStack reads the ECS task definitions and services of a CloudFormation template, also as the AWS CDK writes it.
func (r *reader) readStack(root *yaml.Node) ([]deployed.Setting, error) {
	resources, err := r.FieldOf(root, "Resources")
	if err != nil || resources == nil {
		return nil, err
	}
	fields, err := r.MappingFields(resources)
	if err != nil {
		return nil, err
	}
	var all []deployed.Setting
	for _, f := range fields {
		kind, err := r.TextAt(f.Value, "Type")
		if err != nil {
			return nil, err
		}
		properties, err := r.FieldOf(f.Value, "Properties")
		if err != nil {
			return nil, err
		}
		if properties == nil || kind != "AWS::ECS::TaskDefinition" && kind != "AWS::ECS::Service" {
			continue
		}
		properties, err = cloudformation.ResolveProperties(r.Text, root, properties)
		if err != nil {
			return nil, err
		}
		var found []deployed.Setting
		if kind == "AWS::ECS::TaskDefinition" {
			found, err = r.readTaskDefinition(f.Key.Value, properties)
		} else {
			found, err = r.readStackService(f.Key.Value, properties)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// readTaskDefinition reads a task definition; its family is that of the resource unless the template states it.
func (r *reader) readTaskDefinition(resource string, properties *yaml.Node) ([]deployed.Setting, error) {
	family, err := r.FieldOf(properties, "family")
	if err != nil {
		return nil, err
	}
	containers, err := r.FieldOf(properties, "containerDefinitions")
	if err != nil || containers == nil || configtext.FollowAlias(containers).Kind != yaml.SequenceNode {
		return nil, err
	}
	if family != nil {
		stated := cloudformation.StripVariables(configtext.FollowAlias(family).Value)
		resource = cmp.Or(stated, resource)
	}
	return r.readContainers(resource, configtext.FollowAlias(containers))
}

// readStackService reads the counts of an ECS service, under its name or else that of the resource.
func (r *reader) readStackService(name string, properties *yaml.Node) ([]deployed.Setting, error) {
	if own, err := r.TextAt(properties, "serviceName"); err != nil {
		return nil, err
	} else if own != "" {
		name = own
	}
	return r.readCounts(name, properties, map[string][]string{
		"desiredCount":   {"desiredCount"},
		"maximumPercent": {"deploymentConfiguration", "maximumPercent"},
	})
}

// readCounts reads counts of a service at paths, under the names of the ECS API.
func (r *reader) readCounts(service string, n *yaml.Node, paths map[string][]string) ([]deployed.Setting, error) {
	var all []deployed.Setting
	for _, key := range []string{"desiredCount", "maximumPercent"} {
		at, err := r.FieldAt(n, paths[key]...)
		if err != nil {
			return nil, err
		}
		if configtext.IsNull(at) {
			continue
		}
		found, err := staticfile.Read(r.Text, key, at, at)
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			s.Service = service
			all = append(all, s)
		}
	}
	return all, nil
}

// readTerraform reads a plan or a state as terraform show -json prints it: ECS task definitions and services, Helm
// releases and Kubernetes manifests.
func (r *reader) readTerraform(root *yaml.Node) ([]deployed.Setting, error) {
	for _, name := range []string{"planned_values", "values"} {
		module, err := r.FieldAt(root, name, "root_module")
		if err != nil {
			return nil, err
		}
		if module != nil {
			return r.readModule(module, 0)
		}
	}
	return nil, nil
}

// maxDepth limits the levels of modules, and those that are searched for a name.
const maxDepth = 12

func (r *reader) readModule(n *yaml.Node, depth int) ([]deployed.Setting, error) {
	items, err := r.ItemsAt(n, "resources")
	if err != nil {
		return nil, err
	}
	all, err := readEach(items, r.readTerraformResource)
	if err != nil || depth == maxDepth {
		return all, err
	}
	modules, err := r.ItemsAt(n, "child_modules")
	if err != nil {
		return nil, err
	}
	found, err := readEach(modules, func(m *yaml.Node) ([]deployed.Setting, error) { return r.readModule(m, depth+1) })
	return append(all, found...), err
}

func (r *reader) readTerraformResource(n *yaml.Node) ([]deployed.Setting, error) {
	kind, err := r.TextAt(n, "type")
	if err != nil {
		return nil, err
	}
	values, err := r.FieldOf(n, "values")
	if err != nil || values == nil {
		return nil, err
	}
	address, err := r.TextAt(n, "address")
	if err != nil {
		return nil, err
	}
	switch kind {
	case "aws_ecs_task_definition":
		text, err := r.FieldOf(values, "container_definitions")
		if err != nil {
			return nil, err
		}
		if configtext.IsNull(text) {
			r.AddNotice(
				r.Position(n),
				deployed.RuleUnreadablePart,
				address+": its container definitions are unknown until they are applied",
				"check the state after terraform apply: terraform show -json",
			)
			return nil, nil
		}
		inner := &reader{Text: r.Inner(text)}
		containers, err := inner.ParseTree()
		if err != nil || containers == nil {
			return nil, err
		}
		family, err := r.TextAt(values, "family")
		if err != nil {
			return nil, err
		}
		return inner.readContainers(family, containers)
	case "aws_ecs_service":
		name, err := r.TextAt(values, "name")
		if err != nil {
			return nil, err
		}
		return r.readCounts(name, values, map[string][]string{
			"desiredCount": {"desired_count"}, "maximumPercent": {"deployment_maximum_percent"},
		})
	case "kubernetes_manifest", "kubectl_manifest":
		manifest, err := r.FieldOf(values, "manifest")
		if err != nil {
			return nil, err
		}
		if manifest != nil {
			r.pending = append(r.pending, &manifestFile{reader: r, resources: []*yaml.Node{manifest}})
			return nil, nil
		}
		body, err := r.FieldOf(values, "yaml_body_parsed")
		if err != nil || body == nil {
			return nil, err
		}
		return r.readInner(address, body, deployed.Kubernetes)
	case "helm_release":
		return r.readRelease(address, values)
	}
	if of := terraform.KindOf(kind); of != "" {
		manifest, err := terraform.ConvertResource(r.Text, of, values)
		if err != nil || manifest == nil {
			return nil, err
		}
		r.pending = append(r.pending, &manifestFile{reader: r, resources: []*yaml.Node{manifest}})
	}
	return nil, nil
}

// readRelease reads the values of a Helm release of the Temporal chart, or of one that depends on it.
func (r *reader) readRelease(address string, values *yaml.Node) ([]deployed.Setting, error) {
	items, err := r.ItemsAt(values, "values")
	if err != nil {
		return nil, err
	}
	var all []deployed.Setting
	for _, text := range items {
		inner := &reader{Text: r.Inner(text)}
		docs, err := inner.ParseDocuments()
		if err != nil || len(docs) == 0 {
			continue
		}
		fields, err := inner.MappingFields(docs[0])
		if err != nil {
			continue
		}
		server, err := inner.FieldOf(docs[0], "server")
		if err != nil || server == nil && len(chart.FindCharts(inner.Text, fields)) == 0 {
			continue // another chart
		}
		found, err := r.readInner(address, text, deployed.Helm)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	set, err := r.ItemsAt(values, "set")
	if err != nil {
		return nil, err
	}
	found, err := r.readSetValues(set)
	return chart.OverrideSettings(all, found), err
}
