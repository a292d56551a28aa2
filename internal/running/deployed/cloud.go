package deployed

import (
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// unknownTag marks a value that another resource or a parameter without a default gives.
const unknownTag = "!unknown"

// hasStackResource reports whether a mapping has resources of a CloudFormation template.
func (r *reader) hasStackResource(resources *yaml.Node) bool {
	fields, err := r.mappingFields(resources)
	if err != nil {
		return false
	}
	for _, f := range fields {
		if kind, err := r.textOf(f.value, "Type"); err == nil && strings.HasPrefix(kind, "AWS::") {
			return true
		}
	}
	return false
}

// readStack reads the ECS task definitions and services of a CloudFormation template, also as the AWS CDK writes it.
func (r *reader) readStack(root *yaml.Node) ([]Setting, error) {
	resources, err := r.fieldOf(root, "Resources")
	if err != nil || resources == nil {
		return nil, err
	}
	parameters, err := r.fieldOf(root, "Parameters")
	if err != nil {
		return nil, err
	}
	s := stack{r, parameters}
	fields, err := r.mappingFields(resources)
	if err != nil {
		return nil, err
	}
	var all []Setting
	for _, f := range fields {
		kind, err := r.textOf(f.value, "Type")
		if err != nil {
			return nil, err
		}
		properties, err := r.fieldOf(f.value, "Properties")
		if err != nil {
			return nil, err
		}
		if properties == nil || kind != "AWS::ECS::TaskDefinition" && kind != "AWS::ECS::Service" {
			continue
		}
		properties, err = s.resolveProperties(properties, 0)
		if err != nil {
			return nil, err
		}
		var found []Setting
		if kind == "AWS::ECS::TaskDefinition" {
			found, err = r.ecsPart("", properties, 0)
		} else {
			found, err = r.readStackService(f.key.Value, properties)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// stack resolves the properties of a template.
type stack struct {
	*reader
	parameters *yaml.Node
}

// resolveProperties returns properties with the names of the ECS API, and with unknown values for references. A reference to a
// parameter has the parameter's default.
func (s stack) resolveProperties(n *yaml.Node, depth int) (*yaml.Node, error) {
	if err := s.spendBudget(n); err != nil {
		return nil, err
	}
	n = followAlias(n)
	unknown := *n
	unknown.Kind, unknown.Tag, unknown.Value, unknown.Content = yaml.ScalarNode, unknownTag, "", nil
	if depth > maxDepth {
		return &unknown, nil
	}
	if name, ok := s.referenceName(n); ok {
		value, err := s.fieldAt(s.parameters, name, "Default")
		if err != nil || value == nil {
			return &unknown, err
		}
		return value, nil
	}
	if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
		return &unknown, nil
	}
	out := *n
	out.Content = make([]*yaml.Node, 0, len(n.Content))
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			name := *followAlias(child)
			if strings.HasPrefix(name.Value, "Fn::") {
				return &unknown, nil
			}
			name.Line, name.Column = child.Line, child.Column
			name.Value = lowerFirst(name.Value)
			out.Content = append(out.Content, &name)
			continue
		}
		resolved, err := s.resolveProperties(child, depth+1)
		if err != nil {
			return nil, err
		}
		out.Content = append(out.Content, resolved)
	}
	return &out, nil
}

// referenceName returns the name that a value refers to: {Ref: NAME} or !Ref NAME.
func (s stack) referenceName(n *yaml.Node) (string, bool) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!Ref" {
		return n.Value, true
	}
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 && n.Content[0].Value == "Ref" {
		return followAlias(n.Content[1]).Value, true
	}
	return "", false
}

func lowerFirst(name string) string {
	letters := []rune(name)
	if len(letters) == 0 {
		return name
	}
	letters[0] = unicode.ToLower(letters[0])
	return string(letters)
}

