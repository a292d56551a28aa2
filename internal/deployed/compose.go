package deployed

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// compose reads the environment and the replicas of every service.
func (r *reader) compose(root *yaml.Node) ([]Setting, error) {
	if include, err := r.field(root, "include"); err != nil || include != nil {
		if err == nil {
			err = r.wrong(r.pos(include), "it includes other files, which are not followed", resolved)
		}
		return nil, err
	}
	c := &composer{reader: r, services: map[string]*yaml.Node{}, given: map[string]string{}}
	// Compose itself fills in from the .env beside; the shell's variables, which
	// it takes too, are another matter on every machine
	if path := r.beside(".env"); r.exists(path) {
		data, err := r.open(path)
		if err != nil {
			return nil, err
		}
		text, err := decode(path, data)
		if err != nil {
			return nil, err
		}
		found, err := r.env(path, text, variables{})
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			if text, ok := s.Value.(string); ok {
				c.given[s.Key] = text
			}
		}
		hideAll(found, r.redactor) // its secrets are known under other names, too
	}
	services, err := r.field(root, "services")
	if err != nil || services == nil {
		return nil, err
	}
	fields, err := r.mapping(services)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		c.services[f.key.Value] = f.value
	}
	var all []Setting
	for _, f := range fields {
		found, err := c.service(f.key.Value, f.value, nil)
		if err != nil {
			return nil, err
		}
		settings, err := c.resolve(found)
		if err != nil {
			return nil, err
		}
		for _, s := range settings {
			s.Service = f.key.Value
			all = append(all, s)
		}
	}
	return winning(all), nil
}

const resolved = "read what docker compose config prints"

// composer reads the services of one Compose file.
type composer struct {
	*reader
	services map[string]*yaml.Node
	given    map[string]string // what values may refer to
}

// A given is what a service sets, the weakest first: its own after those of a
// service that it extends.
type given struct {
	files       []*yaml.Node // its env files, by their names
	environment []Setting
}

