package deployed

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v3"

	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

const services, jobs = "services", "jobs"

// maxFurther is the most Compose files that one may name.
const maxFurther = 100

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

// A weight is what the loader makes of a node, aliases followed: values, each with the
// path to it as text; how deep they lie; and the longest list, which it merges by
// comparing each item with each.
type weight struct{ values, paths, depth, list int }

const (
	maxPaths = maxFile // bytes of the paths to all values
	deepest  = 64
	maxList  = maxSettings
)

// weigh refuses what would keep the loader busy.
func (d *document) weigh(n *yaml.Node) error {
	w := d.project.weight(n)
	if *d.left -= w.values; *d.left < 0 {
		return d.spend(n)
	}
	switch {
	case w.depth > deepest:
		return d.wrong(d.pos(n), fmt.Sprintf("values are nested more than %d deep, aliases followed", deepest), "")
	case w.list > maxList:
		return d.wrong(d.pos(n), fmt.Sprintf("it has a list of more than %d items", maxList), "")
	case w.paths > maxPaths:
		return d.wrong(d.pos(n), fmt.Sprintf("the names above its values are longer than %d bytes, value by value", maxPaths), "")
	}
	return nil
}

func (c *composer) weight(n *yaml.Node) weight {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return c.weight(n.Alias)
	}
	if w, ok := c.weights[n]; ok {
		return w
	}
	c.weights[n] = weight{values: maxValues + 1} // one that is within itself has no end
	w := weight{values: 1}
	for i, below := range n.Content {
		label := len("[0000]")
		if n.Kind == yaml.MappingNode {
			if i%2 == 0 {
				w.values++
				continue
			}
			label = len(n.Content[i-1].Value) + 1
		}
		b := c.weight(below)
		w.values = min(w.values+b.values, maxValues+1)
		w.paths = min(w.paths+b.paths+label*b.values, maxPaths+1)
		w.depth, w.list = max(w.depth, b.depth+1), max(w.list, b.list)
	}
	if n.Kind == yaml.SequenceNode {
		w.list = max(w.list, len(n.Content))
	}
	c.weights[n] = w
	return w
}

// further reads one more file of the project, which the loader may then open.
func (d *document) further(path, dir string, given types.Mapping, above []string) (*document, error) {
	if remote(path) {
		return nil, d.wrong(source.Pos{File: d.name}, "it names "+path+", and nothing is fetched", resolved)
	}
	text, err := d.open(path)
	if err != nil {
		return nil, err
	}
	c := d.project
	if c.saw(path); len(c.seen) > maxFurther {
		return nil, d.wrong(source.Pos{File: c.name}, fmt.Sprintf("more than %d files are named in it and below", maxFurther), resolved)
	}
	r := *d.reader
	r.name = path
	root, err := r.tree(text)
	if err != nil {
		return nil, err
	}
	return c.document(&r, root, dir, given, above)
}

// namedAt adds to what is wrong with a whole file who names it.
func namedAt(err error, path string, at source.Pos) error {
	var in *source.Error
	if errors.As(err, &in) {
		for i, p := range in.Problems {
			if p.Pos == (source.Pos{File: path}) && p.Hint == "" {
				in.Problems[i].Hint = "it is named at " + at.String()
			}
		}
	}
	return err
}

func remote(path string) bool {
	return strings.Contains(path, "://") || strings.HasPrefix(path, "git@")
}

// include reads the files that a file includes. What it says itself wins over
// them, and the first of them over the next.
func (d *document) include(n *yaml.Node, above []string) error {
	entries, err := d.items(n)
	if err != nil {
		return err
	}
	for _, e := range slices.Backward(entries) {
		at, dirAt, envAt := e, (*yaml.Node)(nil), (*yaml.Node)(nil)
		if target(e).Kind == yaml.MappingNode {
			for name, to := range map[string]**yaml.Node{"path": &at, "project_directory": &dirAt, "env_file": &envAt} {
				if *to, err = d.field(e, name); err != nil {
					return err
				}
			}
		}
		files, err := d.paths(at)
		if err != nil {
			return err
		}
		if len(files) == 0 {
			return d.wrong(d.pos(e), "it includes no file", "write include: [FILE]")
		}
		if (dirAt != nil || envAt != nil) && len(above) > 1 {
			// the loader takes it from the working folder, wherever that is
			return d.wrong(d.pos(e), "an included file includes another with a folder or env file of its own, which is not followed", resolved)
		}
		dirs, err := d.paths(dirAt)
		if err != nil {
			return err
		}
		dir := filepath.Dir(files[0])
		if len(dirs) > 0 {
			dir = dirs[0]
		}
		env, err := d.paths(envAt)
		if err != nil {
			return err
		}
		env = slices.DeleteFunc(env, func(path string) bool { return path == "/dev/null" })
		if beside := filepath.Join(dir, ".env"); envAt == nil && d.exists(beside) {
			env = append(env, beside)
		}
		given, err := d.project.surroundings(env, d.given)
		if err != nil {
			for _, path := range env {
				err = namedAt(err, path, d.pos(e))
			}
			return err
		}
		for _, path := range files {
			if slices.Contains(above, path) {
				return d.wrong(d.pos(at), path+" includes itself", "")
			}
			included, err := d.further(path, dir, given, append(slices.Clip(above), path))
			if err != nil {
				return namedAt(err, path, d.pos(at))
			}
			d.includes = append(d.includes, included)
		}
	}
	return nil
}

