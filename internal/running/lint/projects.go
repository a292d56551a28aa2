package lint

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// nameProjects gives the services of Compose projects the name of their project, if several start a service of the same
// name and have stores at different hosts. Otherwise, such as with an override file in another folder, they are one. A
// project is the files of a folder, and has the folder's name.
func nameProjects(engine *compile.Engine, files []*deployed.File) error {
	shared := findSharing(files)
	if len(shared) == 0 {
		return nil
	}
	programs, err := settings.ReadServerPrograms(engine.Module)
	if err != nil {
		return err
	}
	isAddress := regexp.MustCompile(programs.Address).MatchString
	endpoints := map[string]map[string]bool{} // by folder
	different := map[string]bool{}
	for _, f := range files {
		folder := folderOf(f)
		if f.Format != deployed.Compose || !shared[folder] {
			continue
		}
		for _, s := range f.Settings {
			endpoint := endpointOf(programs, isAddress, s)
			if endpoint == "" {
				continue
			}
			if s.Unknown { // each folder can have its own
				endpoint = folder + " " + endpoint
			}
			if endpoints[folder] == nil {
				endpoints[folder] = map[string]bool{}
			}
			endpoints[folder][endpoint], different[endpoint] = true, true
		}
	}
	if len(endpoints) < 2 || len(different) < 2 {
		return nil
	}
	names := nameFolders(slices.Sorted(maps.Keys(endpoints)))
	for _, f := range files {
		if name := names[folderOf(f)]; f.Format == deployed.Compose && name != "" {
			deployed.NameServices(name, f.Settings, f.Containers)
		}
	}
	return nil
}

// findSharing returns the folders of Compose files that start a service of the same name as those of another folder.
func findSharing(files []*deployed.File) map[string]bool {
	starters := map[string][]string{} // folders, by service
	for _, f := range files {
		if f.Format != deployed.Compose {
			continue
		}
		folder := folderOf(f)
		for _, c := range f.Containers {
			if !slices.Contains(starters[c.Service], folder) {
				starters[c.Service] = append(starters[c.Service], folder)
			}
		}
	}
	shared := map[string]bool{}
	for _, folders := range starters {
		for _, folder := range folders {
			if len(folders) > 1 {
				shared[folder] = true
			}
		}
	}
	return shared
}

// nameFolders returns the names of folders: the end of their paths, as far as it distinguishes them.
func nameFolders(folders []string) map[string]string {
	names := map[string]string{}
	for _, folder := range folders {
		parts := strings.Split(filepath.ToSlash(folder), "/")
		for n := len(parts) - 1; n >= 0; n-- {
			end := "/" + strings.Join(parts[n:], "/")
			isOther := func(other string) bool { return other != folder && strings.HasSuffix(filepath.ToSlash(other), end) }
			if n == 0 || !slices.ContainsFunc(folders, isOther) {
				names[folder] = strings.Trim(strings.ReplaceAll(end, "/", "-"), "-")
				break
			}
		}
	}
	return names
}

// folderOf returns the folder of a file.
func folderOf(f *deployed.File) string {
	folder, err := filepath.Abs(filepath.Dir(f.Name))
	if err != nil {
		return filepath.Dir(f.Name)
	}
	return folder
}