// readStackService reads the counts of an ECS service, under its name or else that of the resource.
func (r *reader) readStackService(name string, properties *yaml.Node) ([]Setting, error) {
	if own, err := r.textOf(properties, "serviceName"); err != nil {
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
func (r *reader) readCounts(service string, n *yaml.Node, paths map[string][]string) ([]Setting, error) {
	var all []Setting
	for _, key := range []string{"desiredCount", "maximumPercent"} {
		at, err := r.fieldAt(n, paths[key]...)
		if err != nil {
			return nil, err
		}
		if at == nil || isNull(at) {
			continue
		}
		found, err := r.readLeaves(key, at, at)
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
func (r *reader) readTerraform(root *yaml.Node) ([]Setting, error) {
	for _, name := range []string{"planned_values", "values"} {
		module, err := r.fieldAt(root, name, "root_module")
		if err != nil {
			return nil, err
		}
		if module != nil {
			return r.readModule(module, 0)
		}
	}
	return nil, nil
}

func (r *reader) readModule(n *yaml.Node, depth int) ([]Setting, error) {
	resources, err := r.fieldOf(n, "resources")
	if err != nil {
		return nil, err
	}
	items, err := r.listItems(resources)
	if err != nil {
		return nil, err
	}
	var all []Setting
	for _, item := range items {
		found, err := r.readTerraformResource(item)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	children, err := r.fieldOf(n, "child_modules")
	if err != nil || depth == maxManifest {
		return all, err
	}
	modules, err := r.listItems(children)
	if err != nil {
		return nil, err
	}
	for _, m := range modules {
		found, err := r.readModule(m, depth+1)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func (r *reader) readTerraformResource(n *yaml.Node) ([]Setting, error) {
	kind, err := r.textOf(n, "type")
	if err != nil {
		return nil, err
	}
	values, err := r.fieldOf(n, "values")
	if err != nil || values == nil {
		return nil, err
	}
	address, err := r.textOf(n, "address")
	if err != nil {
		return nil, err
	}
	switch kind {
	case "aws_ecs_task_definition":
		text, err := r.fieldOf(values, "container_definitions")
		if err != nil {
			return nil, err
		}
		if text == nil || isNull(text) {
			r.addNotice(r.position(n), unreadablePart, address+": its container definitions are unknown until they are applied",
				"check the state after terraform apply: terraform show -json")
			return nil, nil
		}
		inner := r.innerReader(text)
		inner.text = followAlias(text).Value
		containers, err := inner.parseTree(inner.text)
		if err != nil || containers == nil {
			return nil, err
		}
		return inner.readContainers(containers)
	case "aws_ecs_service":
		name, err := r.textOf(values, "name")
		if err != nil {
			return nil, err
		}
		return r.readCounts(name, values, map[string][]string{
			"desiredCount": {"desired_count"}, "maximumPercent": {"deployment_maximum_percent"},
		})
	case "kubernetes_manifest", "kubectl_manifest":
		manifest, err := r.fieldOf(values, "manifest")
		if err != nil {
			return nil, err
		}
		if manifest != nil {
			return r.readManifests([]*yaml.Node{manifest})
		}
		body, err := r.fieldOf(values, "yaml_body_parsed")
		if err != nil || body == nil {
			return nil, err
		}
		return r.readInner(address, body, Kubernetes)
	case "kubernetes_config_map", "kubernetes_config_map_v1":
		data, err := r.fieldOf(values, "data")
		if err != nil || data == nil || isNull(data) {
			return nil, err
		}
		m := &manifests{reader: r}
		return m.readConfigMap(address, data)
	case "helm_release":
		return r.readRelease(address, values)
	}
	return nil, nil
}

// readRelease reads the values of a Helm release of the Temporal chart, or of one that depends on it.
func (r *reader) readRelease(address string, values *yaml.Node) ([]Setting, error) {
	texts, err := r.fieldOf(values, "values")
	if err != nil {
		return nil, err
	}
	items, err := r.listItems(texts)
	if err != nil {
		return nil, err
	}
	var all []Setting
	for _, text := range items {
		inner := r.innerReader(text)
		inner.text = followAlias(text).Value
		docs, err := inner.parseDocuments(inner.text)
		if err != nil || len(docs) == 0 {
			continue
		}
		fields, err := inner.mappingFields(docs[0])
		if err != nil {
			continue
		}
		server, err := inner.fieldOf(docs[0], "server")
		if err != nil || server == nil && len(inner.findCharts(fields)) == 0 {
			continue // another chart
		}
		found, err := r.readInner(address, text, Helm)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}
