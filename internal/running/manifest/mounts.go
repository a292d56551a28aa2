package manifest

import (
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
)

// mountedFile is a file of a ConfigMap or a Secret.
type mountedFile struct {
	config *Config
	key    string
	copier string // the init container that can copy it; "" if it is mounted itself
}

// volume has the files of a volume, by their paths.
type volume struct {
	files      map[string]mountedFile
	replaced   map[string]mountedFile // files that others of its sources replace
	isWritable bool
}

// NoteMounts notes the files of ConfigMaps and Secrets that a container has. A file is hidden if a container mounts another
// one over it. A volume to which init containers can write is taken to have the files that they mount, unchanged.
func (x *Index) NoteMounts(file *configtext.Text, workload, pod, container *yaml.Node, service string) error {
	if mounts, err := file.FieldOf(container, "volumeMounts"); mounts == nil || err != nil {
		return err
	}
	volumes, err := x.readVolumes(file, workload, pod)
	if err != nil {
		return err
	}
	init, err := file.ItemsAt(pod, "initContainers")
	if err != nil {
		return err
	}
	for _, copier := range init {
		if err := copyFiles(file, copier, volumes); err != nil {
			return err
		}
	}
	seen, err := listFiles(file, container, volumes)
	if err != nil {
		return err
	}
	for _, at := range slices.Sorted(maps.Keys(seen.hidden)) {
		f := seen.hidden[at]
		f.config.hidden[f.key] = at
	}
	for _, at := range slices.Sorted(maps.Keys(seen.files)) {
		f := seen.files[at]
		if !slices.Contains(f.config.Takers[f.key], service) {
			f.config.Takers[f.key] = append(f.config.Takers[f.key], service)
		}
		f.config.copies[f.key] = f.copier
	}
	return nil
}

// readVolumes returns the volumes of a pod, by name.
func (x *Index) readVolumes(file *configtext.Text, workload, pod *yaml.Node) (map[string]*volume, error) {
	items, err := file.ItemsAt(pod, "volumes")
	if err != nil {
		return nil, err
	}
	volumes := map[string]*volume{}
	for _, item := range items {
		name, err := file.TextAt(item, "name")
		if err != nil {
			return nil, err
		}
		v := &volume{files: map[string]mountedFile{}, replaced: map[string]mountedFile{}}
		for _, kind := range []string{"emptyDir", "ephemeral", "persistentVolumeClaim"} {
			field, err := file.FieldOf(item, kind)
			if err != nil {
				return nil, err
			}
			v.isWritable = v.isWritable || field != nil
		}
		sources, err := file.ItemsAt(item, "projected", "sources")
		if err != nil {
			return nil, err
		}
		for _, source := range append(slices.Clip(sources), item) { // of two files at one path, the volume has the last
			for _, s := range []struct{ field, name, kind string }{
				{"configMap", "name", "ConfigMap"}, {"secret", "name", "Secret"}, {"secret", "secretName", "Secret"},
			} {
				from, err := file.FieldOf(source, s.field)
				if err != nil {
					return nil, err
				}
				config, err := file.TextAt(from, s.name)
				if err != nil {
					return nil, err
				}
				if c := x.Find(file, workload, s.kind, config); c != nil {
					if err := addFiles(file, from, c, v); err != nil {
						return nil, err
					}
				}
			}
		}
		volumes[name] = v
	}
	return volumes, nil
}

// addFiles adds the files that a volume takes from a ConfigMap or a Secret: the chosen ones, or else all.
func addFiles(file *configtext.Text, from *yaml.Node, c *Config, v *volume) error {
	fields, err := c.File.MappingFields(c.Data)
	if err != nil {
		return err
	}
	items, err := file.ItemsAt(from, "items")
	if err != nil {
		return err
	}
	for _, f := range fields {
		if len(items) == 0 {
			v.addFile(f.Key.Value, mountedFile{config: c, key: f.Key.Value})
		}
	}
	for _, item := range items {
		key, err := file.TextAt(item, "key")
		if err != nil {
			return err
		}
		at, err := file.TextAt(item, "path")
		if err != nil {
			return err
		}
		v.addFile(path.Clean(at), mountedFile{config: c, key: key})
	}
	return nil
}

