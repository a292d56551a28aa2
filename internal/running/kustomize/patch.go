package kustomize

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// applyPatches applies the patches of one list: objects with a target, names of files, or texts.
func (r *renderer) applyPatches(file *configtext.Text, doc *yaml.Node, list string, all []*resource) ([]*resource, error) {
	err := r.eachItem(file, doc, list, func(item *yaml.Node) error {
		text, docs, err := r.openPatch(file, item)
		if err != nil || text == nil {
			return r.keepRest(file, err)
		}
		target, err := file.FieldOf(item, "target")
		if err != nil {
			return err
		}
		for _, patch := range docs {
			if patch, err = text.Expand(patch); err != nil {
				return r.keepRest(file, err)
			}
			switch {
			case isJSONPatch(patch):
				err = r.applyOperations(text, item, patch, target, all)
			default:
				all, err = r.applyMerge(text, item, patch, target, all)
			}
			if err := r.keepRest(file, err); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// openPatch returns the documents of a patch, which is in the kustomization or in a file; no text if it is not read.
func (r *renderer) openPatch(file *configtext.Text, item *yaml.Node) (*configtext.Text, []*yaml.Node, error) {
	var inline, path *yaml.Node
	if at := configtext.FollowAlias(item); at.Kind == yaml.ScalarNode {
		if strings.Contains(at.Value, "\n") || strings.Contains(at.Value, ": ") {
			inline = item
		} else {
			path = item
		}
	} else {
		for to, name := range map[**yaml.Node]string{&inline: "patch", &path: "path"} {
			var err error
			if *to, err = file.FieldOf(item, name); err != nil {
				return nil, nil, err
			}
		}
	}
	isText := func(n *yaml.Node) bool { return n != nil && configtext.FollowAlias(n).Value != "" }
	var text *configtext.Text
	switch {
	case isText(inline):
		text = file.Inner(inline)
	case isText(path):
		var err error
		if text, err = r.open(file, path, "patch"); err != nil || text == nil {
			return nil, nil, err
		}
	default:
		return nil, nil, nil
	}
	docs, err := parse(text)
	return r.Text.AddPart(text, docs...), docs, err
}

// noteTarget notes a patch without a target, unless it can be one of the resources that are not read.
func (r *renderer) noteTarget(file *configtext.Text, item *yaml.Node, message string) {
	remedy := "correct its target, or remove it"
	if r.hasUnread {
		message, remedy = "the target of this patch is not among the resources that are read, so what it changes is unknown", built
	}
	file.AddNotice(file.Position(item), deployed.RuleUnreadSource, message, remedy)
}

// applyMerge merges a patch into its targets: the resource that it names, or those that match its target.
func (r *renderer) applyMerge(file *configtext.Text, item, patch, target *yaml.Node, all []*resource) ([]*resource, error) {
	found, err := listResources(file, patch, maxDepth)
	if err != nil {
		return all, err
	}
	isTarget := func(x *resource) bool {
		return slices.ContainsFunc(found, func(p *resource) bool { return x.hasID(p.group, p.kind, p.namespaces[0], p.name()) })
	}
	if target != nil {
		if isTarget, err = selectTargets(file, target); err != nil || isTarget == nil {
			return all, err
		}
	}
	hasTarget := false
	var kept []*resource
	for _, x := range all {
		if isTarget(x) {
			hasTarget = true
			if err := x.copyOnWrite(r.Text); err != nil {
				return all, err
			}
			merged := mergePatch(x.node, copyNode(patch), isBuiltin(x.group))
			if merged == nil {
				continue
			}
			for _, name := range []string{"name", "namespace"} { // which it does not change
				if own := findField(x.node, "metadata", name); own != nil && findField(merged, "metadata") != nil {
					setField(findField(merged, "metadata"), name, own)
				}
			}
			x.node = merged
		}
		kept = append(kept, x)
	}
	if !hasTarget && target == nil {
		r.noteTarget(file, item, "no resource has the kind, name and namespace of this patch, so kustomize build fails")
	}
	return kept, nil
}

// applyOperations applies a JSON patch to the resources that match its target.
func (r *renderer) applyOperations(file *configtext.Text, item, patch, target *yaml.Node, all []*resource) error {
	if target == nil {
		r.noteTarget(file, item, "this JSON patch has no target, so kustomize build fails")
		return nil
	}
	isTarget, err := selectTargets(file, target)
	if err != nil || isTarget == nil {
		return err
	}
	for _, x := range all {
		if !isTarget(x) {
			continue
		}
		if err := x.copyOnWrite(r.Text); err != nil {
			return err
		}
		for _, n := range patch.Content {
			if err := file.SpendBudget(n); err != nil {
				return err
			}
			o, problem := readOperation(n)
			if copied := o.source(x.node); copied != nil {
				if err := file.Budget.Values.Spend(countNodes(copied)); err != nil {
					return file.BudgetError(file.Position(n), err)
				}
			}
			if problem == "" {
				problem = o.apply(x.node)
			}
			if problem != "" {
				file.AddNotice(file.Position(n), deployed.RuleUnreadSource,
					"the patch of "+x.kind+" "+x.name()+" fails, and with it kustomize build: "+problem, "correct it")
				break
			}
		}
	}
	return nil
}

// selectTargets returns what the target of a patch selects; nil if that is not known, which it notes.
func selectTargets(file *configtext.Text, target *yaml.Node) (func(*resource) bool, error) {
	fields := map[string]*regexp.Regexp{}
	for _, name := range []string{"group", "version", "kind", "name", "namespace"} {
		text, err := file.TextAt(target, name)
		if err != nil {
			return nil, err
		}
		if text == "" {
			continue
		}
		pattern, err := regexp.Compile("^(?:" + text + ")$")
		if err != nil {
			return nil, file.NewError(file.Position(target), "target."+name+": not a valid regular expression: "+err.Error(),
				"correct the pattern")
		}
		fields[name] = pattern
	}
	labels := map[string][]requirement{}
	for list, name := range map[string]string{"labels": "labelSelector", "annotations": "annotationSelector"} {
		text, err := file.TextAt(target, name)
		if err != nil {
			return nil, err
		}
		var ok bool
		if labels[list], ok = parseSelector(text); !ok {
			file.AddNotice(file.Position(target), deployed.RuleUnreadSource,
				"the "+name+" is not evaluated, so this patch is not applied", built)
			return nil, nil
		}
	}
	return func(x *resource) bool {
		group, version, hasGroup := strings.Cut(x.group, "/")
		if !hasGroup {
			group, version = "", x.group
		}
		for name, values := range map[string][]string{
			"group": {group}, "version": {version}, "kind": {x.kind}, "name": x.names, "namespace": withDefault(x.namespaces),
		} {
			if fields[name] != nil && !slices.ContainsFunc(values, fields[name].MatchString) {
				return false
			}
		}
		for list, all := range labels {
			for _, q := range all {
				own := findField(x.node, "metadata", list, q.name)
				if has := own != nil && (q.value == nil || own.Value == *q.value); has == q.isNot {
					return false
				}
			}
		}
		return true
	}, nil
}

// withDefault returns namespaces by the names that they have in a cluster.
func withDefault(namespaces []string) []string {
	all := slices.Clone(namespaces)
	for i, name := range all {
		if name == "" {
			all[i] = defaultNamespace
		}
	}
	return all
}

// requirement is one part of a selector: a label, with a value if there is one.
type requirement struct {
	name  string
	value *string
	isNot bool
}

// parseSelector parses a selector of labels by equality and existence; ok is false for one with sets.
func parseSelector(text string) (all []requirement, ok bool) {
	if strings.ContainsAny(text, "()") {
		return nil, false
	}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		name, value, hasValue := strings.Cut(part, "=")
		q := requirement{isNot: strings.HasPrefix(name, "!") || strings.HasSuffix(name, "!")}
		q.name = strings.TrimSpace(strings.Trim(name, "!"))
		if hasValue {
			value = strings.TrimSpace(strings.TrimPrefix(value, "="))
			q.value = &value
		}
		all = append(all, q)
	}
	return all, true
}
