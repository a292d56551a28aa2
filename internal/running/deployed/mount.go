package deployed

import (
	"errors"
	"path"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// readMounted reads the dynamic config and the static configuration that a service mounts from a file, or from a folder
// together with a variable that names the file in it.
func (c *composer) readMounted(service *service, variables []Setting) ([]Setting, error) {
	if !c.files {
		return nil, nil
	}
	var all []Setting
	for _, volume := range service.Volumes {
		if volume.Type != types.VolumeTypeBind || volume.Source == "" {
			continue
		}
		from := c.siblingPath(volume.Source)
		names := []string{}
		if isYAML(from) {
			names = append(names, from)
		}
		for _, s := range variables {
			text, ok := s.Value.(string)
			if ok && s.Kind == Variable && isYAML(text) {
				if file, ok := fileBelow(volume.Target, text); ok {
					names = append(names, filepath.Join(from, file))
				}
			}
		}
		for _, name := range names {
			found, err := c.readMountedFile(name, service.name)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
	}
	return all, nil
}

// fileBelow returns the path of a file within the folder of a container, if it is in it. A relative path is one from the
// container's working folder.
func fileBelow(folder, file string) (string, bool) {
	folder = path.Clean(folder)
	if path.IsAbs(file) {
		return strings.CutPrefix(path.Clean(file), strings.TrimSuffix(folder, "/")+"/")
	}
	for dir := path.Dir(path.Clean(file)); dir != "." && dir != "/" && dir != ".."; dir = path.Dir(dir) {
		if strings.HasSuffix(folder, "/"+dir) {
			return strings.CutPrefix(path.Clean(file), dir+"/")
		}
	}
	return "", false
}

// readMountedFile reads a configuration of the server. It does not read a file that another service mounts, too, again,
// and no file in another format.
func (c *composer) readMountedFile(name, service string) ([]Setting, error) {
	if !c.exists(name) || c.mounted[name] {
		return nil, nil
	}
	c.mounted[name] = true
	text, err := c.open(name)
	if err != nil {
		return nil, err
	}
	if err := c.budget.Files.Spend(1); err != nil {
		return nil, c.budgetError(c.placeOf(1, 1), err)
	}
	r := *c.reader
	r.name, r.text, r.lines = name, text, nil
	if expressions().MatchString(text) {
		r.text = stripTemplate(text)
	}
	docs, err := r.parseDocuments(r.text)
	if err == nil && len(docs) == 0 {
		return nil, nil
	}
	format := Format("")
	if err == nil {
		format, err = r.detectFormat(docs)
	}
	isDynamic := strings.Contains(strings.ToLower(filepath.Base(name)), "dynamic")
	if err != nil && !isDynamic || err == nil && format != DynamicConfig && format != Server {
		return nil, nil
	}
	var found []Setting
	if err == nil {
		found, err = r.readFormat(format, docs)
	}
	var input *source.Error
	if errors.As(err, &input) {
		for _, p := range input.Problems {
			c.addNotice(p.Pos, unreadablePart, p.Message, p.Remedy)
		}
		return nil, nil
	}
	if format == Server {
		for i := range found {
			found[i].Service = service
		}
	}
	return found, err
}
