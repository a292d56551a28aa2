package kustomize

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// unapplied are the fields that change resources in ways that are not followed here.
var unapplied = []string{"replacements", "vars", "transformers", "generators"}

// transform changes the resources as a kustomization says, in the order of kustomize.
func (r *renderer) transform(file *configtext.Text, doc *yaml.Node, all []*resource) ([]*resource, error) {
	var err error
	for _, list := range []string{"patchesStrategicMerge", "patches"} {
		if all, err = r.applyPatches(file, doc, list, all); err != nil {
			return nil, err
		}
	}
	if err := r.rename(file, doc, all); err != nil {
		return nil, err
	}
	if err := r.setLabels(file, doc, all); err != nil {
		return nil, err
	}
	if all, err = r.applyPatches(file, doc, "patchesJson6902", all); err != nil {
		return nil, err
	}
	err = r.eachItem(file, doc, "replicas", func(item *yaml.Node) error { return r.setReplicas(file, item, all) })
	if err != nil {
		return nil, err
	}
	err = r.eachItem(file, doc, "images", func(item *yaml.Node) error { return r.setImage(file, item, all) })
	if err != nil {
		return nil, err
	}
	for _, list := range unapplied {
		items, err := file.ItemsAt(doc, list)
		if err != nil {
			return nil, err
		}
		if len(items) > 0 {
			file.AddNotice(file.Position(items[0]), deployed.RuleUnreadSource,
				fmt.Sprintf("%s are not applied here, so the values that they change are those before it", list), built)
		}
	}
	return all, nil
}

// rename sets the namespace of resources, and changes their names, also where others refer to them.
func (r *renderer) rename(file *configtext.Text, doc *yaml.Node, all []*resource) error {
	var prefix, suffix, namespace string
	for to, name := range map[*string]string{&prefix: "namePrefix", &suffix: "nameSuffix", &namespace: "namespace"} {
		var err error
		if *to, err = file.TextAt(doc, name); err != nil {
			return err
		}
	}
	if namespace != "" {
		for _, x := range all {
			x.setName("namespace", namespace)
			x.namespaces = append(x.namespaces, namespace)
		}
	}
	for _, x := range all {
		if prefix+suffix != "" && x.name() != "" && !slices.Contains(unnamed, x.kind) {
			name := prefix + x.name() + suffix
			x.setName("name", name)
			x.names = append(x.names, name)
		}
	}
	return r.linkNames(all)
}

// setLabels sets the labels and annotations of resources, by which the patches of later kustomizations select them. Those of their
// selectors and templates hold no setting.
func (r *renderer) setLabels(file *configtext.Text, doc *yaml.Node, all []*resource) error {
	set := func(n *yaml.Node, field, list string) error {
		pairs, err := file.FieldOf(n, field)
		if err != nil || configtext.IsNull(pairs) {
			return err
		}
		fields, err := file.MappingFields(pairs)
		if err != nil {
			return err
		}
		for _, x := range all {
			if err := file.Budget.Values.Spend(len(fields)); err != nil {
				return file.BudgetError(file.Position(pairs), err)
			}
			if err := x.copyOnWrite(r.Text); err != nil {
				return err
			}
			x.setPairs(list, fields)
		}
		return nil
	}
	err := r.eachItem(file, doc, "labels", func(item *yaml.Node) error { return set(item, "pairs", "labels") })
	if err != nil {
		return err
	}
	if err := set(doc, "commonLabels", "labels"); err != nil {
		return err
	}
	return set(doc, "commonAnnotations", "annotations")
}

// setPairs sets labels or annotations of a resource, of which the node is its own.
func (x *resource) setPairs(list string, fields []configtext.Pair) {
	metadata := findField(x.node, "metadata")
	if metadata == nil || metadata.Kind != yaml.MappingNode {
		return
	}
	own := findField(metadata, list)
	if own == nil || own.Kind != yaml.MappingNode {
		own = newMapping(metadata)
		setField(metadata, list, own)
	}
	for _, f := range fields {
		value := configtext.FollowAlias(f.Value)
		setField(own, f.Key.Value, newText(f.Value, value.Value))
	}
}

// unnamed are the kinds whose names kustomize does not change.
var unnamed = []string{"CustomResourceDefinition", "APIService", "Namespace"}

// linkNames changes references to ConfigMaps and Secrets by a name that they had: to those in the namespace of the resource
// that refers to them, unless several had the name.
func (r *renderer) linkNames(all []*resource) error {
	owners, hasRenamed := map[string][]*resource{}, false
	for _, x := range all {
		for n, name := range x.names {
			if hasRenamed = hasRenamed || name != x.name(); !slices.Contains(x.names[:n], name) {
				owners[x.kind+"/"+name] = append(owners[x.kind+"/"+name], x)
			}
		}
	}
	if !hasRenamed {
		return nil
	}
	for _, x := range all {
		rename := func(kind, name string) string { return currentName(owners[kind+"/"+name], x, name) }
		if !renameReferences(x.node, rename, false, 0) {
			continue
		}
		if err := x.copyOnWrite(r.Text); err != nil {
			return err
		}
		renameReferences(x.node, rename, true, 0)
	}
	return nil
}

// currentName returns the name that the owner of a name has now, if it is in a resource's namespace; "" if the name stays.
func currentName(owners []*resource, from *resource, name string) string {
	current := ""
	for _, x := range owners {
		if x.namespace() != from.namespace() {
			continue
		}
		if x.name() == name || current != "" && current != x.name() {
			return ""
		}
		current = x.name()
	}
	return current
}