// surroundings is what values may refer to: what env files say where nothing
// around them does.
func (c *composer) surroundings(env []string, around types.Mapping) (types.Mapping, error) {
	given := around.Clone()
	for _, path := range env {
		text, err := c.open(path)
		if err != nil {
			return nil, err
		}
		found, err := c.env(path, text, variables{given: given.Resolve})
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			if text, ok := s.Value.(string); ok && around[s.Key] == "" {
				given[s.Key] = text
			}
		}
		hideAll(found, c.redactor) // its secrets are known under other names, too
	}
	return given, nil
}

// paths are the files that a text or a list names, as this process finds them.
func (d *document) paths(n *yaml.Node) ([]string, error) {
	if n == nil {
		return nil, nil
	}
	names := []*yaml.Node{n}
	if target(n).Kind == yaml.SequenceNode {
		names = target(n).Content
	}
	var all []string
	for _, at := range names {
		if target(at).Kind != yaml.ScalarNode {
			return nil, d.wrong(d.pos(at), "this is no name of a file, but "+words(target(at)), "")
		}
		s := Setting{Value: target(at).Value}
		if err := d.fill(&s, at); err != nil {
			return nil, err
		}
		path, ok := s.Value.(string)
		switch {
		case s.Unknown:
			return nil, d.wrong(d.pos(at), "the name of the file depends on a variable that is not set", resolved)
		case !ok || path == "":
			return nil, d.wrong(d.pos(at), "it names no file", "")
		case !filepath.IsAbs(path) && !remote(path):
			path = filepath.Join(d.dir, path)
		}
		all = append(all, path)
	}
	return all, nil
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

// extends is the file that a service is extended from.
func (d *document) extends(file *yaml.Node) (*document, error) {
	files, err := d.paths(file)
	if err != nil {
		return nil, err
	}
	if len(files) != 1 || target(file).Kind != yaml.ScalarNode {
		return nil, d.wrong(d.pos(file), "it extends a service of no file", "write extends: {file: FILE, service: NAME}")
	}
	path := files[0]
	if d.extendable[path] == nil {
		in, err := d.further(path, filepath.Dir(path), d.given, nil)
		if err != nil {
			return nil, namedAt(err, path, d.pos(file))
		}
		d.extendable[path] = in
	}
	return d.extendable[path], nil
}

// own is what a service states itself.
func (d *document) own(n *yaml.Node) ([]Setting, error) {
	if files, err := d.field(n, "env_file"); err != nil {
		return nil, err
	} else if files != nil && target(files).Kind == yaml.MappingNode {
		return nil, d.wrong(d.pos(files), "env_file is "+words(target(files)), "write env_file: [{path: FILE}]") // the loader takes fields for names
	}
	at, err := d.field(n, "environment")
	if err != nil {
		return nil, err
	}
	all, err := d.environment(at)
	if err != nil {
		return nil, err
	}
	for _, path := range [][]string{{"scale"}, {"deploy", "replicas"}} {
		at := n
		for _, name := range path {
			if at, err = d.field(at, name); err != nil {
				return nil, err
			}
		}
		if at == nil || reset(at) {
			continue
		}
		s := Setting{Kind: Static, Key: strings.Join(path, "."), Pos: d.pos(at)}
		if s.Value, err = d.value(at); err != nil {
			return nil, err
		}
		if err := d.fill(&s, at); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// reset reports whether a field takes back what others say of it.
func reset(n *yaml.Node) bool { return target(n).Tag == "!reset" }

// environment reads both forms: NAME: VALUE, and a list of NAME=VALUE.
func (d *document) environment(n *yaml.Node) ([]Setting, error) {
	if n == nil || reset(n) {
		return nil, nil
	}
	var all []Setting
	if target(n).Kind == yaml.SequenceNode {
		items, err := d.items(n)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			text, ok, err := d.scalar(item)
			if err != nil {
				return nil, err
			}
			s := Setting{Kind: Variable, Value: text, Pos: d.pos(item)}
			if err := d.fill(&s, item); err != nil {
				return nil, err
			}
			if filled, ok := s.Value.(string); ok {
				text = filled
			}
			name, value, given := strings.Cut(text, "=")
			switch {
			case name == "" || !ok:
				return nil, d.wrong(d.pos(item), "this is no NAME=VALUE", "")
			case s.Unknown && strings.Contains(name, "$"):
				return nil, d.wrong(d.pos(item), "the name of the variable depends on one that is not set", resolved)
			}
			s.Key = name
			all = append(all, d.assigned(s, value, given))
		}
		return all, nil
	}
	fields, err := d.mapping(n)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		if reset(f.value) {
			continue
		}
		text, ok, err := d.scalar(f.value)
		if err != nil {
			return nil, err
		}
		s := Setting{Kind: Variable, Key: f.key.Value, Value: text, Pos: d.pos(f.key)}
		if err := d.fill(&s, f.value); err != nil {
			return nil, err
		}
		value, _ := s.Value.(string)
		all = append(all, d.assigned(s, value, ok))
	}
	return all, nil
}

// assigned gives a variable its value; one that is only named has that of what
// surrounds the file, or the shell's.
func (d *document) assigned(s Setting, value string, assigned bool) Setting {
	if !assigned {
		value, assigned = d.given[s.Key]
		s.Unknown = s.Unknown || !assigned
	}
	if s.Value = value; s.Unknown {
		s.Value = nil
	}
	return s
}

// fill replaces the variables in a setting's value.
func (d *document) fill(s *Setting, at *yaml.Node) error {
	s.ValuePos = d.pos(at)
	text, ok := s.Value.(string)
	if !ok {
		return nil
	}
	x := expansion{variables: variables{given: d.given.Resolve, withheld: elsewhere}, left: maxStatement}
	text, err := x.text(text)
	if err != nil {
		return d.wrong(d.pos(at), x.said(err), "")
	}
	s.Value, s.Unknown = text, x.open
	if x.open {
		s.Value = nil
	}
	return nil
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
