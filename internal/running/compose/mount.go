package compose

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"go.yaml.in/yaml/v3"
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

// readConfigs reads the dynamic config and the static configuration that a service mounts as a config of the project: a file, or
// a text in the Compose file.
func (c *composer) readConfigs(d *document, service *service) ([]deployed.Setting, error) {
	var all []deployed.Setting
	for _, mounted := range service.Configs {
		in, at, err := d.findConfig(mounted.Source)
		if err != nil {
			return nil, err
		}
		if at == nil {
			continue
		}
		file, err := in.FieldOf(at, "file")
		if err != nil {
			return nil, err
		}
		content, err := in.FieldOf(at, "content")
		if err != nil {
			return nil, err
		}
		var found []deployed.Setting
		switch id := in.Name + "#" + mounted.Source; {
		case file != nil && c.Files.AreOnDisk:
			s := deployed.Setting{Value: configtext.FollowAlias(file).Value}
			if err := in.fillVariables(&s, file); err != nil {
				return nil, err
			}
			if name, ok := s.Value.(string); ok && name != "" {
				if !filepath.IsAbs(name) {
					name = filepath.Join(in.dir, name)
				}
				found, err = c.readMountedFile(name, service.name)
			}
		case content == nil || c.mounted[id] || configtext.FollowAlias(content).Kind != yaml.ScalarNode:
		case strings.Contains(configtext.FollowAlias(content).Value, "$"):
			c.mounted[id] = true
			c.AddNotice(in.Position(content), deployed.RuleUnreadSource,
				"the config "+mounted.Source+" has variables in its content, so it is not read", resolved)
		default:
			c.mounted[id] = true
			if err := c.SpendBudget(content); err != nil {
				return nil, err
			}
			found, err = c.readConfig(in.Inner(content), service.name)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// findConfig returns a config of the project, and the file that has it; nil if there is none.
func (d *document) findConfig(name string) (*document, *yaml.Node, error) {
	if at, err := d.FieldOf(d.configs, name); at != nil || err != nil {
		return d, at, err
	}
	for _, in := range slices.Backward(d.includes) {
		if file, at, err := in.findConfig(name); at != nil || err != nil {
			return file, at, err
		}
	}
	return nil, nil, nil
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
