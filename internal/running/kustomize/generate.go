package kustomize

import (
	"path"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// generated are the kinds that generators generate, with the field of their data as text.
var generated = []struct{ list, kind, data string }{
	{"configMapGenerator", "ConfigMap", "data"}, {"secretGenerator", "Secret", "stringData"},
}

// addGenerated adds what the generators of a kustomization generate: new resources, or data of those before.
func (r *renderer) addGenerated(file *configtext.Text, doc *yaml.Node, all []*resource) ([]*resource, error) {
	for _, of := range generated {
		err := r.eachItem(file, doc, of.list, func(item *yaml.Node) error {
			if configtext.FollowAlias(item).Kind != yaml.MappingNode {
				return nil
			}
			x, err := r.generateResource(file, item, of.kind, of.data)
			if err != nil {
				return err
			}
			behaviour, err := file.TextAt(item, "behavior")
			if err != nil {
				return err
			}
			isSame := func(other *resource) bool { return other.hasID("", x.kind, x.namespaces[0], x.name()) }
			n := slices.IndexFunc(all, isSame)
			switch {
			case n >= 0 && behaviour != "merge" && behaviour != "replace":
				file.AddNotice(file.Position(item), deployed.RuleUnreadSource,
					"there is another "+x.kind+" "+x.name()+", so kustomize build fails",
					"set its behavior to merge or replace, or rename it")
				fallthrough
			case n < 0:
				if behaviour == "merge" || behaviour == "replace" {
					r.noteNoTarget(file, item, x, behaviour)
				}
				all = append(all, x)
			case behaviour == "replace":
				x.names, x.namespaces, x.node = all[n].names, all[n].namespaces, withData(all[n].node, of.data, findField(x.node, of.data))
				all[n] = x
			default:
				if err := all[n].copyOnWrite(file); err != nil {
					return err
				}
				data := findField(all[n].node, of.data)
				if data == nil || data.Kind != yaml.MappingNode {
					data = newMapping(x.node)
					setField(all[n].node, of.data, data)
				}
				added := findField(x.node, of.data)
				isAdded := fieldIndexes(added)
				var kept []*yaml.Node
				for i := 0; i+1 < len(data.Content); i += 2 {
					if isAdded[data.Content[i].Value] == 0 {
						kept = append(kept, data.Content[i], data.Content[i+1])
					}
				}
				data.Content = slices.Concat(kept, added.Content)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// noteNoTarget notes that a generator changes a resource that is not there.
func (r *renderer) noteNoTarget(file *configtext.Text, item *yaml.Node, x *resource, behaviour string) {
	what := x.kind + " " + x.name() + " to " + behaviour
	message := "there is no " + what + ", so kustomize build fails"
	remedy := "remove its behavior, or name the " + x.kind + " of a resource or base"
	if r.hasUnread {
		message = "the " + what + " is not among the resources that are read, so what else it sets is unknown"
		remedy = built
	}
	file.AddNotice(file.Position(item), deployed.RuleUnreadSource, message, remedy)
}

// withData returns a resource's node with other data.
func withData(n *yaml.Node, name string, data *yaml.Node) *yaml.Node {
	out := *configtext.FollowAlias(n)
	out.Content = slices.Clone(out.Content)
	setField(&out, name, data)
	return &out
}

// generateResource returns what one generator generates.
func (r *renderer) generateResource(file *configtext.Text, item *yaml.Node, kind, dataField string) (*resource, error) {
	x := &resource{kind: kind, group: "v1", node: newMapping(item), isCopy: true}
	metadata := newMapping(item)
	for _, name := range []string{"name", "namespace"} {
		text, err := file.TextAt(item, name)
		if err != nil {
			return nil, err
		}
		if name == "name" {
			x.names = []string{text}
		} else {
			x.namespaces = []string{text}
		}
		if text != "" {
			setField(metadata, name, newText(item, text))
		}
	}
	data := newMapping(item)
	setField(x.node, "apiVersion", newText(item, "v1"))
	setField(x.node, "kind", newText(item, kind))
	setField(x.node, "metadata", metadata)
	setField(x.node, dataField, data)
	isRead := map[string]bool{}
	add := func(in *configtext.Text, key, value *yaml.Node) {
		if !isDataKey(key.Value) { // (the name can be a secret, where it is a line without a name)
			in.AddNotice(in.Position(key), deployed.RuleUnreadSource,
				"not a valid name of a value: Kubernetes rejects the "+kind+" that kustomize generates with it",
				"write NAME=VALUE, with letters, digits, -, _ and . in the name")
			return
		}
		if isRead[key.Value] {
			in.AddNotice(in.Position(key), deployed.RuleUnreadSource, "the key "+key.Value+" is repeated, so kustomize build fails",
				"keep one of them")
			return
		}
		isRead[key.Value] = true
		data.Content = append(data.Content, key, value)
	}
	readEnv := func(at *yaml.Node) error {
		text, err := r.open(file, at, "file")
		if err != nil || text == nil {
			return r.keepRest(file, err)
		}
		return r.keepRest(file, r.readVariables(text, add))
	}
	for _, name := range []string{"envs", "env"} {
		at, err := file.FieldOf(item, name)
		if err != nil {
			return nil, err
		}
		switch {
		case at == nil:
		case name == "env":
			err = readEnv(at)
		default:
			err = r.eachItem(file, item, name, readEnv)
		}
		if err != nil {
			return nil, err
		}
	}
	err := r.eachItem(file, item, "literals", func(at *yaml.Node) error {
		text, ok, err := file.ScalarText(at)
		if name, value, isPair := strings.Cut(text, "="); ok && isPair {
			add(file, newText(at, name), newText(at, unquote(value)))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return x, r.eachItem(file, item, "files", func(at *yaml.Node) error {
		name, from, isPair := strings.Cut(configtext.FollowAlias(at).Value, "=")
		if !isPair {
			name, from = path.Base(name), name
		}
		if !configtext.IsYAML(name) && file.Files.AreOnDisk && configtext.IsBinary(file.SiblingPath(from)) {
			return nil // it has no settings, such as a key store
		}
		text, err := r.open(file, at, "file")
		if err != nil || text == nil {
			return r.keepRest(file, err)
		}
		r.Text.AddPart(text)
		content := r.Text.WholeText()
		add(r.Text, newText(content, name), content)
		return nil
	})
}

// readVariables reads the lines of an env file as kustomize does: a line without a value is an empty one, and export is not a
// keyword. [kustomize, api/kv, keyValuesFromLine]
func (r *renderer) readVariables(text *configtext.Text, add func(in *configtext.Text, key, value *yaml.Node)) error {
	var nodes []*yaml.Node
	number := 0
	for line := range strings.Lines(text.Content()) {
		number++
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		trimmed := strings.TrimLeftFunc(line, unicode.IsSpace)
		name, value, _ := strings.Cut(trimmed, "=")
		if name == "" || name[0] == '#' {
			continue
		}
		column := 1 + len(line) - len(trimmed)
		if err := text.Budget.Values.Spend(1); err != nil {
			return text.BudgetError(source.Pos{File: text.Name, Line: number, Column: column}, err)
		}
		at := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name, Line: number, Column: column}
		content := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value, Line: number, Column: column + len(name) + 1}
		nodes = append(nodes, at, content)
		add(text, at, content)
	}
	r.Text.AddPart(text, nodes...)
	return nil
}

// isDataKey reports whether a ConfigMap or a Secret can have a key. [Kubernetes, IsConfigMapKey]
func isDataKey(name string) bool {
	return name != "" && name != "." && !strings.HasPrefix(name, "..") && !strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.", r)
	})
}

// unquote removes the quotes around a literal, as kustomize does.
func unquote(value string) string {
	if len(value) > 1 && (value[0] == '"' || value[0] == '\'') && value[len(value)-1] == value[0] {
		return value[1 : len(value)-1]
	}
	return value
}
