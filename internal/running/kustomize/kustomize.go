// Package kustomize reads which files a kustomization names, and opens those that it can read.
package kustomize

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// FileNames are the names that a kustomization can have in its folder.
var FileNames = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

// built is the remedy where only kustomize itself knows the result.
const built = "pass the output of kustomize build"

// resourceFields list files and folders with resources; unapplied ones change them.
var (
	resourceFields = []string{"resources", "bases", "components"}
	unapplied      = append(slices.Clip(patchFields), "replacements", "transformers", "generators", "images", "replicas")
)

// FindResources returns the files with resources that a kustomization names, which can be in other folders, and notes those
// that cannot be read. A request names no files.
func FindResources(file *configtext.Text, doc *yaml.Node) ([]deployed.Reference, error) {
	if !file.Files.AreOnDisk || file.IsPart() {
		return nil, nil
	}
	var all []deployed.Reference
	for _, field := range resourceFields {
		items, err := file.ItemsAt(doc, field)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			name, at := configtext.FollowAlias(item).Value, file.Position(item)
			path := file.SiblingPath(name)
			switch {
			case name == "":
			case file.Files.Exists(path):
				if path = findFile(file, path); path == "" {
					file.AddNotice(at, deployed.RuleUnreadSource, "the folder has no kustomization, so what it sets is unknown", "")
					continue
				}
				all = append(all, deployed.Reference{Path: path, Pos: at, IsComponent: field == "components"})
			case isRemote(name):
				file.AddNotice(at, deployed.RuleUnreadSource, "remote resources are not fetched, so what they set is unknown", built)
			default:
				file.AddNotice(at, deployed.RuleMissingFile, "the resource "+path+" does not exist, so what it sets is unknown",
					"check the path, which is relative to the kustomization")
			}
		}
	}
	return all, noteUnapplied(file, doc)
}

// findFile returns a file, or the kustomization in a folder; "" if it has none.
func findFile(file *configtext.Text, path string) string {
	if !configtext.IsFolder(path) {
		return path
	}
	for _, name := range FileNames {
		if inside := filepath.Join(path, name); file.Files.Exists(inside) {
			return inside
		}
	}
	return ""
}

func isRemote(name string) bool {
	return strings.Contains(name, "://") || strings.HasPrefix(name, "git@") || strings.Contains(name, "?ref=") ||
		strings.HasPrefix(name, "github.com/")
}

// noteUnapplied notes what a kustomization changes in its resources. Images and counts of other programs do not
// matter, nor do patches of resources without settings.
func noteUnapplied(file *configtext.Text, doc *yaml.Node) error {
	for _, field := range unapplied {
		items, err := file.ItemsAt(doc, field)
		if err != nil {
			return err
		}
		for _, item := range items {
			name, err := file.TextAt(item, "name")
			if err != nil {
				return err
			}
			if (field == "images" || field == "replicas") && !isOfServer(name) {
				continue
			}
			if slices.Contains(patchFields, field) {
				if can, err := canChangeSettings(file, item); err != nil || !can {
					if err != nil {
						return err
					}
					continue
				}
			}
			file.AddNotice(file.Position(item), deployed.RuleUnreadSource,
				fmt.Sprintf("%s are not applied here, so the values that this one changes are those before it", field), built)
			break
		}
	}
	return nil
}

func isOfServer(name string) bool {
	return strings.Contains(name, "temporal") || slices.Contains(deployed.ServerServices, name)
}

// Open opens a file that a kustomization names, which must be in or below its folder, also where it is a link; nil if it
// cannot be read, which it notes. A request names no files.
func Open(file *configtext.Text, at *yaml.Node, name string) (*configtext.Text, error) {
	if !file.Files.AreOnDisk || file.IsPart() {
		return nil, nil
	}
	path := file.SiblingPath(name)
	switch {
	case filepath.IsLocal(name) && !file.Files.Exists(path):
		file.AddNotice(file.Position(at), deployed.RuleMissingFile, "the file "+path+" does not exist, so what it sets is unknown",
			"check the path, which is relative to the kustomization")
		return nil, nil
	case !filepath.IsLocal(name) || !isInFolder(file, path):
		file.AddNotice(file.Position(at), deployed.RuleUnreadSource,
			"the file is outside of the kustomization's folder, where kustomize refuses it by default: it is not read", built)
		return nil, nil
	}
	if err := file.Budget.Files.Spend(1); err != nil {
		return nil, file.BudgetError(file.Position(at), err)
	}
	text, err := file.Files.Open(path)
	if err != nil {
		return nil, file.AddUnread(err)
	}
	return file.OtherFile(path, text), nil
}

// isInFolder reports whether a file, or the one that it links to, is in or below the folder of the kustomization.
func isInFolder(file *configtext.Text, path string) bool {
	relative, err := filepath.Rel(deployed.IdentifyFile(file.SiblingPath(".")), deployed.IdentifyFile(path))
	return err == nil && filepath.IsLocal(relative)
}

// Unquote removes the quotes around a literal, as kustomize does.
func Unquote(value string) string {
	if len(value) > 1 && (value[0] == '"' || value[0] == '\'') && value[len(value)-1] == value[0] {
		return value[1 : len(value)-1]
	}
	return value
}
