package compose

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
)

// readMounted reads the dynamic config and the static configuration that a service mounts from a file, or from a folder
// together with a variable that names the file in it.
func (c *composer) readMounted(service *service, variables []deployed.Setting) ([]deployed.Setting, error) {
	if !c.Files.AreOnDisk {
		return nil, nil
	}
	var all []deployed.Setting
	for _, volume := range service.Volumes {
		if volume.Type != types.VolumeTypeBind || volume.Source == "" {
			continue
		}
		from := c.SiblingPath(volume.Source)
		names := []string{}
		if configtext.IsYAML(from) {
			names = append(names, from)
		}
		for _, s := range variables {
			text, ok := s.Value.(string)
			if ok && s.Kind == deployed.Variable && configtext.IsYAML(text) {
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

// readMountedFile reads a configuration of the server. It does not read a file that another service mounts, too, again.
func (c *composer) readMountedFile(name, service string) ([]deployed.Setting, error) {
	if !c.Files.Exists(name) || c.mounted[name] {
		return nil, nil
	}
	c.mounted[name] = true
	text, err := c.Files.Open(name)
	if err != nil {
		return nil, c.AddUnread(err)
	}
	if err := c.Budget.Files.Spend(1); err != nil {
		return nil, c.BudgetError(c.PlaceOf(1, 1), err)
	}
	return c.readConfig(c.OtherFile(name, text), service)
}
