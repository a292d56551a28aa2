package lint

import (
	"cmp"
	"maps"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/settings"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// nameProjects gives the services of Compose projects the name of their project, if several start a service of the same
// name, and either state different names or have stores at different hosts. Otherwise, such as with an override file in
// another folder, they are one. A project is the files with one name, or else those of a folder, and has its name.
func nameProjects(engine *compile.Engine, files []*deployed.File) error {
	projects := findProjects(files)
	shared := findSharing(files, projects)
	if len(shared) == 0 {
		return nil
	}
	programs, err := settings.ReadServerPrograms(engine.Module)
	if err != nil {
		return err
	}
	endpoints := map[composeProject]map[string]bool{}
	different, stated := map[string]bool{}, map[string]bool{}
	for _, f := range files {
		project := projects[f]
		if f.Format != deployed.Compose || !shared[project] {
			continue
		}
		if project.name != "" {
			stated[project.name] = true
			if endpoints[project] == nil {
				endpoints[project] = map[string]bool{}
			}
		}
		for _, s := range f.Settings {
			endpoint := endpointOf(programs, s)
			if endpoint == "" {
				continue
			}
			if s.Unknown { // each project can have its own
				endpoint = project.name + project.folder + " " + endpoint
			}
			if endpoints[project] == nil {
				endpoints[project] = map[string]bool{}
			}
			endpoints[project][endpoint], different[endpoint] = true, true
		}
	}
	if len(endpoints) < 2 || len(different) < 2 && len(stated) < 2 {
		return nil
	}
	var folders []string
	for project := range endpoints {
		if project.name == "" {
			folders = append(folders, project.folder)
		}
	}
	names := deployed.NameFolders(folders)
	for _, f := range files {
		project := projects[f]
		if endpoints[project] != nil && f.Format == deployed.Compose {
			deployed.NameServices(cmp.Or(project.name, names[project.folder]), f.Settings, f.Containers)
		}
	}
	return nil
}

// composeProject is the project of a Compose file: the name that it states, or else its folder.
type composeProject struct{ name, folder string }

// findProjects returns the projects of the Compose files. A file without a name belongs to the only named project of its
// folder, if there is one.
func findProjects(files []*deployed.File) map[*deployed.File]composeProject {
	named := map[string]map[string]bool{} // names by folder
	for _, f := range files {
		if folder := deployed.FolderOf(f.Name); f.Project.Name != "" {
			if named[folder] == nil {
				named[folder] = map[string]bool{}
			}
			named[folder][f.Project.Name] = true
		}
	}
	projects := map[*deployed.File]composeProject{}
	for _, f := range files {
		folder := deployed.FolderOf(f.Name)
		name := f.Project.Name
		if name == "" && len(named[folder]) == 1 {
			name = slices.Collect(maps.Keys(named[folder]))[0]
		}
		if projects[f] = (composeProject{name: name}); name == "" {
			projects[f] = composeProject{folder: folder}
		}
	}
	return projects
}

// findSharing returns the projects that start a service of the same name as another one.
func findSharing(files []*deployed.File, projects map[*deployed.File]composeProject) map[composeProject]bool {
	starters := map[string][]composeProject{} // by service
	for _, f := range files {
		if f.Format != deployed.Compose {
			continue
		}
		for _, c := range f.Containers {
			if !slices.Contains(starters[c.Service], projects[f]) {
				starters[c.Service] = append(starters[c.Service], projects[f])
			}
		}
	}
	shared := map[composeProject]bool{}
	for _, all := range starters {
		for _, project := range all {
			if len(all) > 1 {
				shared[project] = true
			}
		}
	}
	return shared
}
