package kustomize

import (
	"fmt"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// checkPath is the remedy for a path that leads nowhere.
const checkPath = "check the path, which is relative to the kustomization"

// readResource returns the resources of a file or of another kustomization.
func (r *renderer) readResource(file *configtext.Text, item *yaml.Node) ([]*resource, error) {
	below, root, err := r.openResource(file, item)
	switch {
	case err != nil || below == nil:
		return nil, err
	case root != nil:
		found, err := r.build(below, root, nil)
		return found, r.keepRest(file, err)
	}
	found, err := r.readDocuments(below)
	return found, r.keepRest(file, err)
}

// openResource opens a resource that a kustomization names: a file, or the kustomization in a folder, with its document. It
// returns nil for one that is not read, which it notes.
func (r *renderer) openResource(file *configtext.Text, item *yaml.Node) (*configtext.Text, *yaml.Node, error) {
	name, at := configtext.FollowAlias(item).Value, file.Position(item)
	path := file.SiblingPath(name)
	note := func(rule, message, remedy string) (*configtext.Text, *yaml.Node, error) {
		r.hasUnread = true
		file.AddNotice(at, rule, message, remedy)
		return nil, nil, nil
	}
	isFolder := file.Files.AreOnDisk && configtext.IsFolder(path)
	switch {
	case name == "", !file.Files.AreOnDisk:
		r.hasUnread = true
		return nil, nil, nil
	case !isFolder && !file.Files.Exists(path) && isRemote(name):
		return note(deployed.RuleUnreadSource, "remote resources are not fetched, so what they set is unknown", built)
	case !isFolder:
		text, err := r.open(file, item, "resource")
		return text, nil, r.keepRest(file, err)
	}
	if path = findKustomization(file, path); path == "" {
		return note(deployed.RuleUnreadSource, "the folder has no kustomization, so what it sets is unknown", "")
	}
	for _, above := range r.above {
		if above == deployed.IdentifyFile(path) {
			return note(deployed.RuleUnreadSource, "the folder has this kustomization among its own, which kustomize rejects",
				"remove one of the references")
		}
	}
	text, err := r.openFile(file, item, path)
	if err != nil || text == nil {
		return nil, nil, r.keepRest(file, err)
	}
	docs, err := text.ParseDocuments()
	if err != nil || len(docs) == 0 {
		return nil, nil, r.keepRest(file, err)
	}
	return text, docs[0], nil
}

// findKustomization returns the kustomization in a folder; "" if it has none.
func findKustomization(file *configtext.Text, folder string) string {
	for _, name := range FileNames {
		if inside := filepath.Join(folder, name); file.Files.Exists(inside) {
			return inside
		}
	}
	return ""
}

func isRemote(name string) bool {
	return strings.Contains(name, "://") || strings.HasPrefix(name, "git@") || strings.Contains(name, "?ref=") ||
		strings.HasPrefix(name, "github.com/")
}

// open opens a file that a kustomization names, and notes one that it cannot read, which is nil.
func (r *renderer) open(file *configtext.Text, at *yaml.Node, what string) (*configtext.Text, error) {
	path := findReadable(file, at, what)
	if path == "" {
		r.hasUnread = true
		return nil, nil
	}
	return r.openFile(file, at, path)
}

// openFile opens a file, unless there are too many.
func (r *renderer) openFile(file *configtext.Text, at *yaml.Node, path string) (*configtext.Text, error) {
	if r.opened++; int64(r.opened) >= budget.KustomizeFiles.Most {
		if r.hasUnread = true; !r.isFull {
			file.AddNotice(file.Position(at), deployed.RuleManyPlaces, fmt.Sprintf(
				"more than %d files: this one and those after it are not read", budget.KustomizeFiles.Most,
			), budget.KustomizeFiles.Remedy)
		}
		r.isFull = true
		return nil, nil
	}
	r.Sources[deployed.IdentifyFile(path)] = true
	return openText(file, path)
}

// Open opens a file that a kustomization names; nil if it cannot be read, which it notes.
func Open(file *configtext.Text, at *yaml.Node) (*configtext.Text, error) {
	path := findReadable(file, at, "file")
	if path == "" {
		return nil, nil
	}
	if err := file.Budget.Files.Spend(1); err != nil {
		return nil, file.BudgetError(file.Position(at), err)
	}
	text, err := openText(file, path)
	return text, file.AddUnread(err)
}

func openText(file *configtext.Text, path string) (*configtext.Text, error) {
	text, err := file.Files.Open(path)
	if err != nil {
		return nil, err
	}
	return file.OtherFile(path, text), nil
}

// findReadable returns the path of a file that a kustomization names and kustomize reads by default: one in or below its
// folder, also where it is a link. It notes others, and returns "" for them.
func findReadable(file *configtext.Text, at *yaml.Node, what string) string {
	name := configtext.FollowAlias(at).Value
	if _, path, isPair := strings.Cut(name, "="); isPair && what == "file" {
		name = path
	}
	path := file.SiblingPath(name)
	switch {
	case !file.Files.AreOnDisk: // a request names no files
	case !file.Files.Exists(path):
		file.AddNotice(file.Position(at), deployed.RuleMissingFile,
			fmt.Sprintf("the %s %s does not exist, so what it sets is unknown", what, path), checkPath)
	case !isInFolder(file, path):
		file.AddNotice(file.Position(at), deployed.RuleUnreadSource, fmt.Sprintf(
			"the %s %s is not in or below the kustomization's folder, so kustomize build rejects it by default, and it is not read",
			what, path,
		), "move it there, or name a folder that has its own kustomization, or "+built+" --load-restrictor LoadRestrictionsNone")
	default:
		return path
	}
	return ""
}

// isInFolder reports whether a file, or the one that it links to, is in or below the folder of the kustomization.
func isInFolder(file *configtext.Text, path string) bool {
	relative, err := filepath.Rel(deployed.IdentifyFile(file.SiblingPath(".")), deployed.IdentifyFile(path))
	return err == nil && filepath.IsLocal(relative)
}

// readDocuments returns the resources in a file. Other files, such as values of a chart, have none.
func (r *renderer) readDocuments(text *configtext.Text) ([]*resource, error) {
	docs, err := parse(text)
	if err != nil {
		return nil, err
	}
	joined := r.Text.AddPart(text, docs...)
	var all []*resource
	for _, doc := range docs {
		found, err := listResources(joined, doc, 0)
		if err := r.keepRest(joined, err); err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// parse returns the documents of a text, which can be a template that another program fills in.
func parse(text *configtext.Text) ([]*yaml.Node, error) {
	docs, err := text.ParseDocuments()
	if err != nil && configtext.HasExpressions(text.Content()) {
		text.StripTemplate()
		if again, wrong := text.ParseDocuments(); wrong == nil {
			return again, nil
		}
	}
	return docs, err
}