// setName sets a field of a resource's metadata.
func (x *resource) setName(name, value string) {
	root := *configtext.FollowAlias(x.node)
	root.Content = slices.Clone(root.Content)
	metadata := newMapping(&root)
	if before := findField(&root, "metadata"); before != nil && configtext.FollowAlias(before).Kind == yaml.MappingNode {
		*metadata = *configtext.FollowAlias(before)
		metadata.Content = slices.Clone(metadata.Content)
	}
	at := metadata
	if before := findField(metadata, name); before != nil {
		at = before
	}
	setField(metadata, name, newText(at, value))
	setField(&root, "metadata", metadata)
	x.node = &root
}

// references are the fields of a pod that refer to another resource, with its kind and the fields that can have its name.
var references = map[string]struct {
	kind  string
	names []string
}{
	"configMapRef": {"ConfigMap", []string{"name"}}, "configMapKeyRef": {"ConfigMap", []string{"name"}},
	"configMap": {"ConfigMap", []string{"name"}}, "secretRef": {"Secret", []string{"name"}},
	"secretKeyRef": {"Secret", []string{"name"}}, "secret": {"Secret", []string{"secretName", "name"}}, // (name if projected)
}

// renameReferences changes the names of resources in references to them, if isWritten, and reports whether there are any.
func renameReferences(n *yaml.Node, rename func(kind, name string) string, isWritten bool, depth int) bool {
	hasAny := false
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			to := references[n.Content[i].Value]
			in := configtext.FollowAlias(n.Content[i+1])
			for _, field := range to.names {
				name := findField(in, field)
				if name == nil {
					continue
				}
				current := rename(to.kind, configtext.FollowAlias(name).Value)
				if current == "" {
					continue
				}
				if hasAny = true; isWritten {
					setField(in, field, newText(name, current))
				}
			}
		}
	}
	if depth < 2*maxDepth {
		for _, below := range n.Content {
			hasAny = renameReferences(below, rename, isWritten, depth+1) || hasAny
		}
	}
	return hasAny
}

// setReplicas sets the count of the workloads of a name.
func (r *renderer) setReplicas(file *configtext.Text, item *yaml.Node, all []*resource) error {
	name, err := file.TextAt(item, "name")
	if err != nil {
		return err
	}
	count, err := file.FieldOf(item, "count")
	if err != nil || count == nil {
		return err
	}
	for _, x := range all {
		isWorkload := slices.Contains([]string{"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"}, x.kind)
		if !isWorkload || !slices.Contains(x.names, name) {
			continue
		}
		if err := x.copyOnWrite(r.Text); err != nil {
			return err
		}
		if spec := findField(x.node, "spec"); spec != nil && spec.Kind == yaml.MappingNode {
			removeField(spec, "replicas")
			setField(spec, "replicas", copyNode(configtext.FollowAlias(count)))
		}
	}
	return nil
}

// setImage sets the images of a name.
func (r *renderer) setImage(file *configtext.Text, item *yaml.Node, all []*resource) error {
	fields := map[string]*yaml.Node{}
	for _, name := range []string{"name", "newName", "newTag", "digest", "tagSuffix"} {
		at, err := file.FieldOf(item, name)
		if err != nil {
			return err
		}
		if at != nil && configtext.FollowAlias(at).Kind == yaml.ScalarNode && configtext.FollowAlias(at).Value != "" {
			fields[name] = configtext.FollowAlias(at)
		}
	}
	if fields["name"] == nil || len(fields) < 2 {
		return nil
	}
	for _, x := range all {
		if !usesImage(x.node, fields["name"].Value, 0) {
			continue
		}
		if err := x.copyOnWrite(r.Text); err != nil {
			return err
		}
		replaceImages(x.node, fields, 0)
	}
	return nil
}

// splitImage returns the name of an image, its tag and its digest.
func splitImage(image string) (name, tag, digest string) {
	name, digest, _ = strings.Cut(image, "@")
	if i := strings.LastIndex(name, ":"); i > strings.LastIndex(name, "/") {
		name, tag = name[:i], name[i+1:]
	}
	return name, tag, digest
}

// usesImage reports whether a container below a node has an image of a name.
func usesImage(n *yaml.Node, name string, depth int) bool {
	if image := findField(n, "image"); image != nil {
		if own, _, _ := splitImage(configtext.FollowAlias(image).Value); own == name {
			return true
		}
	}
	return depth < 2*maxDepth &&
		slices.ContainsFunc(n.Content, func(below *yaml.Node) bool { return usesImage(below, name, depth+1) })
}

// replaceImages replaces the images of a name below a node.
func replaceImages(n *yaml.Node, fields map[string]*yaml.Node, depth int) {
	if image := findField(n, "image"); image != nil {
		name, tag, digest := splitImage(image.Value)
		if name == fields["name"].Value {
			at := image
			if fields["newName"] != nil {
				at = fields["newName"]
				name = at.Value
			}
			switch {
			case fields["newTag"] != nil:
				at, digest = fields["newTag"], ""
				if tag = at.Value; fields["digest"] != nil {
					digest = fields["digest"].Value
				}
			case fields["digest"] != nil:
				at, tag, digest = fields["digest"], "", fields["digest"].Value
			case fields["tagSuffix"] != nil:
				at, tag, digest = fields["tagSuffix"], tag+fields["tagSuffix"].Value, ""
			}
			if tag != "" {
				name += ":" + tag
			}
			if digest != "" {
				name += "@" + digest
			}
			setField(n, "image", newText(at, name))
		}
	}
	if depth < 2*maxDepth {
		for _, below := range n.Content {
			replaceImages(below, fields, depth+1)
		}
	}
}
