// Package composefiles decides which Compose files are merged into one project, and which are variants of it.
package composefiles

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// usualNames are the names that Compose looks for in a folder, in its order. Any of them has the overrides of a file with
// one of their names and overrideSuffix. [compose-go, cli.DefaultFileNames, cli.DefaultOverrideFileNames]
var usualNames = []string{"compose", "docker-compose"}

const overrideSuffix = ".override"

// FindMerges returns the files that Compose merges, each time the weakest first: those that the .env next to them names, a
// file with its override file, and a file with one that changes services without starting them, or that has its name in front
// and repeats little of it, such as compose.prod.yaml. Two such files of one file are variants.
func FindMerges(files []*deployed.File) [][]*deployed.File {
	var all [][]*deployed.File
	hasMerged := map[*deployed.File]bool{}
	for _, f := range files {
		named := findNamed(f, files)
		if len(named) < 2 || hasMerged[named[0]] {
			continue
		}
		all = append(all, named)
		for _, other := range named {
			hasMerged[other] = true
		}
	}
	for _, over := range files {
		if base := findBase(over, files); base != nil && !hasMerged[over] {
			all = append(all, []*deployed.File{base, over})
		}
	}
	return all
}

// findNamed returns the given files that the .env next to a Compose file names, in its order.
func findNamed(f *deployed.File, files []*deployed.File) []*deployed.File {
	var named []*deployed.File
	for _, name := range f.Project.Files {
		id := deployed.IdentifyFile(name)
		for _, other := range files {
			if isCompose := other.Format == deployed.Compose && isNextTo(other, f); isCompose && deployed.IdentifyFile(other.Name) == id {
				named = append(named, other)
			}
		}
	}
	return named
}

// findBase returns the file that another one changes, or nil: one of its folder and, as far as both state it, of its project.
func findBase(over *deployed.File, files []*deployed.File) *deployed.File {
	if over.Format != deployed.Compose {
		return nil
	}
	isOverride := strings.HasSuffix(nameOf(over), overrideSuffix)
	var bases []*deployed.File
	for _, f := range files {
		isBase := f != over && f.Format == deployed.Compose && isNextTo(f, over) && isOneProject(f, over) &&
			!strings.HasSuffix(nameOf(f), overrideSuffix)
		if isBase && (isOverride || startsAnyOf(f, over.Project.Changes) || isNamedAfter(over, f) && repeatsLittle(over, f)) {
			bases = append(bases, f)
		}
	}
	name := strings.TrimSuffix(nameOf(over), overrideSuffix)
	for _, isOf := range []func(*deployed.File) bool{
		func(f *deployed.File) bool { return nameOf(f) == name },
		func(f *deployed.File) bool { return !isOverride && isNamedAfter(over, f) },
		func(f *deployed.File) bool {
			return slices.Contains(usualNames, nameOf(f)) && (!isOverride || slices.Contains(usualNames, name))
		},
	} {
		for _, f := range bases {
			if isOf(f) {
				return f
			}
		}
	}
	if len(bases) == 1 && !isOverride {
		return bases[0]
	}
	return nil
}

// isNamedAfter reports whether a file has the name of another one in front, as compose.prod.yaml has that of compose.yaml.
func isNamedAfter(over, f *deployed.File) bool {
	rest, isOne := strings.CutPrefix(nameOf(over), nameOf(f))
	return isOne && rest != "" && strings.ContainsAny(rest[:1], ".-_")
}

// repeatsLittle reports whether a file has fewer than a third of the variables that another one gives to services of both:
// it cannot do without the other one.
func repeatsLittle(over, f *deployed.File) bool {
	names := map[[2]string]bool{}
	isShared := false
	for _, c := range over.Containers {
		isShared = isShared || startsAnyOf(f, []string{c.Service})
	}
	for _, s := range over.Settings {
		names[[2]string{s.Service, s.Key}] = s.Kind == deployed.Variable
	}
	all, repeated := 0, 0
	for _, s := range f.Settings {
		if s.Kind == deployed.Variable && startsAnyOf(over, []string{s.Service}) {
			if all++; names[[2]string{s.Service, s.Key}] {
				repeated++
			}
		}
	}
	return isShared && 3*repeated < all
}

// startsAnyOf reports whether a file starts one of the services.
func startsAnyOf(f *deployed.File, services []string) bool {
	return slices.ContainsFunc(f.Containers, func(c deployed.Container) bool {
		return slices.Contains(services, c.Service) && !slices.Contains(f.Project.Changes, c.Service)
	})
}

// NameVariants gives the services of Compose files of one folder the names of their files, where several start a service of
// the same name: Compose does not merge them by itself, so each counts as a separate cluster. Services that a file takes from
// another one are left out of the other one.
func NameVariants(files []*deployed.File) {
	for _, f := range files {
		for _, part := range f.Project.Parts {
			leavePartOut(f, part, files)
		}
	}
	var variants []*deployed.File
	for _, f := range files {
		if slices.ContainsFunc(files, func(other *deployed.File) bool { return isVariantOf(f, other) }) {
			variants = append(variants, f)
		}
	}
	for _, f := range variants {
		for i := range f.Settings {
			f.Settings[i].IsVariant = true
		}
		deployed.NameServices(nameOf(f), f.Settings, f.Containers)
	}
}

// isVariantOf reports whether two Compose files of one folder and project start a service of the same name.
func isVariantOf(f, other *deployed.File) bool {
	if f == other || f.Format != deployed.Compose || other.Format != deployed.Compose || !isNextTo(f, other) || !isOneProject(f, other) {
		return false
	}
	return slices.ContainsFunc(f.Containers, func(c deployed.Container) bool {
		return slices.ContainsFunc(other.Containers, func(o deployed.Container) bool { return c.Service == o.Service })
	})
}

// leavePartOut leaves a service out of its file, because another file has it, too.
func leavePartOut(f *deployed.File, part deployed.ProjectPart, files []*deployed.File) {
	id := ""
	for _, other := range files {
		if other == f || other.Format != deployed.Compose || filepath.Base(other.Name) != filepath.Base(part.File) {
			continue
		}
		if id == "" {
			id = deployed.IdentifyFile(part.File)
		}
		if deployed.IdentifyFile(other.Name) != id {
			continue
		}
		other.Settings = slices.DeleteFunc(other.Settings, func(s deployed.Setting) bool { return s.Service == part.Service })
		other.Containers = slices.DeleteFunc(other.Containers, func(c deployed.Container) bool { return c.Service == part.Service })
	}
}

// isNextTo reports whether two files are in one folder.
func isNextTo(f, other *deployed.File) bool {
	return deployed.FolderOf(f.Name) == deployed.FolderOf(other.Name)
}

// isOneProject reports whether two files are of one project, as far as both state it.
func isOneProject(f, other *deployed.File) bool {
	return f.Project.Name == "" || other.Project.Name == "" || f.Project.Name == other.Project.Name
}

// nameOf returns the name of a file without its folder and extension.
func nameOf(f *deployed.File) string {
	name := filepath.Base(f.Name)
	return strings.TrimSuffix(name, filepath.Ext(name))
}