// resolve gives the settings of a service: any environment wins over any env
// file, and an env file may refer to the environment.
func (c *composer) resolve(g given) ([]Setting, error) {
	v := variables{given: maps.Clone(c.given), known: map[string]string{}, withheld: map[string]bool{}, unknown: map[string]bool{}}
	for _, s := range winning(g.environment) {
		if _, ok := c.given[s.Key]; ok || s.Kind != Variable {
			continue
		}
		if text, ok := s.Value.(string); ok {
			v.given[s.Key] = text
		} else {
			v.withheld[s.Key] = true
		}
	}
	var all []Setting
	for _, e := range g.files {
		found, err := c.envFile(e, v)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return append(all, g.environment...), nil
}

func (c *composer) service(name string, n *yaml.Node, below []string) (given, error) {
	var all given
	parts := map[string]*yaml.Node{}
	fields, err := c.mapping(n)
	if err != nil {
		return all, err
	}
	for _, f := range fields {
		parts[f.key.Value] = f.value
	}
	if base := parts["extends"]; base != nil {
		if all, err = c.extended(base, append(below, name)); err != nil {
			return all, err
		}
	}
	if n := parts["env_file"]; n != nil {
		files := []*yaml.Node{n}
		if target(n).Kind == yaml.SequenceNode {
			files = target(n).Content
		}
		all.files = append(slices.Clip(all.files), files...)
	}
	environment, err := c.environment(parts["environment"])
	if err != nil {
		return all, err
	}
	all.environment = append(all.environment, environment...)
	for _, path := range [][]string{{"scale"}, {"deploy", "replicas"}} {
		at := parts[path[0]]
		for _, name := range path[1:] {
			if at, err = c.field(at, name); err != nil {
				return all, err
			}
		}
		if at == nil {
			continue
		}
		s := Setting{Kind: Static, Key: strings.Join(path, "."), Pos: c.pos(at)}
		if s.Value, err = c.value(at); err != nil {
			return all, err
		}
		if err := c.fill(&s, at); err != nil {
			return all, err
		}
		all.environment = append(all.environment, s)
	}
	return all, nil
}

func (c *composer) extended(base *yaml.Node, below []string) (given, error) {
	at := base
	if target(base).Kind == yaml.MappingNode {
		file, err := c.field(base, "file")
		if err != nil {
			return given{}, err
		}
		if file != nil {
			return given{}, c.wrong(c.pos(file), "it extends a service of another file, which is not followed", resolved)
		}
		if at, err = c.field(base, "service"); err != nil {
			return given{}, err
		}
	}
	if at == nil || target(at).Kind != yaml.ScalarNode {
		return given{}, c.wrong(c.pos(base), "it extends no service", "write extends: {service: NAME}")
	}
	name := target(at).Value
	n := c.services[name]
	switch {
	case n == nil:
		return given{}, c.wrong(c.pos(at), fmt.Sprintf("there is no service %q to extend", name), "")
	case slices.Contains(below, name):
		return given{}, c.wrong(c.pos(at), fmt.Sprintf("service %s extends itself", name), "")
	}
	return c.service(name, n, below)
}

// envFile reads one env file: a name, or a path that may not be required.
func (c *composer) envFile(e *yaml.Node, v variables) ([]Setting, error) {
	at, required := e, true
	if target(e).Kind == yaml.MappingNode {
		need, err := c.field(e, "required")
		if err != nil {
			return nil, err
		}
		required = need == nil || target(need).Value != "false"
		if at, err = c.field(e, "path"); err != nil {
			return nil, err
		}
	}
	if at == nil || target(at).Kind != yaml.ScalarNode {
		return nil, c.wrong(c.pos(e), "env_file names no file", "")
	}
	x := expansion{variables: variables{given: c.given}, left: maxStatement}
	path, err := x.text(target(at).Value)
	if err != nil {
		return nil, c.wrong(c.pos(at), x.said(err), "")
	}
	if x.open {
		return nil, c.wrong(c.pos(at), "the name of the env file depends on a variable that is not set", resolved)
	}
	path = c.beside(path)
	if !required && !c.exists(path) {
		return nil, nil
	}
	data, err := c.open(path)
	if err != nil {
		return nil, err
	}
	text, err := decode(path, data)
	if err != nil {
		return nil, err
	}
	return c.env(path, text, v)
}

// environment reads both forms: NAME: VALUE, and a list of NAME=VALUE.
func (c *composer) environment(n *yaml.Node) ([]Setting, error) {
	if n == nil {
		return nil, nil
	}
	var all []Setting
	if target(n).Kind == yaml.SequenceNode {
		items, err := c.items(n)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			text, ok, err := c.scalar(item)
			if err != nil {
				return nil, err
			}
			name, value, given := strings.Cut(text, "=")
			if name == "" || !ok {
				return nil, c.wrong(c.pos(item), "this is no NAME=VALUE", "")
			}
			s := Setting{Kind: Variable, Key: name, Value: value, Pos: c.pos(item), Unknown: !given}
			if err := c.fill(&s, item); err != nil {
				return nil, err
			}
			if name, err = c.plain(name, item); err != nil {
				return nil, err
			}
			s.Key = name
			all = append(all, s)
		}
		return all, nil
	}
	fields, err := c.mapping(n)
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		text, ok, err := c.scalar(f.value)
		if err != nil {
			return nil, err
		}
		s := Setting{Kind: Variable, Key: f.key.Value, Value: text, Pos: c.pos(f.key), Unknown: !ok}
		if err := c.fill(&s, f.value); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// fill replaces the variables in a setting's value.
func (c *composer) fill(s *Setting, at *yaml.Node) error {
	s.ValuePos = c.pos(at)
	if s.Unknown {
		s.Value = nil
		return nil
	}
	text, ok := s.Value.(string)
	if !ok {
		return nil
	}
	x := expansion{variables: variables{given: c.given}, left: maxStatement}
	text, err := x.text(text)
	if err != nil {
		return c.wrong(c.pos(at), x.said(err), "")
	}
	s.Value, s.Unknown = text, x.open
	if x.open {
		s.Value = nil
	}
	return nil
}

// plain fills in a name.
func (c *composer) plain(name string, at *yaml.Node) (string, error) {
	x := expansion{variables: variables{given: c.given}, left: maxStatement}
	text, err := x.text(name)
	if err != nil {
		return "", c.wrong(c.pos(at), x.said(err), "")
	}
	return text, nil
}
