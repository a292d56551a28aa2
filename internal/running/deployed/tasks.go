package deployed

// NameTasks names the containers of task definitions: of several of one name, in different families, the first of a family
// has the family's name, and the others have it before theirs. Files that are named again are named as if they were one.
func NameTasks(files ...*File) {
	names := taskNames{families: map[string]map[string]bool{}, first: map[string]string{}}
	for _, f := range files {
		for _, c := range f.Containers {
			if c.Task != "" {
				names.add(c.Task, c.Family)
			}
		}
	}
	type task struct{ service, family string }
	for _, f := range files {
		renamed := map[task]string{}
		for n := range f.Containers {
			if c := &f.Containers[n]; c.Task != "" {
				before := task{c.Service, c.Family}
				c.Service = names.find(c.Task, c.Family)
				renamed[before] = c.Service
			}
		}
		for n := range f.Settings {
			s := &f.Settings[n]
			if name, ok := renamed[task{s.Service, s.Family}]; ok {
				s.Service = name
			}
		}
	}
}

// taskNames are the names of containers by their families.
type taskNames struct {
	families map[string]map[string]bool // by container
	first    map[string]string          // container by family
}

func (t taskNames) add(name, family string) {
	if t.families[name] == nil {
		t.families[name] = map[string]bool{}
	}
	t.families[name][family] = true
}

func (t taskNames) find(name, family string) string {
	if len(t.families[name]) < 2 || family == "" {
		return name
	}
	if t.first[family] == "" {
		t.first[family] = name
	}
	if t.first[family] != name {
		return family + "-" + name
	}
	return family
}