// addFile adds a file of a source. It replaces that of an earlier one at its path.
func (v *volume) addFile(at string, f mountedFile) {
	if before, ok := v.files[at]; ok {
		v.replaced[at] = before
	}
	v.files[at] = f
}

// copyFiles adds the files that an init container has to the volumes to which it can write.
func copyFiles(file *configtext.Text, copier *yaml.Node, volumes map[string]*volume) error {
	name, err := file.TextAt(copier, "name")
	if err != nil {
		return err
	}
	mounts, err := file.ItemsAt(copier, "volumeMounts")
	if err != nil {
		return err
	}
	copied := map[string]mountedFile{}
	var targets []*volume
	for _, mount := range mounts {
		from, err := file.TextAt(mount, "name")
		if err != nil {
			return err
		}
		v := volumes[from]
		if v == nil {
			continue
		}
		for _, at := range slices.Sorted(maps.Keys(v.files)) {
			f := v.files[at]
			f.copier = name
			copied[path.Base(at)] = f
		}
		if v.isWritable {
			targets = append(targets, v)
		}
	}
	for _, v := range targets {
		for at, f := range copied {
			if v.files[at].config == nil {
				v.files[at] = f
			}
		}
	}
	return nil
}

// view has the files that a container sees, by their paths, and those of which another one hides the place.
type view struct{ files, hidden map[string]mountedFile }

// listFiles returns the files of a container. A mount hides what those above it have at its path.
func listFiles(file *configtext.Text, container *yaml.Node, volumes map[string]*volume) (view, error) {
	seen := view{map[string]mountedFile{}, map[string]mountedFile{}}
	items, err := file.ItemsAt(container, "volumeMounts")
	if err != nil {
		return seen, err
	}
	type mount struct{ name, at, below string }
	var mounts []mount
	for _, item := range items {
		var m mount
		for _, x := range []struct {
			field string
			into  *string
		}{{"name", &m.name}, {"mountPath", &m.at}, {"subPath", &m.below}} {
			if *x.into, err = file.TextAt(item, x.field); err != nil {
				return seen, err
			}
		}
		m.at = path.Clean("/" + m.at)
		mounts = append(mounts, m)
	}
	slices.SortStableFunc(mounts, func(a, b mount) int { return strings.Count(a.at, "/") - strings.Count(b.at, "/") })
	for _, m := range mounts {
		v := volumes[m.name]
		if v == nil {
			continue
		}
		for at, f := range seen.files {
			if at == m.at || strings.HasPrefix(at, strings.TrimSuffix(m.at, "/")+"/") {
				delete(seen.files, at)
				seen.hidden[at] = f
			}
		}
		for _, x := range []struct{ from, into map[string]mountedFile }{{v.files, seen.files}, {v.replaced, seen.hidden}} {
			for _, at := range slices.Sorted(maps.Keys(x.from)) {
				if below, ok := placeFile(at, m.below, v.isWritable); ok {
					x.into[path.Join(m.at, below)] = x.from[at]
				}
			}
		}
	}
	return seen, nil
}

// placeFile returns where a file of a volume is below a mount of a part of it, if it is in the part. Where copies are in a
// volume is not known.
func placeFile(at, part string, isCopy bool) (string, bool) {
	part = strings.Trim(path.Clean("/"+part), "/")
	rest, isIn := strings.CutPrefix(at, part)
	switch {
	case part == "" || isCopy && !isIn:
		return at, true
	case isIn && (rest == "" || rest[0] == '/'):
		return rest, true
	}
	return "", false
}
