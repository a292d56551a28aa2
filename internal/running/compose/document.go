package compose

import (
	"fmt"
	"maps"
	"slices"

	"github.com/compose-spec/compose-go/v2/consts"
	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/running/configtext"
	"github.com/temporal-dsql/temporal-dsql/internal/running/deployed"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

const services, jobs = "services", "jobs"

// document is one Compose file of a project: its settings and their places.
type document struct {
	*configtext.Text
	root       *yaml.Node // nil for the layers of a project
	project    *composer
	dir        string                           // base folder of its relative paths
	given      types.Mapping                    // variables that its values can refer to
	sections   map[string]map[string]*yaml.Node // services and jobs by name
	order      []string                         // order of the services
	includes   []*document                      // weakest first
	extendable map[string]*document             // files with services that its own services extend
	configs    *yaml.Node                       // configuration files that services mount by name
}

// readDocument reads a file with its includes. A nil above skips includes, for files that only provide services to
// extend.
func (c *composer) readDocument(
	text *configtext.Text,
	root *yaml.Node,
	dir string,
	given types.Mapping,
	above []string,
) (*document, error) {
	d := &document{
		Text:       text,
		root:       root,
		project:    c,
		dir:        dir,
		given:      given,
		sections:   map[string]map[string]*yaml.Node{},
		extendable: map[string]*document{},
	}
	c.dirs[dir] = true
	if err := d.checkWeight(root); err != nil {
		return nil, err
	}
	for _, section := range []string{services, jobs} {
		n, err := d.FieldOf(root, section)
		if err != nil {
			return nil, err
		}
		if n == nil {
			continue
		}
		fields, err := d.MappingFields(n)
		if err != nil {
			return nil, err
		}
		d.sections[section] = map[string]*yaml.Node{}
		for _, f := range fields {
			d.sections[section][f.Key.Value] = f.Value
			if section == services {
				d.order = append(d.order, f.Key.Value)
			}
		}
	}
	configs, err := d.FieldOf(root, "configs")
	if err != nil {
		return nil, err
	}
	d.configs = configs
	include, err := d.FieldOf(root, "include")
	if err != nil || include == nil || above == nil {
		return d, err
	}
	return d, d.readIncludes(include, above)
}

// projectName returns the name that the file next to it or the file itself states for the project, or "".
func (d *document) projectName() (string, error) {
	if d.root == nil {
		for _, in := range slices.Backward(d.includes) {
			if name, err := in.projectName(); name != "" || err != nil {
				return name, err
			}
		}
		return "", nil
	}
	if name := d.given[consts.ComposeProjectName]; name != "" {
		return name, nil
	}
	at, err := d.FieldOf(d.root, "name")
	if err != nil || at == nil || configtext.FollowAlias(at).Kind != yaml.ScalarNode {
		return "", err
	}
	s := deployed.Setting{Value: configtext.FollowAlias(at).Value}
	if err := d.fillVariables(&s, at); err != nil {
		return "", nil //nolint:nilerr // the loader reports it
	}
	name, _ := s.Value.(string)
	return name, nil
}

// serviceNames returns the services of the project.
func (d *document) serviceNames() []string {
	all := slices.Clone(d.order)
	for _, in := range slices.Backward(d.includes) {
		for _, name := range in.serviceNames() {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}

// servicePlace returns the position of a service.
func (d *document) servicePlace(service string) source.Pos {
	if n := d.sections[services][service]; n != nil {
		return d.Position(n)
	}
	for _, in := range slices.Backward(d.includes) {
		if at := in.servicePlace(service); !at.IsZero() {
			return at
		}
	}
	return source.Pos{}
}

// envFilePlace returns the position of an env file of a service, or else of the service.
func (d *document) envFilePlace(service, path string) source.Pos {
	for _, in := range slices.Backward(d.includes) {
		if at := in.envFilePlace(service, path); !at.IsZero() && at != in.servicePlace(service) {
			return at
		}
	}
	if files, err := d.FieldOf(d.sections[services][service], "env_file"); err == nil && files != nil {
		items := []*yaml.Node{files}
		if configtext.FollowAlias(files).Kind == yaml.SequenceNode {
			items = configtext.FollowAlias(files).Content
		}
		for _, item := range items {
			if named, err := d.FieldOf(item, "path"); named != nil && err == nil {
				item = named
			}
			if configtext.FollowAlias(item).Value == path {
				return d.Position(item)
			}
		}
	}
	return d.servicePlace(service)
}

// fieldPlace returns the position of the value of a service's field, or else of the service.
func (d *document) fieldPlace(service, field string) source.Pos {
	if n, err := d.FieldOf(d.sections[services][service], field); err == nil && n != nil {
		return d.Position(n)
	}
	for _, in := range slices.Backward(d.includes) {
		if at := in.fieldPlace(service, field); !at.IsZero() && at != in.servicePlace(service) {
			return at
		}
	}
	return d.servicePlace(service)
}

// statedSettings returns the stated settings of each service.
func (d *document) statedSettings() (map[string][]deployed.Setting, error) {
	all := map[string][]deployed.Setting{}
	for _, name := range d.serviceNames() {
		d.project.absent.isHit = false
		found, _, err := d.serviceSettings(services, name, nil)
		if err != nil {
			return nil, err
		}
		all[name] = found
		d.project.isPartial[name] = d.project.absent.isHit
	}
	return all, d.checkJobs()
}

// serviceSettings returns the stated settings of a service or job, weakest first: extended ones, included ones, its own.
func (d *document) serviceSettings(section, name string, below []string) ([]deployed.Setting, bool, error) {
	var included []deployed.Setting
	known := false
	for _, in := range d.includes {
		found, ok, err := in.serviceSettings(section, name, nil)
		if err != nil {
			return nil, false, err
		}
		included, known = append(included, found...), known || ok
	}
	n := d.sections[section][name]
	if n == nil || isReset(n) {
		return included, known, nil
	}
	if _, err := d.MappingFields(n); err != nil {
		return nil, false, err
	}
	base, err := d.extendedSettings(section, name, n, below)
	if err != nil {
		return nil, false, err
	}
	own, err := d.ownSettings(n)
	return slices.Concat(base, included, own), true, err
}

const dependsOnVariable = "the name of the extended service depends on a variable that is not set"

// extendedSettings returns the settings of the service that a service or job extends.
func (d *document) extendedSettings(section, name string, n *yaml.Node, below []string) ([]deployed.Setting, error) {
	if err := d.checkWeight(n); err != nil {
		return nil, err
	}
	base, err := d.FieldOf(n, "extends")
	if err != nil || base == nil || isReset(base) {
		return nil, err
	}
	at, in := base, d
	if configtext.FollowAlias(base).Kind == yaml.MappingNode {
		file, err := d.FieldOf(base, "file")
		if err != nil {
			return nil, err
		}
		if file != nil {
			if in, err = d.extendedFile(file); err != nil {
				return nil, err
			}
			section = services
		}
		if at, err = d.FieldOf(base, "service"); err != nil {
			return nil, err
		}
	}
	if at == nil || configtext.FollowAlias(at).Kind != yaml.ScalarNode {
		return nil, d.NewError(d.Position(base), "extends names no service", "write extends: {service: NAME}")
	}
	s := deployed.Setting{Value: configtext.FollowAlias(at).Value}
	if err := d.fillVariables(&s, at); err != nil {
		return nil, err
	}
	extended, _ := s.Value.(string)
	if s.Unknown && d.Name == d.project.Name && section == services {
		d.project.noteUnknown(d.Position(at), dependsOnVariable+", so what it sets is unknown")
		d.project.absent.extending = append(d.project.absent.extending, n)
		d.project.absent.isHit = true
		return nil, nil
	}
	if s.Unknown {
		return nil, d.NewError(d.Position(at), dependsOnVariable, resolved)
	}
	if in == nil {
		d.project.absent.addBase(extended)
		return nil, nil
	}
	self := d.Name + " " + section + " " + name
	if slices.Contains(below, self) {
		return nil, d.NewError(d.Position(at), fmt.Sprintf("service %s extends itself", extended), "")
	}
	if in != d {
		d.addPart(in, extended)
	}
	found, ok, err := in.serviceSettings(section, extended, append(slices.Clip(below), self))
	if err == nil && !ok {
		problem := "does not exist"
		if in.Name == d.project.Name && d.project.broken.services[extended] {
			problem = "cannot be read"
		}
		err = d.NewError(d.Position(at), fmt.Sprintf("service %q to extend %s", extended, problem), "")
	}
	return found, err
}

// addPart notes a service of another file that this one takes.
func (d *document) addPart(in *document, service string) {
	project := &d.project.Findings.Project
	if part := (deployed.ProjectPart{File: in.Name, Service: service}); !slices.Contains(project.Parts, part) {
		project.Parts = append(project.Parts, part)
	}
}

// checkJobs checks what jobs extend; nothing else of them is read.
func (d *document) checkJobs() error {
	for _, name := range slices.Sorted(maps.Keys(d.sections[jobs])) {
		if _, _, err := d.serviceSettings(jobs, name, nil); err != nil {
			return err
		}
	}
	for _, in := range d.includes {
		if err := in.checkJobs(); err != nil {
			return err
		}
	}
	return nil
}
