package deployed

import (
	"fmt"
	"maps"
	"slices"

	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

const services, jobs = "services", "jobs"

// A document is one Compose file of a project: what it states, and where.
type document struct {
	*reader
	project    *composer
	dir        string                           // that its paths are relative to
	given      types.Mapping                    // what its values may refer to
	sections   map[string]map[string]*yaml.Node // services and jobs, by their names
	order      []string                         // of the services
	includes   []*document                      // the weakest first
	extendable map[string]*document             // files whose services its own extend
}

// document reads a file, and those that it includes; not where above is nil, as
// in a file that only has services to extend.
func (c *composer) document(r *reader, root *yaml.Node, dir string, given types.Mapping, above []string) (*document, error) {
	d := &document{reader: r, project: c, dir: dir, given: given, sections: map[string]map[string]*yaml.Node{}, extendable: map[string]*document{}}
	c.dirs[dir] = true
	if err := d.weigh(root); err != nil {
		return nil, err
	}
	for _, section := range []string{services, jobs} {
		n, err := d.field(root, section)
		if err != nil {
			return nil, err
		}
		if n == nil {
			continue
		}
		fields, err := d.mapping(n)
		if err != nil {
			return nil, err
		}
		d.sections[section] = map[string]*yaml.Node{}
		for _, f := range fields {
			d.sections[section][f.key.Value] = f.value
			if section == services {
				d.order = append(d.order, f.key.Value)
			}
		}
	}
	include, err := d.field(root, "include")
	if err != nil || include == nil || above == nil {
		return d, err
	}
	return d, d.include(include, above)
}

// names are the services of the project.
func (d *document) names() []string {
	all := slices.Clone(d.order)
	for _, in := range slices.Backward(d.includes) {
		for _, name := range in.names() {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}

// place is where a service is.
func (d *document) place(service string) source.Pos {
	if n := d.sections[services][service]; n != nil {
		return d.pos(n)
	}
	for _, in := range slices.Backward(d.includes) {
		if at := in.place(service); !at.IsZero() {
			return at
		}
	}
	return source.Pos{}
}

// stated is what the project states for each service.
func (d *document) stated() (map[string][]Setting, error) {
	all := map[string][]Setting{}
	for _, name := range d.names() {
		found, _, err := d.service(services, name, nil)
		if err != nil {
			return nil, err
		}
		all[name] = found
	}
	return all, d.extendedJobs()
}

// service is what is stated for a service or a job, the weakest first: what it
// extends, what included files say of it, its own.
func (d *document) service(section, name string, below []string) ([]Setting, bool, error) {
	var included []Setting
	known := false
	for _, in := range d.includes {
		found, ok, err := in.service(section, name, nil)
		if err != nil {
			return nil, false, err
		}
		included, known = append(included, found...), known || ok
	}
	n := d.sections[section][name]
	if n == nil || reset(n) {
		return included, known, nil
	}
	if _, err := d.mapping(n); err != nil {
		return nil, false, err
	}
	base, err := d.extended(section, name, n, below)
	if err != nil {
		return nil, false, err
	}
	own, err := d.own(n)
	return slices.Concat(base, included, own), true, err
}

// extended is what is stated for that which a service or a job extends.
func (d *document) extended(section, name string, n *yaml.Node, below []string) ([]Setting, error) {
	if err := d.weigh(n); err != nil {
		return nil, err
	}
	base, err := d.field(n, "extends")
	if err != nil || base == nil || reset(base) {
		return nil, err
	}
	at, in := base, d
	if target(base).Kind == yaml.MappingNode {
		file, err := d.field(base, "file")
		if err != nil {
			return nil, err
		}
		if file != nil {
			if in, err = d.extends(file); err != nil {
				return nil, err
			}
			section = services
		}
		if at, err = d.field(base, "service"); err != nil {
			return nil, err
		}
	}
	if at == nil || target(at).Kind != yaml.ScalarNode {
		return nil, d.wrong(d.pos(base), "it extends no service", "write extends: {service: NAME}")
	}
	s := Setting{Value: target(at).Value}
	if err := d.fill(&s, at); err != nil {
		return nil, err
	}
	extended, _ := s.Value.(string)
	self := d.name + " " + section + " " + name
	if slices.Contains(below, self) {
		return nil, d.wrong(d.pos(at), fmt.Sprintf("service %s extends itself", extended), "")
	}
	found, ok, err := in.service(section, extended, append(slices.Clip(below), self))
	if err == nil && !ok {
		err = d.wrong(d.pos(at), fmt.Sprintf("there is no service %q to extend", extended), "")
	}
	return found, err
}

// extendedJobs looks at what jobs extend: nothing else of them is read.
func (d *document) extendedJobs() error {
	for _, name := range slices.Sorted(maps.Keys(d.sections[jobs])) {
		if _, _, err := d.service(jobs, name, nil); err != nil {
			return err
		}
	}
	for _, in := range d.includes {
		if err := in.extendedJobs(); err != nil {
			return err
		}
	}
	return nil
}
