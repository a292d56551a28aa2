package compose

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// usualNames are the names that Compose looks for in a folder, in its order. Any of them has the overrides of a file with
// one of their names and overrideSuffix. [compose-go, cli.DefaultFileNames, cli.DefaultOverrideFileNames]
var usualNames = []string{"compose", "docker-compose"}

const overrideSuffix = ".override"

// MergeOverrides merges the Compose files that are given together with their override files, such as compose.yaml with
// compose.override.yaml: of a variable or a count that both have for a service, the one that Compose takes is kept.
func MergeOverrides(files []*deployed.File) {
	for _, over := range files {
		if base := findBase(over, files); base != nil {
			mergeContainers(base, over)
			mergeSettings(base, over)
		}
	}
}

// findBase returns the file that an override file changes, or nil: one of its folder and, as far as both state it, of its
// project.
func findBase(over *deployed.File, files []*deployed.File) *deployed.File {
	name, isOverride := strings.CutSuffix(nameOf(over), overrideSuffix)
	if over.Format != deployed.Compose || !isOverride {
		return nil
	}
	names := []string{name}
	if slices.Contains(usualNames, name) {
		names = append(names, usualNames...)
	}
	for _, name := range names {
		for _, f := range files {
			isOne := f.Project == "" || over.Project == "" || f.Project == over.Project
			if f.Format == deployed.Compose && nameOf(f) == name && isOne &&
				deployed.FolderOf(f.Name) == deployed.FolderOf(over.Name) {
				return f
			}
		}
	}
	return nil
}

// nameOf returns the name of a file without its folder and extension.
func nameOf(f *deployed.File) string {
	name := filepath.Base(f.Name)
	return strings.TrimSuffix(name, filepath.Ext(name))
}

// mergeContainers gives the services of a file what the override file states for them.
func mergeContainers(base, over *deployed.File) {
	over.Containers = slices.DeleteFunc(over.Containers, func(c deployed.Container) bool {
		n := slices.IndexFunc(base.Containers, func(other deployed.Container) bool { return other.Service == c.Service })
		if n < 0 {
			return false
		}
		merged := &base.Containers[n]
		if c.Image != "" {
			merged.Image, merged.ImagePos = c.Image, c.ImagePos
		}
		merged.Command = cmp.Or(c.Command, merged.Command)
		merged.IsPartial = merged.IsPartial || c.IsPartial
		return true
	})
}

// mergeSettings drops the settings that the other file replaces. A variable of an env file is weaker than any of a service's
// environment.
func mergeSettings(base, over *deployed.File) {
	type name struct {
		kind         deployed.Kind
		service, key string
	}
	isMerged := func(s deployed.Setting) bool {
		return s.Kind == deployed.Variable || s.Kind == deployed.Static && (s.Key == "scale" || s.Key == "deploy.replicas")
	}
	isWeak := func(f *deployed.File, s deployed.Setting) bool {
		return s.Kind == deployed.Variable && s.Pos.File != f.Name && !configtext.IsYAML(s.Pos.File)
	}
	stated := map[name]bool{} // by whether it is weak
	for _, s := range base.Settings {
		if isMerged(s) {
			stated[name{s.Kind, s.Service, s.Key}] = isWeak(base, s)
		}
	}
	replaced := map[name]bool{}
	over.Settings = slices.DeleteFunc(over.Settings, func(s deployed.Setting) bool {
		id := name{s.Kind, s.Service, s.Key}
		isBaseWeak, isStated := stated[id]
		if !isStated || !isMerged(s) {
			return false
		}
		if isWeak(over, s) && !isBaseWeak {
			return true
		}
		replaced[id] = true
		return false
	})
	base.Settings = slices.DeleteFunc(base.Settings, func(s deployed.Setting) bool {
		return isMerged(s) && replaced[name{s.Kind, s.Service, s.Key}]
	})
}
